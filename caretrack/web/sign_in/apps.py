from django.apps import AppConfig


class SignInConfig(AppConfig):
    name = "caretrack.web.sign_in"
    label = "sign_in"
