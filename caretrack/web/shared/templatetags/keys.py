"""The keys of a page, as its reader has them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from caretrack.web.shared.key_bindings import BY_NAME, keys_of

register = template.Library()
ONLY_HERE = ("send", "send-next")  # only while somebody is in the form


@register.simple_tag(takes_context=True)
def key(context: dict[str, Any], name: str) -> SafeString:
    """The attributes that give an element its key (`static/js/keys.js`); none for a reader who has
    no key for it.
    """
    user = context.get("user")
    if user is None or not getattr(user, "is_care", False):
        return SafeString("")
    keys = context.render_context.get("keys") if hasattr(context, "render_context") else None
    if keys is None:
        keys = keys_of(user)
        if hasattr(context, "render_context"):
            context.render_context["keys"] = keys
    return attributes(keys, name)


def attributes(keys: Mapping[str, str], name: str) -> SafeString:
    """The attributes of an element by the keys of its reader."""
    binding, shown = BY_NAME.get(name), keys.get(name, "")
    if binding is None or not shown:
        return SafeString("")
    here = SafeString(" data-key-here data-hidden-key") if name in ONLY_HERE else ""
    return format_html('data-key="{}" data-key-label="{}"{}', shown, binding.label, here)
