"""The browsers in which somebody is signed in, as people know them."""

from django import template

from caretrack.web.sign_in.devices import browser_of

register = template.Library()
register.filter("browser", browser_of)
