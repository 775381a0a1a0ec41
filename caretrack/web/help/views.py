"""Articles for everyone: search, read with version and date, rate."""

import secrets

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key
from caretrack.web.shared.templatetags.care import tongue
from cases.knowledge import articles
from cases.models import Area, Article, ArticleVote
from contacts.permissions import is_designated_contact
from core.errors import Refused
from core.translations import localized

VISITOR = "visitor"
FROM_FILING = "filing"


class VoteForm(forms.Form):
    """Whether the article helped, and a comment."""

    helpful = forms.TypedChoiceField(
        choices=[("yes", _("Yes")), ("no", _("No"))], coerce=lambda value: value == "yes"
    )
    comment = forms.CharField(
        label=_("What was missing, or wrong?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Our authors read your feedback."),
    )


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """The search, and below it every article by area."""
    return render(request, "help/home.html", _search_results(request) | {"areas": _by_area()})


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """The search results alone, for search as you type."""
    return render(request, "help/_results.html", _search_results(request))


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """The current version of an article."""
    return _page(request, _one(slug))


@post_only
def vote(request: HttpRequest, slug: str) -> HttpResponse:
    """Save a reader's vote. A yes from the page of a new case is a deflected case."""
    article = _one(slug)
    form = VoteForm(request.POST)
    if not form.is_valid():
        return _page(request, article, form, status=422)
    helpful, comment = form.cleaned_data["helpful"], form.cleaned_data["comment"]
    if request.user.is_authenticated:
        person = signed_in(request)
        articles.vote(article, helpful=helpful, comment=comment, person=person)
        if helpful and request.POST.get("from") == FROM_FILING and is_designated_contact(person):
            articles.note_deflection(article, person=person)
            message = _("Good to hear that it is solved.")
            if _number(request.POST.get("draft", "")):
                message = _("Good to hear that it is solved. Your text is saved as a draft.")
            messages.success(request, message)
            return redirect("portal:home")
    else:
        _require_patience(request)
        articles.vote(article, helpful=helpful, comment=comment, visitor=_visitor(request))
    messages.success(request, _("Thank you. Your feedback helps us improve the article."))
    return redirect("help:article", slug)


def _search_results(request: HttpRequest) -> dict[str, object]:
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    return {"text": text, "results": articles.find(text)}


def _one(slug: str) -> Article:
    return get_object_or_404(
        Article.objects.filter(is_published=True).select_related("current", "area"), slug=slug
    )


def _by_area() -> list[tuple[str, list[Article]]]:
    """Published articles by area, in the order of the areas. Articles without an area come last."""
    under: dict[str, list[Article]] = {
        localized(area, "name"): [] for area in Area.objects.only("name", "translations")
    }
    published = Article.objects.filter(is_published=True).select_related("current", "area")
    for one in published.order_by("current__title"):
        under.setdefault(
            localized(one.area, "name") if one.area else gettext("Everything else"), []
        ).append(one)
    return [(name, sorted(listed, key=_is_foreign)) for name, listed in under.items() if listed]


def _is_foreign(article: Article) -> bool:
    """Whether the reader gets it in another language than that of the page. Such ones come last."""
    return tongue(localized(article.current, "title")) != get_language()


def _page(
    request: HttpRequest, article: Article, form: VoteForm | None = None, status: int = 200
) -> HttpResponse:
    vote = _vote_of(request, article)
    back = request.POST if request.method == "POST" else request.GET
    context = {
        "article": article,
        "version": article.current,
        "form": form or VoteForm(),
        "vote": vote,
        "from_filing": back.get("from") == FROM_FILING,
        "draft": _number(back.get("draft", "")),
        "way_in": reverse("portal:file"),
    }
    return render(request, "help/article.html", context, status=status)


def _number(text: str) -> str:
    return text if is_key(text) else ""


def _vote_of(request: HttpRequest, article: Article) -> ArticleVote | None:
    if request.user.is_authenticated:
        return ArticleVote.objects.filter(article=article, person=signed_in(request)).first()
    visitor = request.session.get(VISITOR)
    return ArticleVote.objects.filter(article=article, visitor=visitor).first() if visitor else None


def _visitor(request: HttpRequest) -> str:
    """A random id for this browser. It identifies no person."""
    if VISITOR not in request.session:
        request.session[VISITOR] = secrets.token_hex(16)
    return str(request.session[VISITOR])


def _require_patience(request: HttpRequest) -> None:
    """Limit the votes of one address. Behind trusted proxies the visitor's own address counts."""
    if not ratelimit.consume(request, action="help_vote"):
        raise Refused(
            gettext("That is a lot of votes from one place. Please try again in an hour.")
        )
