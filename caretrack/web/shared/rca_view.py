"""An RCA as readers see it: parts in order, differences, progress of corrective actions, PDF."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from caretrack.web.shared import pdf
from caretrack.web.shared.access import signed_in
from caretrack.web.shared.costly_work import in_turn
from caretrack.web.shared.templatetags.care import day
from caretrack.web.shared.zones import zone_of_case
from cases.models import Case, CaseEvent
from cases.notifications.texts import instant
from contacts.models import User
from core import rendered_html
from rca.document import PARTS, TEXTS
from rca.models import Acknowledgement, ActionState, CorrectiveAction, RcaVersion


@dataclass(frozen=True)
class Change:
    """A corrective action as a row: its description and its progress."""

    what: str
    who: str
    due_on: date | None
    state: str
    note: str = ""
    is_late: bool = False

    @property
    def state_text(self) -> str:
        return str(ActionState(self.state).label) if self.state else ""


# After every entry with a time.
LAST = datetime.max.replace(tzinfo=UTC)


class TimelineEntry(NamedTuple):
    """An entry of the timeline. One from outside the case names its `source`."""

    at: datetime | None
    words: str
    source: str = ""


@dataclass
class AnalysisPart:
    """A part of the document with its content."""

    key: str
    heading: str
    text: str = ""
    text_html: str | None = None
    entries: list[TimelineEntry] = field(default_factory=list)
    whys: list[tuple[str, str]] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def is_written(self) -> bool:
        return bool(self.text or self.entries or self.whys or self.changes)


def parts(
    sections: Mapping[str, Any],
    *,
    at: Mapping[int, datetime] | None = None,
    names: Mapping[int, str] | None = None,
    tracked: Iterable[CorrectiveAction] | None = None,
    html: str | None = None,
) -> list[AnalysisPart]:
    """The non-empty parts in reading order.

    A draft needs `at` (instants by event) and `names` (of Care's people); a version contains both.
    With `tracked`, corrective actions show their current progress. `html` is the stored HTML of the
    sections.
    """
    prose = rendered_html.columns_of(html)
    result = [
        AnalysisPart(
            key,
            str(heading),
            sections.get(key, "") if key in TEXTS else "",
            text_html=prose.get(key),
        )
        for key, heading in PARTS.items()
    ]
    now = {action.pk: action for action in tracked or ()}
    for part in result:
        if part.key == "timeline":
            part.entries = _entries(sections, at)
        elif part.key == "root_cause":
            part.whys = [(row["why"], row["because"]) for row in sections.get("whys", [])]
        elif part.key == "actions":
            part.changes = [
                _change(row, names or {}, now.get(row["key"]))
                for row in sections.get("actions", [])
            ]
    return [part for part in result if part.is_written]


def parts_of(
    version: RcaVersion, tracked: Iterable[CorrectiveAction] | None = None
) -> list[AnalysisPart]:
    """The non-empty parts of a version, with its stored HTML."""
    return parts(version.sections, tracked=tracked, html=version.sections_html)


def _entries(sections: Mapping[str, Any], at: Mapping[int, datetime] | None) -> list[TimelineEntry]:
    """Events and entries from outside the case in one order of time."""
    entries = [TimelineEntry(_at(row, at), row["words"]) for row in sections.get("timeline", [])]
    entries += [
        TimelineEntry(
            datetime.fromisoformat(row["at"]) if row["at"] else None, row["words"], row["source"]
        )
        for row in sections.get("outside", [])
    ]
    return sorted(entries, key=lambda entry: entry.at or LAST)


def _at(row: Mapping[str, Any], at: Mapping[int, datetime] | None) -> datetime | None:
    return datetime.fromisoformat(row["at"]) if "at" in row else (at or {}).get(row["event"])


def _change(
    row: Mapping[str, Any], names: Mapping[int, str], now: CorrectiveAction | None
) -> Change:
    who = row.get("who") or row["owner_name"] or names.get(row["owner"] or 0, "")
    due_on = date.fromisoformat(row["due_on"]) if row["due_on"] else None
    if now is None:
        return Change(row["what"], who, due_on, row.get("state", ""))
    return Change(
        row["what"], who, due_on, now.state, now.comment, now.is_late(timezone.localdate())
    )


def instants_of(case: Case) -> dict[int, datetime]:
    """The instants of a case's events, by event number."""
    events = CaseEvent.objects.filter(organisation_id=case.organisation_id, case=case)
    return dict(events.values_list("seq", "at"))


def difference(before: RcaVersion | None, now: RcaVersion, zone: str) -> list[tuple[str, str]]:
    """The lines of a version, each as same, new or gone since the previous version."""
    old, new = (lines(one.sections, zone) if one is not None else [] for one in (before, now))
    kinds = {" ": "same", "+": "new", "-": "gone"}
    return [(kinds[line[0]], line[2:]) for line in difflib.ndiff(old, new) if line[0] in kinds]


def lines(sections: Mapping[str, Any], zone: str) -> list[str]:
    """The document as lines of text, in the reader's language and the zone of the site."""
    result: list[str] = []
    for part in parts(sections):
        result += [f"# {part.heading}", *part.text.splitlines()]
        result += [
            f"{instant(entry.at, zone, short=True) if entry.at else ''}  {entry.words}"
            + (f" ({entry.source})" if entry.source else "")
            for entry in part.entries
        ]
        result += [line for why, because in part.whys for line in (f"{why}", f"  → {because}")]
        result += [
            f"{change.what} · {change.who} · {day(change.due_on) if change.due_on else ''}"
            for change in part.changes
        ]
        result.append("")
    return result


@dataclass(frozen=True)
class PublishedAnalysis:
    """A version as its page shows it."""

    version: RcaVersion
    parts: list[AnalysisPart]
    versions: list[RcaVersion]
    acknowledgement: Acknowledgement | None
    zone: str  # of the customer's site: a version reads the same for everybody

    @property
    def is_newest(self) -> bool:
        return self.versions[0].pk == self.version.pk


def published(user: User, number: int, version: int | None) -> PublishedAnalysis:
    """A version that this user may read of the RCA of case `number`, by default the newest. Raises
    404 otherwise.
    """
    queryset = RcaVersion.objects.visible_to(user).filter(analysis__case__number=number)
    every = list(
        queryset.select_related(
            "author", "reviewer", "analysis__case__organisation", "analysis__case__contact"
        )
    )
    one = next((known for known in every if version in (None, known.number)), None)
    if one is None:
        raise Http404
    tracked = CorrectiveAction.objects.filter(
        organisation_id=one.organisation_id, analysis=one.analysis_id
    )
    read = Acknowledgement.objects.filter(
        organisation_id=one.organisation_id, version=one
    ).select_related("by")
    zone = zone_of_case(one.analysis.case)
    return PublishedAnalysis(one, parts_of(one, tracked), every, read.first(), zone)


@login_required
@require_safe
@in_turn
def file(request: HttpRequest, number: int, version: int) -> HttpResponse:
    """A version as a PDF. Redirects to the print page where PDFs are not possible."""
    user = signed_in(request)
    seen = published(user, number, version)
    if not pdf.is_possible():
        url_name = "console:version" if user.is_care else "portal:rca_print"
        return redirect(url_name, number=seen.version.analysis.case.code, version=version)
    case = seen.version.analysis.case
    context = {
        "case": case,
        "version": seen.version,
        "parts": parts_of(seen.version),
        "user": user,
        "zone": seen.zone,
    }
    content = pdf.render("parts/rca_pdf.html", context)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = (
        f'attachment; filename="{case.code}-root-cause-analysis-{version}.pdf"'
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
