"""Articles: writing, publishing, searching, and votes on whether they helped (§3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import get_language

from cases.models import Article, ArticleVersion, ArticleVote, Deflection
from contacts.admin_log import record_change
from contacts.models import User
from core.errors import Refused
from core.translations import without_empty

PARTS = ("title", "summary", "body")
Translations = Mapping[str, Mapping[str, Any]]
# The similarity from which a word counts as a misspelling; shorter words are often similar by
# chance. Without a hit, short words are tried with a lower limit: one typing error costs “adio” or
# “colls” most of their few trigrams.
ALIKE, LONG_ENOUGH = 0.45, 4
FORGIVING, SHORT = 0.33, 5
MOST_WORDS = 12
HIT = ("\ue000", "\ue001")  # mark the hits of a snippet, with characters that nobody types


# --- Writing


@transaction.atomic
def save_draft(
    article: Article, *, by: User, translations: Translations | None = None, **values: str
) -> Article:
    """Save a draft with its translations; readers see the current version until the draft is
    published.
    """
    require_editor(by)
    article = Article.objects.select_for_update().get(pk=article.pk)
    before, article.draft = (
        article.draft,
        {
            **{part: values[part].strip() for part in PARTS},
            "translations": without_empty(translations or {}),
        },
    )
    article.save(update_fields=["draft", "changed_at"])
    if article.draft != before:
        _changed(article, by, "wrote the draft of", before, article.draft)
    return article


@transaction.atomic
def publish(article: Article, *, by: User) -> ArticleVersion:
    """Publish the draft as a new version; earlier versions are unchanged."""
    if not by.is_system:
        require_editor(by)
    article = (
        Article.objects.select_for_update(of=("self",)).select_related("current").get(pk=article.pk)
    )
    content = {part: str(article.draft.get(part, "")).strip() for part in PARTS}
    translations = article.draft.get("translations") or {}
    if not all(content.values()):
        raise Refused("An article needs a title, a summary and a text before it is published.")
    if any(set(texts) != set(PARTS) for texts in translations.values()):
        raise Refused("A translation needs a title, a summary and a text too, or none of them.")
    current = article.current
    if current is not None and {**content, "translations": translations} == content_of(current):
        raise Refused("Nothing has changed since the last version.")
    last = article.versions.order_by("-number").first()
    version = ArticleVersion.objects.create(
        article=article,
        number=last.number + 1 if last else 1,
        by=by,
        at=timezone.now(),
        translations=translations,
        **content,
    )
    article.current, article.is_published, article.draft = version, True, {}
    article.save(update_fields=["current", "is_published", "draft", "changed_at"])
    if not by.is_system:
        before = content_of(current) if current else {}
        _changed(
            article,
            by,
            "published",
            {**before, "version": current.number if current else None},
            {**content_of(version), "version": version.number},
        )
    return version


def content_of(version: ArticleVersion) -> dict[str, Any]:
    """The texts of a version with their translations."""
    return {
        **{part: getattr(version, part) for part in PARTS},
        "translations": version.translations,
    }


@transaction.atomic
def withdraw(article: Article, *, by: User) -> Article:
    """Withdraw an article from readers; its versions remain, and publishing restores it."""
    require_editor(by)
    article = Article.objects.select_for_update().get(pk=article.pk)
    article.is_published = False
    article.save(update_fields=["is_published", "changed_at"])
    _changed(article, by, "withdrew", {"shown": True}, {"shown": False})
    return article


@transaction.atomic
def show_again(article: Article, *, by: User) -> Article:
    """Show a withdrawn article to readers again, unchanged."""
    require_editor(by)
    article = Article.objects.select_for_update().get(pk=article.pk)
    if article.current_id is None:
        raise Refused("It was never published: write it and publish it.")
    article.is_published = True
    article.save(update_fields=["is_published", "changed_at"])
    _changed(article, by, "showed again", {"shown": False}, {"shown": True})
    return article


def _changed(
    article: Article, by: User, verb: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    record_change(
        by=by,
        kind="article",
        key=article.pk,
        name=article.title,
        verb=verb,
        before=before,
        after=after,
    )


def require_editor(by: User) -> None:
    if not by.is_active or not by.is_manager:
        raise Refused("Only managers and administrators write articles and areas.")


# --- Feedback of readers


@transaction.atomic
def vote(
    article: Article,
    *,
    helpful: bool,
    comment: str = "",
    person: User | None = None,
    visitor: str = "",
) -> ArticleVote:
    """Save a reader's vote on the current version; a second vote replaces the first."""
    if article.current is None or not article.is_published:
        raise Refused("This article is no longer there.")
    who: dict[str, Any] = {"person": person} if person else {"visitor": visitor}
    saved_vote, _ = ArticleVote.objects.update_or_create(
        article=article,
        **who,
        defaults={
            "organisation_id": person.organisation_id if person else None,
            "is_helpful": helpful,
            "comment": comment.strip()[:1000],
            "version": article.current.number,
            "at": timezone.now(),
        },
    )
    return saved_vote


def note_deflection(article: Article, *, person: User) -> None:
    """Record a deflected case: an article opened from the page for new cases solved the problem."""
    now = timezone.now()
    Deflection.objects.get_or_create(
        organisation_id=person.organisation_id or 0,
        person=person,
        article=article,
        on=now.date(),
        defaults={"at": now},
    )


# --- Searching


@dataclass(frozen=True)
class ArticleHit:
    """An article that matches: where it is, how it begins, and where the words are (hits within
    `HIT`).
    """

    slug: str
    title: str
    summary: str
    area: str
    snippet: str


FIND = f"""
WITH asked AS (
    SELECT to_tsquery('english', %(query)s) AS query
), ranked AS (
    SELECT a.slug, v.title, v.summary, v.body, coalesce(r.name, '') AS area,
        own.title IS NOT NULL AS is_translated, v.document @@ asked.query AS matches,
        coalesce(own.title, v.title) AS shown_title, coalesce(own.summary, v.summary) AS shown,
           ts_rank('{{0.1, 0.25, 0.6, 1.0}}', v.document, asked.query)
             + coalesce((SELECT avg(word_similarity(word, v.title || ' ' || v.summary))
                         FROM unnest(%(words)s::text[]) AS word), 0)
             + coalesce((SELECT avg(
                    (position(word IN texts.head) > 0)::int
                    + (position(word IN texts.every) > 0)::int)
                         FROM unnest(%(scripts)s::text[]) AS word), 0) AS rank,
           EXISTS (SELECT 1 FROM unnest(%(words)s::text[]) AS word
                   WHERE word_similarity(word, v.title || ' ' || v.summary) >= %(alike)s)
             OR EXISTS (SELECT 1 FROM unnest(%(scripts)s::text[]) AS word
                        WHERE position(word IN texts.every) > 0) AS is_alike
    FROM cases_article a JOIN cases_articleversion v ON v.id = a.current_id
    LEFT JOIN cases_area r ON r.id = a.area_id
    CROSS JOIN LATERAL (
        SELECT v.translations -> %(language)s ->> 'title' AS title,
               v.translations -> %(language)s ->> 'summary' AS summary) own
    CROSS JOIN LATERAL (
        SELECT lower(v.title || v.summary || coalesce(string_agg(
                   (t.value ->> 'title') || (t.value ->> 'summary'), ''), '')) AS head,
               lower(v.title || v.summary || v.body || coalesce(string_agg(
                   (t.value ->> 'title') || (t.value ->> 'summary') || (t.value ->> 'body'), ''
               ), '')) AS every
        FROM jsonb_each(v.translations) t) texts, asked
    WHERE a.is_published AND (%(area)s = '' OR r.key = %(area)s)
), best AS (
    SELECT * FROM ranked WHERE matches OR is_alike ORDER BY rank DESC, slug LIMIT %(limit)s
)
SELECT slug, shown_title, shown, area, CASE WHEN matches AND NOT is_translated THEN ts_headline(
    'english', body, asked.query,
    'StartSel={HIT[0]}, StopSel={HIT[1]}, MaxWords=24, MinWords=10, '
    'MaxFragments=2, FragmentDelimiter=" … "')
    ELSE '' END
FROM best, asked WHERE rank >= %(worth)s * (SELECT max(rank) FROM best) ORDER BY rank DESC, slug
"""  # noqa: S608 (two constants)


def find(text: str, *, area: str = "", limit: int = 20, worth: float = 0.0) -> list[ArticleHit]:
    """The published articles that match `text`, best first: title over summary over body, with
    tolerance for misspellings.

    Translations are searched as well; titles and summaries are in the reader's language. The last
    word matches as a prefix, for search while typing. `worth` leaves out results whose
    rank is below that share of the best one.
    """
    words = re.findall(r"\w+", text.lower().replace("\0", ""))[:MOST_WORDS]
    if not words:
        return []
    params: dict[str, Any] = {
        "query": " | ".join([*words[:-1], f"{words[-1]}:*"]),
        "words": [word for word in words if len(word) >= LONG_ENOUGH],
        "scripts": [part for word in words for part in _parts(word)],
        "area": area,
        "language": get_language() or "",
        "limit": limit,
        "worth": worth,
    }
    with connection.cursor() as cursor:
        cursor.execute(FIND, {**params, "alike": ALIKE})
        rows = cursor.fetchall()
        short = [word for word in params["words"] if len(word) <= SHORT]
        if not rows and short:
            cursor.execute(FIND, {**params, "words": short, "alike": FORGIVING})
            rows = cursor.fetchall()
    return [ArticleHit(*row) for row in rows]


def _parts(word: str) -> Sequence[str]:
    """A word of a script without spaces, as pairs of characters; nothing for other scripts."""
    if all(ord(c) < 0x2E80 for c in word):
        return []
    return [word] if len(word) < 3 else [word[i : i + 2] for i in range(len(word) - 1)]
