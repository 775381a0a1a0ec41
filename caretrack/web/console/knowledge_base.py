"""The editor of articles and areas, for managers and administrators (§3, §4)."""

import difflib
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console.translation_fields import TranslationFields, initial_translations
from caretrack.web.shared.access import administrators_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.text_fields import AuthorTextField
from cases.knowledge import areas, articles
from cases.models import Area, Article, ArticleVersion
from contacts.models import User
from core.errors import Refused

View = Callable[..., HttpResponse]
WORDS_SHOWN = 30


class ArticleForm(TranslationFields, forms.Form):
    """An article in the editor, with its translations."""

    TRANSLATED = articles.PARTS

    title = forms.CharField(max_length=150)
    summary = forms.CharField(max_length=300, help_text="One or two sentences: what it helps with.")
    body = AuthorTextField(
        label="Text",
        max_length=60_000,
        widget=forms.Textarea(attrs={"rows": 22}),
        help_text="In Markdown.",
    )
    area = forms.ModelChoiceField(queryset=Area.objects.all(), required=False, empty_label="None")


class AreaForm(TranslationFields, forms.ModelForm):
    """An area and its responsibility, with translations."""

    TRANSLATED = ("name", "why")

    class Meta:
        model = Area
        fields: tuple[str, ...] = (
            "name",
            "responsibility",
            "why",
            "helps",
            "position",
            "is_active",
        )
        widgets = {"why": forms.Textarea(attrs={"rows": 6})}
        labels = {"is_active": "Shown when a case is opened", "helps": "Helpful article"}


class NewAreaForm(AreaForm):
    """A new area with its key, which never changes."""

    class Meta(AreaForm.Meta):
        fields = ("key", *AreaForm.Meta.fields)


@administrators_only
@require_safe
def article_list(request: HttpRequest) -> HttpResponse:
    """Every article, with its state and its votes."""
    queryset = Article.objects.select_related("current", "area").annotate(
        yes=Count("votes", filter=Q(votes__is_helpful=True), distinct=True),
        no=Count("votes", filter=Q(votes__is_helpful=False), distinct=True),
        spared=Count("deflections", distinct=True),
    )
    return render(request, "console/articles.html", {"articles": queryset})


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new_article(request: HttpRequest) -> HttpResponse:
    """Create an article. Its slug comes from the title and stays."""
    form = ArticleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        slug = slugify(form.cleaned_data["title"])[:80] or "article"
        while Article.objects.filter(slug=slug).exists():
            slug = f"{slug[:76]}-{Article.objects.count()}"
        article = Article.objects.create(slug=slug)
        _save(article, signed_in(request), form)
        messages.success(request, "The draft is saved. Readers see it once it is published.")
        return redirect("console:article", slug)
    context = {"form": form, "article": None, "preview": None}
    return render(request, "console/article.html", context, status=422 if form.errors else 200)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def article(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit an article. The button previews, saves or publishes."""
    article = _article(slug)
    if request.method != "POST":
        return _editor(
            request, article, ArticleForm(initial={**_initial(article), "area": article.area_id})
        )
    form, by = ArticleForm(request.POST), signed_in(request)
    if not form.is_valid():
        return _editor(request, article, form, status=422)
    if "preview" in request.POST:
        return _editor(request, article, form, preview=form.cleaned_data)
    _save(article, by, form)
    if "publish" in request.POST:
        try:
            version = articles.publish(article, by=by)
        except Refused as refused:
            form.add_error(None, refused.reason)
            return _editor(request, _article(slug), form, status=422)
        messages.success(request, f"Version {version.number} is published.")
    else:
        messages.success(request, "The draft is saved. Readers see it once it is published.")
    return redirect("console:article", slug)


@administrators_only
@post_only
def withdrawal(request: HttpRequest, slug: str) -> HttpResponse:
    """Withdraw an article, or publish it again."""
    article = _article(slug)
    if article.is_published:
        articles.withdraw(article, by=signed_in(request))
        messages.success(request, "Readers no longer see it. Its versions remain.")
    else:
        articles.show_again(article, by=signed_in(request))
        messages.success(request, "Readers see it again.")
    return redirect("console:article", slug)


@administrators_only
@require_safe
def difference(request: HttpRequest, slug: str, version: int) -> HttpResponse:
    """What changed since the previous version."""
    article = _article(slug)
    now = get_object_or_404(
        ArticleVersion.objects.select_related("by"), article=article, number=version
    )
    before = ArticleVersion.objects.filter(article=article, number__lt=version).first()
    context = {
        "article": article,
        "version": now,
        "before": before,
        "lines": list(_lines(before, now)),
    }
    return render(request, "console/difference.html", context)


@administrators_only
@require_safe
def area_list(request: HttpRequest) -> HttpResponse:
    """The areas in the order that customers see."""
    return render(
        request, "console/areas.html", {"areas": Area.objects.select_related("helps__current")}
    )


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def area(request: HttpRequest, area: str = "") -> HttpResponse:
    """Edit an area, or create one. Cases retain the name they were opened under."""
    instance = get_object_or_404(Area, key=area) if area else None
    form = (AreaForm if instance else NewAreaForm)(
        request.POST or None,
        instance=instance,
        initial=initial_translations(instance.translations) if instance else {},
    )
    if request.method == "POST" and form.is_valid():
        areas.save(instance, by=signed_in(request), **form.values())
        messages.success(request, "Saved. Customers see it from now on.")
        return redirect("console:areas")
    return render(
        request,
        "console/area.html",
        {"form": form, "area": instance},
        status=422 if form.errors else 200,
    )


def _article(slug: str) -> Article:
    article = Article.objects.select_related("current", "area").filter(slug=slug).first()
    if article is None:
        raise Http404
    return article


def _initial(article: Article) -> dict[str, Any]:
    """The initial content of the editor: the draft, or the current version."""
    written = article.draft or (articles.content_of(article.current) if article.current else {})
    return {
        **{part: written.get(part, "") for part in articles.PARTS},
        **initial_translations(written.get("translations") or {}),
    }


def _save(article: Article, by: User, form: ArticleForm) -> None:
    values = form.values()
    area = values.pop("area")
    articles.save_draft(article, by=by, **values)
    Article.objects.filter(pk=article.pk).update(area=area)


def _editor(
    request: HttpRequest,
    article: Article,
    form: ArticleForm,
    *,
    preview: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    votes = article.votes.exclude(comment="").select_related("person__organisation")[:WORDS_SHOWN]
    context = {
        "form": form,
        "article": article,
        "preview": preview,
        "versions": article.versions.select_related("by"),
        "yes": article.votes.filter(is_helpful=True).count(),
        "no": article.votes.filter(is_helpful=False).count(),
        "spared": article.deflections.count(),
        "votes": votes,
    }
    return render(request, "console/article.html", context, status=status)


def _lines(before: ArticleVersion | None, now: ArticleVersion) -> list[tuple[str, str]]:
    """The lines of a version, each as same, new or gone."""
    old, new = (_text(one).splitlines() if one else [] for one in (before, now))
    diff = difflib.ndiff(old, new)
    kinds = {" ": "same", "+": "new", "-": "gone"}
    return [(kinds[line[0]], line[2:]) for line in diff if line[0] in kinds]


def _text(version: ArticleVersion) -> str:
    texts = [articles.content_of(version), *version.translations.values()]
    return "\n\n".join(f"{one['title']}\n{one['summary']}\n\n{one['body']}" for one in texts)
