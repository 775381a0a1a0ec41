"""What stands around a case on its page, in one statement: the cases it is linked with, the people
who watch it, and the root cause analysis that was published, and the files the reader sent ahead.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from cases.models import Case, LinkKind, StagedFile
from cases.models.case import case_code
from contacts.models import User

AROUND = """
    SELECT 'out', l.id, k.number, l.kind, NULL::timestamptz, NULL::jsonb FROM cases_caselink l
        JOIN cases_case k ON k.id = l.other_id WHERE l.organisation_id = %(of)s
            AND l.case_id = %(case)s
    UNION ALL SELECT 'in', l.id, k.number, l.kind, NULL, NULL FROM cases_caselink l
        JOIN cases_case k ON k.id = l.case_id WHERE l.organisation_id = %(of)s
            AND l.other_id = %(case)s
    UNION ALL SELECT 'watch', w.id, p.id, p.name, w.since, to_jsonb(p.organisation_id)
        FROM cases_watch w
        JOIN contacts_user p ON p.id = w.watcher_id
        WHERE w.organisation_id = %(of)s AND w.case_id = %(case)s AND p.is_active
            AND (p.organisation_id IS NULL OR p.organisation_id = %(of)s)
    UNION ALL (SELECT 'rca', v.id, v.number, v.sections_html, v.published_at, v.sections
        FROM rca_rcaversion v
        JOIN rca_analysis a ON a.id = v.analysis_id
        WHERE a.organisation_id = %(of)s AND a.case_id = %(case)s ORDER BY v.number DESC LIMIT 1)
    UNION ALL SELECT 'staged', s.id, s.size, s.name, NULL, NULL FROM cases_stagedfile s
        WHERE s.organisation_id = %(of)s AND s.case_id = %(case)s AND s.user_id = %(me)s
    ORDER BY 2
"""


@dataclass(frozen=True)
class RelatedCase:
    """Another case: `says` is how this one is about it, or how it is about this one."""

    code: str
    relation: str
    is_from_here: bool


@dataclass(frozen=True)
class Watcher:
    """Somebody who follows the case."""

    pk: int
    name: str
    is_care: bool


@dataclass(frozen=True)
class RelatedAnalysis:
    """The newest version of a root cause analysis."""

    number: int
    published_at: datetime
    sections: dict[str, str]
    sections_html: str | None


@dataclass(frozen=True)
class RelatedToCase:
    """Links, the case's own first; who hears of it beside those whose it is; the analysis, if one
    was published; what the reader sent ahead and has not sent yet."""

    links: list[RelatedCase]
    watchers: list[Watcher]
    analysis: RelatedAnalysis | None
    staged: list[StagedFile]


def load_related(case: Case, reader: User) -> RelatedToCase:
    """Read what stands around a case.

    Who has left, or moved to another organisation, is no watcher any more.
    """
    rows: dict[str, list[Any]] = {"out": [], "in": [], "watch": [], "rca": [], "staged": []}
    with connection.cursor() as cursor:
        cursor.execute(AROUND, {"of": case.organisation_id, "case": case.pk, "me": reader.pk})
        for kind, pk, number, text, at, more in cursor.fetchall():
            if kind == "staged":
                rows[kind].append(StagedFile(pk=pk, name=text, size=number))
            else:
                rows[kind].append(
                    (number, text, at, json.loads(more) if isinstance(more, str) else more)
                )
    links = [(row, True) for row in rows["out"]] + [(row, False) for row in rows["in"]]
    return RelatedToCase(
        [
            RelatedCase(case_code(number), str(LinkKind(kind).label), ours)
            for (number, kind, *_), ours in links
        ],
        [Watcher(pk, name, organisation is None) for pk, name, _at, organisation in rows["watch"]],
        next(
            (
                RelatedAnalysis(number, at, sections, html)
                for number, html, at, sections in rows["rca"]
            ),
            None,
        ),
        rows["staged"],
    )
