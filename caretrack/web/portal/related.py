"""What the case page shows beside the case, in one statement: linked cases, watchers, the published
RCA, and the reader's staged files.
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
    """Another case. `relation` is how this case relates to it, or it to this case."""

    code: str
    relation: str
    is_from_here: bool


@dataclass(frozen=True)
class Watcher:
    """A person who watches the case."""

    pk: int
    name: str
    is_care: bool


@dataclass(frozen=True)
class RelatedAnalysis:
    """The newest version of an RCA."""

    number: int
    published_at: datetime
    sections: dict[str, str]
    sections_html: str | None


@dataclass(frozen=True)
class RelatedToCase:
    """Linked cases, those of the case itself first; its watchers; the published RCA; the reader's
    staged files.
    """

    links: list[RelatedCase]
    watchers: list[Watcher]
    analysis: RelatedAnalysis | None
    staged: list[StagedFile]


def load_related(case: Case, reader: User) -> RelatedToCase:
    """Read everything that relates to a case.

    People who left, or moved to another organisation, are no watchers any more.
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
