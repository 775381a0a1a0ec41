"""Facts as SQL: targets from the clocks, everything else from the event log, each with the assignee
at that time.

One statement serves the count of a day, the uncounted part of today, and a rebuild.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.cache import caches
from django.db import connection

from cases.choices import EventType
from contacts.models import CalendarVersion
from contacts.models.people import CARE_ROLES
from contacts.regions import region_of
from insight.dimensions import FACT_FIELDS, NO_VALUE, NO_VALUE_NAMES
from insight.models import Dimension, FigureKind
from sla.models import ClockOutcome, FactKind
from sla.models.clock import CARES_PROMISES, ClockKindChoices
from sla.timeline import EndedBy

VERBS = {
    EventType.FILED: FigureKind.OPENED,
    EventType.ASSIGNED: FigureKind.ASSIGNED,
    EventType.TAKEN: FigureKind.ASSIGNED,
    EventType.CLOSED: FigureKind.CLOSED,
    EventType.REOPENED: FigureKind.REOPENED,
    EventType.RESOLUTION_PROPOSED: FigureKind.PROPOSED,
    EventType.ISSUE_REPORTED: FigureKind.ISSUE_REPORTED,
    EventType.SEVERITY_CONTESTED: FigureKind.CONTESTED,
    EventType.SEVERITY_SET: FigureKind.SEVERITY_SET,
    EventType.ESCALATED: FigureKind.ESCALATED,
    EventType.ESCALATION_REQUESTED: FigureKind.ESCALATION_ASKED,
    EventType.RULED_INADEQUATE: FigureKind.INADEQUATE,
    EventType.RATED: FigureKind.RATED,
}
GIVEN = (EventType.ASSIGNED, EventType.TAKEN)
# A person of Care who does one of these to an unassigned case becomes its assignee
# (cases.actions.replies).
WORK = (
    EventType.ANSWERED,
    EventType.INFORMATION_REQUESTED,
    EventType.CALL_LOGGED,
    EventType.ESCALATED,
)


class FigureRow(NamedTuple):
    """A fact with the columns that `FACTS` returns and that a stored fact has."""

    organisation_id: int
    case_key: int | None
    kind: str
    what: str
    severity: int
    at: datetime
    day: date
    hour: int | None
    seconds: int | None
    site_key: int | None
    region: str
    area: str
    team_key: int | None
    analyst_key: int | None
    offering: str
    policy_key: int | None
    is_historical: bool

    def key(self, dimension: Dimension) -> str:
        """Its value of a dimension, as `dimensions.fact_key`. Empty for “all”, and for no hour."""
        field = FACT_FIELDS.get(dimension)
        value = getattr(self, field) if field else None
        if value is None or value == "":
            return NO_VALUE if dimension in NO_VALUE_NAMES else ""
        return str(value)


COLUMNS = FigureRow._fields
SOURCES = """
    SELECT c.organisation_id, c.case_id, c.kind, CASE
            WHEN c.outcome = %(measured)s THEN 'measured'
            WHEN EXISTS (SELECT FROM sla_clockfact b WHERE b.organisation_id = c.organisation_id
                         AND b.clock_id = c.id AND b.kind = %(breached)s) THEN 'late'
            ELSE 'met' END AS what,
        c.severity, c.stopped_at AS at, c.used_seconds AS seconds,
            c.policy_version_id AS policy_key,
        c.calendar_version_id, c.started_at, NULL::bigint AS seq
    FROM sla_clock c
    WHERE c.stopped_at >= %(start)s AND c.stopped_at < %(end)s
        AND (c.kind = ANY(%(promises)s) AND c.outcome = ANY(%(decided)s)
                AND c.ended_by = %(fulfilled)s
            OR c.outcome = %(measured)s)
    UNION ALL
    SELECT f.organisation_id, f.case_id, c.kind, 'missed', f.severity, f.at, NULL,
        c.policy_version_id,
        c.calendar_version_id, c.started_at, NULL
    FROM sla_clockfact f JOIN sla_clock c ON c.organisation_id = f.organisation_id
        AND c.id = f.clock_id
    WHERE f.kind = %(breached)s AND f.at >= %(start)s AND f.at < %(end)s
        AND c.kind = ANY(%(promises)s)
        AND NOT EXISTS (SELECT FROM sla_clockfact b WHERE b.organisation_id = f.organisation_id
            AND b.clock_id = f.clock_id AND b.kind = %(breached)s AND (b.at, b.id) < (f.at, f.id))
    UNION ALL
    SELECT e.organisation_id, e.case_id, CASE e.verb WHEN 'closed'
        THEN coalesce(e.particulars->>'reason', '')
            WHEN 'rated' THEN e.particulars->>'score' ELSE '' END, v.what, NULL, e.at,
        CASE e.verb WHEN 'rated' THEN (e.particulars->>'score')::bigint END,
        t.policy_version_id, t.calendar_version_id, NULL, e.seq
    FROM cases_caseevent e JOIN unnest(%(verbs)s::text[], %(whats)s::text[]) AS v (verb, what)
        ON v.verb = e.verb
        JOIN sla_caseterms t ON t.organisation_id = e.organisation_id AND t.case_id = e.case_id
    WHERE e.at >= %(start)s AND e.at < %(end)s
    UNION ALL
    SELECT e.organisation_id, e.case_id, '', 'assigned', NULL, e.at, NULL,
        t.policy_version_id, t.calendar_version_id, NULL, e.seq
    FROM cases_caseevent e JOIN contacts_user u ON u.id = e.by_id AND u.role = ANY(%(care)s)
        JOIN sla_caseterms t ON t.organisation_id = e.organisation_id AND t.case_id = e.case_id
        LEFT JOIN LATERAL (
            SELECT g.particulars->>'after' AS key, g.seq FROM cases_caseevent g
            WHERE g.organisation_id = e.organisation_id AND g.case_id = e.case_id
                AND g.seq < e.seq AND g.verb = ANY(%(given)s)
            ORDER BY g.seq DESC LIMIT 1) AS last ON true
    WHERE e.at >= %(start)s AND e.at < %(end)s AND e.verb = ANY(%(work)s) AND last.key IS NULL
        AND NOT EXISTS (
            SELECT FROM cases_caseevent w JOIN contacts_user c ON c.id = w.by_id
            WHERE w.organisation_id = e.organisation_id AND w.case_id = e.case_id
                AND w.seq < e.seq AND w.seq > coalesce(last.seq, 0)
                AND w.verb = ANY(%(work)s) AND c.role = ANY(%(care)s))
"""
# A fact belongs to its own past: what happened up to the same instant counts as the state then.
# Area and site are those of the last correction before it, or what the next correction replaced.
# The policy version is that of the last move before it, or the one that the next move replaced.
FACTS = f"""
    WITH zones (zone, region) AS (SELECT * FROM unnest(%(zones)s::text[], %(regions)s::text[])),
        source AS ({SOURCES})
    SELECT s.organisation_id, s.case_id, s.kind, s.what, coalesce(s.severity, was.severity, 0),
        s.at,
        (s.at AT TIME ZONE z.zone)::date,
        (extract(isodow FROM began.at AT TIME ZONE z.zone) - 1) * 24
            + extract(hour FROM began.at AT TIME ZONE z.zone),
        s.seconds, coalesce(sited.key, k.site_id), z.region, coalesce(placed.area, k.area, ''),
        team.key, coalesce(given.key,
            worked.by_id),
        coalesce(filed.particulars->>'offering', ''),
        coalesce((moved.particulars->>'version')::bigint,
            (later.particulars->>'version_before')::bigint, s.policy_key),
        o.is_historical
    FROM source s
    JOIN contacts_organisation o ON o.id = s.organisation_id
    JOIN contacts_calendarversion v ON v.id = s.calendar_version_id
    JOIN zones z ON z.zone = v.zone
    CROSS JOIN LATERAL (SELECT CASE
        WHEN s.kind = 'response' THEN s.started_at WHEN s.what = 'opened' THEN s.at END AS at
        ) AS began
    LEFT JOIN cases_case k ON k.organisation_id = s.organisation_id AND k.id = s.case_id
    LEFT JOIN cases_caseevent filed ON filed.organisation_id = s.organisation_id
        AND filed.case_id = s.case_id
        AND filed.seq = 1
    LEFT JOIN LATERAL (
        SELECT (e.particulars->>'after')::bigint AS key, e.seq FROM cases_caseevent e
        WHERE e.organisation_id = s.organisation_id AND e.case_id = s.case_id AND e.at <= s.at
            AND e.verb = ANY(%(given)s) ORDER BY e.seq DESC LIMIT 1) AS given ON true
    LEFT JOIN LATERAL (
        SELECT e.by_id FROM cases_caseevent e JOIN contacts_user u ON u.id = e.by_id
        WHERE given.key IS NULL AND e.organisation_id = s.organisation_id AND e.case_id = s.case_id
            AND e.at <= s.at
            AND e.seq > coalesce(given.seq, 0) AND e.verb = ANY(%(work)s) AND u.role = ANY(%(care)s)
        ORDER BY e.seq LIMIT 1) AS worked ON true
    LEFT JOIN LATERAL (
        SELECT (e.particulars->>'team')::bigint AS key FROM cases_caseevent e
        WHERE e.organisation_id = s.organisation_id AND e.case_id = s.case_id AND e.at <= s.at
            AND e.verb = ANY(%(teamed)s) ORDER BY e.seq DESC LIMIT 1) AS team ON true
    LEFT JOIN LATERAL (
        SELECT CASE WHEN e.at <= s.at THEN e.particulars->>'area_after'
            ELSE e.particulars->>'area_before' END AS area
        FROM cases_caseevent e
        WHERE e.organisation_id = s.organisation_id AND e.case_id = s.case_id
            AND e.verb = %(corrected)s AND jsonb_exists(e.particulars, 'area_after')
        ORDER BY e.at <= s.at DESC, CASE WHEN e.at <= s.at THEN -e.seq ELSE e.seq END
        LIMIT 1) AS placed ON true
    LEFT JOIN LATERAL (
        SELECT CASE WHEN e.at <= s.at THEN e.particulars->>'site_after'
            ELSE e.particulars->>'site_before' END::bigint AS key
        FROM cases_caseevent e
        WHERE e.organisation_id = s.organisation_id AND e.case_id = s.case_id
            AND e.verb = %(corrected)s AND jsonb_exists(e.particulars, 'site_after')
        ORDER BY e.at <= s.at DESC, CASE WHEN e.at <= s.at THEN -e.seq ELSE e.seq END
        LIMIT 1) AS sited ON true
    LEFT JOIN LATERAL (
        SELECT coalesce(e.particulars->>'after', e.particulars->>'severity')::smallint AS severity
        FROM cases_caseevent e
        WHERE s.severity IS NULL AND e.organisation_id = s.organisation_id AND e.case_id = s.case_id
            AND e.seq <= s.seq AND e.verb IN ('filed', 'severity_set') ORDER BY e.seq DESC
                LIMIT 1) AS was ON true
    LEFT JOIN LATERAL (
        SELECT e.particulars FROM cases_caseevent e
        WHERE e.organisation_id = s.organisation_id AND e.case_id = s.case_id AND e.at <= s.at
            AND e.verb = %(moved)s ORDER BY e.seq DESC LIMIT 1) AS moved ON true
    LEFT JOIN LATERAL (
        SELECT e.particulars FROM cases_caseevent e
        WHERE e.organisation_id = s.organisation_id AND e.case_id = s.case_id AND e.at > s.at
            AND e.verb = %(moved)s ORDER BY e.seq LIMIT 1) AS later ON true
"""  # noqa: S608 (our own constants)


def params(start: datetime, end: datetime, zones: list[str]) -> dict[str, Any]:
    """The parameters of `FACTS` for the time from `start` until before `end`."""
    return {
        "start": start,
        "end": end,
        "zones": zones,
        "regions": [region_of(zone) for zone in zones],
        "measured": str(ClockOutcome.MEASURED),
        "breached": str(FactKind.BREACHED),
        "promises": [str(kind) for kind in CARES_PROMISES],
        "fulfilled": str(EndedBy.EVENT),
        "decided": [str(ClockOutcome.MET), str(ClockOutcome.BREACHED)],
        "verbs": [str(verb) for verb in VERBS],
        "whats": [str(what) for what in VERBS.values()],
        "given": [str(verb) for verb in GIVEN],
        "work": [str(verb) for verb in WORK],
        "teamed": [str(verb) for verb in (*GIVEN, EventType.ESCALATED)],
        "care": [str(role) for role in CARE_ROLES],
        "moved": str(EventType.TERMS_MOVED),
        "corrected": str(EventType.DETAILS_CORRECTED),
    }


def between(start: datetime, end: datetime) -> list[FigureRow]:
    """Facts of a time span, from events and clocks."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, params(start, end, _recent_zones()))
        return [FigureRow(*row) for row in cursor.fetchall()]


def zones() -> list[str]:
    """Every zone of a calendar. One statement."""
    return list(CalendarVersion.objects.order_by("zone").values_list("zone", flat=True).distinct())


def _recent_zones() -> list[str]:
    """Cached for a minute: a calendar in another zone is rare."""
    known: list[str] | None = caches["process"].get("insight.zones")
    if known is None:
        known = zones()
        caches["process"].set("insight.zones", known, 60)
    return known


PROMISES = (*CARES_PROMISES, ClockKindChoices.RESOLVE)
