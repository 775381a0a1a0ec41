"""The results of a search in groups, and the parts that console and portal have in common."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import BigIntegerField, F, Func, QuerySet, Value
from django.utils.safestring import SafeString

from cases import search
from cases.knowledge import articles
from cases.known_areas import area_label
from cases.models import Case
from cases.querysets import CaseQuerySet
from contacts import search as document_search
from contacts.models import User
from core.search_query import SearchQuery

FEW, SHOWN, MANY = 3, 5, 100
NEWEST_TITLES, LIKENESS, LONG_ENOUGH = 2000, 0.45, 4


@dataclass(frozen=True)
class Hit:
    """One result: where it leads, its name, what tells it from others, and where the words are."""

    url: str
    title: str
    code: str = ""
    detail: str = ""
    snippet: SafeString | None = None


@dataclass(frozen=True)
class ResultGroup:
    """The results of one kind, and where all of them are if there are more."""

    kind: str
    label: Any
    hits: list[Hit] = field(default_factory=list)
    all_url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Results:
    """All groups with a result, and what is wrong with the filters."""

    groups: list[ResultGroup]
    problems: list[str]


def best_first(
    query: SearchQuery | None, kinds: Iterable[str]
) -> Callable[[ResultGroup], tuple[bool, int]]:
    """The order of the groups. A group whose first result has the typed name comes first, otherwise
    the order is that of `kinds`.
    """
    typed, order = query.text.casefold() if query else "", list(kinds)

    def place(group: ResultGroup) -> tuple[bool, int]:
        is_named = bool(typed) and group.hits[0].title.casefold().startswith(typed)
        return not (is_named and group.kind != "articles"), order.index(group.kind)

    return place


def matching_cases(
    query: SearchQuery | None, cases: CaseQuerySet, user: User, most: int
) -> list[Case]:
    """The cases of a list that contain the words, best first; without words the newest.

    Where fewer than three do, cases with a title like the words follow: a misspelling.
    """
    if query is None or not (query.words or query.phrases or query.number):
        return list(cases.order_by("-opened_at", "-id")[:most])
    keys = search.keys(query, user)
    matches = list(in_order_of(keys, cases)[:most]) if keys else []
    if len(matches) < FEW and len(query.text) >= LONG_ENOUGH:
        matches += [case for case in _alike(query, cases) if case.pk not in keys]
    return matches[:most]


def in_order_of(keys: list[int], cases: CaseQuerySet) -> CaseQuerySet:
    """The cases among these keys, in their order."""
    place = Func(Value(keys, ArrayField(BigIntegerField())), F("pk"), function="array_position")
    return cases.filter(pk__in=keys).order_by(place)


def _alike(query: SearchQuery, cases: CaseQuerySet) -> QuerySet[Case]:
    """Of the newest cases, those whose title is like the words: a limited number is read."""
    newest = cases.order_by("-opened_at", "-id").values("pk")[:NEWEST_TITLES]
    likeness = TrigramWordSimilarity(query.text, "title")
    return (
        cases.filter(pk__in=newest)
        .annotate(likeness=likeness)
        .filter(likeness__gte=LIKENESS)
        .order_by("-likeness", "-id")[:SHOWN]
    )


def case_hits(
    query: SearchQuery | None, cases: list[Case], user: User, prefix: str, details: dict[int, str]
) -> list[Hit]:
    """Cases as hits. `prefix` is the address of the side; `details` are by case."""
    snippets = search.snippets(query, cases, user) if query else {}
    return [
        Hit(
            f"{prefix}{case.code}/",
            case.title,
            case.code,
            details.get(case.pk, ""),
            snippets.get(case.pk),
        )
        for case in cases
    ]


def documents(query: SearchQuery | None, user: User) -> dict[str, list[int]]:
    """Organisations, people and analyses by kind (`contacts.search.documents`)."""
    if query is None or not (query.words or query.phrases):
        return {}
    return document_search.documents(query, user)


def article_hits(query: SearchQuery | None, most: int) -> list[Hit]:
    """Published articles of the help."""
    if query is None or not query.words:
        return []
    return [
        Hit(f"/help/{hit.slug}/", hit.title, detail=area_label(hit.area))
        for hit in articles.find(query.text, limit=most, worth=0.3)
    ]
