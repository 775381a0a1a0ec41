"""`/join/` and `/certificates/`: open to everyone."""

from django.urls import path

from caretrack.web.accounts import views

app_name = "accounts"

urlpatterns = [
    path("join/", views.apply, name="apply"),
    path("join/care/<str:token>/", views.join_care, name="join_care"),
    path("join/<str:token>/", views.accept, name="accept"),
    path("certificates/", views.look_up, name="look_up"),
    path("certificates/<str:certificate>/", views.certificate, name="certificate"),
]
