"""Jinja2, for the few partials that a page repeats many times: rows of the queue, clocks, the
conversation. Everything else is a Django template (docs/decisions/0012).
"""

from typing import Any

from django.utils.translation import gettext, ngettext
from jinja2 import Environment, StrictUndefined

from caretrack.web.shared.templatetags import care, documents


def _shown(value: Any) -> Any:
    """Nothing for None; a name that a row does not have is an error of the template."""
    return "" if value is None else value


def environment(**options: Any) -> Environment:
    """The settings' Jinja2 environment: autoescaping, our filters, the reader's language."""
    env = Environment(  # noqa: S701 (Django's backend passes autoescape=True)
        **{**options, "undefined": StrictUndefined},
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    for name in ("as_read_by", "duration", "filesize", "instant", "local", "prose"):
        env.filters[name] = getattr(care, name)
    env.filters["fixed"] = documents.fixed
    return env
