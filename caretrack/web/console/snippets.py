"""Snippets for a reply: the link of an article, the text of a macro.

They work with and without scripts.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from caretrack.web.console import macro_fields
from caretrack.web.shared.access import care_only, signed_in
from cases import macros, mentions
from cases.knowledge import articles
from cases.models import Article, Case

TABS = ("answer", "note", "information")


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
    if key.isascii() and key.isdigit() and len(key) < 10:
        macro = macros.macros_for(signed_in(request)).filter(pk=int(key)).first()
        return (
            macro_fields.filled(macro.text, case, signed_in(request)) if macro is not None else ""
        )
    return ""


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
    rows = [
        (macro, macros.fill(macro.text, values), urlencode({"tab": tab, "macro": macro.pk}))
        for macro in macros.macros_for(user)[:100]
    ]
    context = {"case": case, "tab": tab, "rows": rows}
    return render(request, f"console/{'_' if _is_part(request) else ''}insert_macro.html", context)


@care_only
@require_safe
def colleague_list(request: HttpRequest) -> HttpResponse:
    """Names that begin with the input after an @."""
    begun = request.GET.get("q", "")[:60].replace("\0", "")
    return render(request, "console/_colleagues.html", {"names": mentions.suggested(begun)})


def _case(request: HttpRequest, number: int) -> Case:
    cases = Case.objects.visible_to(signed_in(request)).select_related("contact", "organisation")
    case: Case = get_object_or_404(cases, number=number)
    return case


def _tab(request: HttpRequest) -> str:
    tab = request.GET.get("tab", "")
    return tab if tab in TABS else "answer"


def _is_part(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
