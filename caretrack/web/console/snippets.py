"""Snippets for a reply: the link of an article, the text of a macro.

They work with and without scripts.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from caretrack.web.console import macro_fields
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.numbers import number_in
from cases import known_tags, macro_effects, macros, mentions
from cases.knowledge import articles
from cases.macro_effects import MacroEffects
from cases.models import Article, Case, Macro
from contacts.models import User

TABS = ("answer", "note", "information")
MOST_MACROS = 200


def requested_text(request: HttpRequest, case: Case) -> str:
    """The snippet that the URL requests for the open tab. Empty for none, or an unknown one."""
    slug, key = request.GET.get("article", ""), request.GET.get("macro", "")
    if slug:
        article = (
            Article.objects.filter(slug=slug[:100], is_published=True)
            .select_related("current")
            .first()
        )
        return (
            link_to(article.slug, article.current.title)
            if article is not None and article.current
            else ""
        )
    macro = _macro(request, key)
    return filled(macro, macro_fields.values(case, signed_in(request))) if macro else ""


def _macro(request: HttpRequest, key: str) -> Macro | None:
    """A macro that the reader may use."""
    number = number_in(key)
    return macros.macros_for(signed_in(request)).filter(pk=number).first() if number else None


def chosen_macro(request: HttpRequest) -> Macro | None:
    """The macro that a message is sent with: its effects run with it."""
    return _macro(request, request.POST.get("macro", ""))


def requested_macro(request: HttpRequest) -> Macro | None:
    """The macro that the URL or a refused form names."""
    return _macro(request, request.POST.get("macro", "") or request.GET.get("macro", ""))


def filled(macro: Macro, values: Mapping[str, str]) -> str:
    """The text of a macro for a case, with the link of its article."""
    text = macros.fill(macro.text, values)
    slug = macro.effects.get("article", "")
    article = (
        Article.objects.filter(slug=slug, is_published=True).select_related("current").first()
        if slug
        else None
    )
    if article is None or article.current is None:
        return text
    return f"{text}\n\n{link_to(article.slug, article.current.title)}"


@care_only
@require_safe
def effects(request: HttpRequest, number: int, macro: int) -> HttpResponse:
    """What sending with a macro does besides, each with its refusal, and the field of the form."""
    case, user, one = _case(request, number), signed_in(request), _macro(request, str(macro))
    if one is None:
        raise Http404
    return render(request, "console/_macro_effects.html", effects_context(one, case, user))


def effects_context(macro: Macro | None, case: Case, user: User) -> dict[str, Any]:
    """The variables of `console/_macro_effects.html`."""
    if macro is None:
        return {}
    stored = MacroEffects.from_stored(macro.effects)
    return {
        "macro": macro,
        "outcomes": macro_effects.previewed(case, stored, by=user),
        "send_as": stored.send_as,
        "sent_as": macro_effects.SENT_AS[stored.send_as] if stored.send_as else "",
    }


def link_to(slug: str, title: str) -> str:
    """An article as a Markdown link with its title."""
    plain = title.replace("[", "(").replace("]", ")")
    return f"[{plain}]({settings.BASE_URL}{reverse('help:article', args=[slug])})"


@care_only
@require_safe
def article_list(request: HttpRequest, number: int) -> HttpResponse:
    """Articles that match the input."""
    case, tab, text = (
        _case(request, number),
        _tab(request),
        request.GET.get("q", "").strip()[:100].replace("\0", ""),
    )
    rows = [
        (one, link_to(one.slug, one.title), urlencode({"tab": tab, "article": one.slug}))
        for one in (articles.find(text, limit=8) if text else [])
    ]
    context = {"case": case, "tab": tab, "q": text, "rows": rows}
    return render(
        request, f"console/{'_' if _is_part(request) else ''}insert_article.html", context
    )


@care_only
@require_safe
def macro_list(request: HttpRequest, number: int) -> HttpResponse:
    """The macros of the reader, their teams and all of Care, filled in for this case."""
    case, tab, user = _case(request, number), _tab(request), signed_in(request)
    values = macro_fields.values(case, user)
    typed = request.GET.get("q", "").replace("\0", "").strip()[:60]
    chosen: Any = macros.macros_for(user).filter(
        Q(name__icontains=typed) | Q(folder__icontains=typed) | Q(text__icontains=typed)
    )
    rows = [
        (macro, filled(macro, values), urlencode({"tab": tab, "macro": macro.pk}))
        for macro in chosen.order_by("-own_uses", "folder", "name", "pk")[:MOST_MACROS]
    ]
    context = {"case": case, "tab": tab, "rows": rows, "q": typed}
    return render(request, f"console/{'_' if _is_part(request) else ''}insert_macro.html", context)


@care_only
@require_safe
def colleague_list(request: HttpRequest) -> HttpResponse:
    """Names that begin with the input after an @."""
    begun = request.GET.get("q", "")[:60].replace("\0", "")
    return render(request, "parts/_mentions.html", {"names": mentions.suggested(begun)})


@care_only
@require_safe
def tag_choices(request: HttpRequest) -> HttpResponse:
    """Tags in use that begin like the last of the input, each after those before it, as options of
    a field."""
    typed = request.GET.get("add", "")[:400].replace("\0", "")
    before, comma, begun = typed.rpartition(",")
    chosen = {" ".join(tag.lower().split()) for tag in before.split(",")}
    tags = known_tags.most_used(begun, by=signed_in(request), without=chosen)
    start = f"{before}{comma} " if comma else ""
    return render(request, "console/_tag_choices.html", {"choices": [start + tag for tag in tags]})


def _case(request: HttpRequest, number: int) -> Case:
    cases = Case.objects.visible_to(signed_in(request)).select_related("contact", "organisation")
    case: Case = get_object_or_404(cases, number=number)
    return case


def _tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", "")
    return tab if tab in TABS else "answer"


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
