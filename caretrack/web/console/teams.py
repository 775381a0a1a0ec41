"""Care's teams, the working hours of its people, and the assignment of a case (§8)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from caretrack.web.console import team_forms
from caretrack.web.console.team_forms import AssignForm, TeamForm, TeamHoursForm, WorkForm
from caretrack.web.shared.access import administrators_only, care_only, signed_in
from cases import actions as case_actions
from cases.models import Area, Case
from contacts import actions
from contacts.models import Assignment, Role, Site, Team, User, WorkCalendar
from contacts.models.people import CARE_ROLES
from core.errors import Refused
from routing import actions as routing_actions
from routing import availability
from routing.availability import Worker
from routing.models import OnCallRota, WorkPattern

MOST, CASES_SHOWN = 200, 20


@care_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every team: its areas, its assignment rule, and who is at work now."""
    now, names = timezone.now(), dict(_areas())
    teams = availability.with_hours(Team.objects.prefetch_related("members__work_pattern"))
    rows = [
        (team, [names.get(key, key) for key in team.areas], _workers(team, now)) for team in teams
    ]
    has_intake = any(team.is_intake for team, *_ in rows)
    return render(request, "console/teams.html", {"rows": rows, "has_intake": has_intake})


def _workers(team: Team, now: Any) -> list[tuple[Worker, bool]]:
    people = sorted(
        (person for person in team.members.all() if person.is_active), key=lambda p: (p.name, p.pk)
    )
    return [(worker, worker.is_at_work(now)) for worker in availability.workers_of(team, people)]


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, team: int) -> HttpResponse:
    """One team. Managers and administrators edit it."""
    instance = get_object_or_404(availability.with_hours(Team.objects.all()), pk=team)
    user = signed_in(request)
    if request.method == "POST":
        return _save(request, instance)
    form = _form(None, instance) if user.is_manager else None
    return _page(request, instance, form)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Create a team."""
    return (
        _save(request, None)
        if request.method == "POST"
        else _page(request, None, _form(None, None))
    )


def _save(request: HttpRequest, team: Team | None) -> HttpResponse:
    form = _form(request.POST, team)
    if form.is_valid():
        try:
            saved = actions.save_team(team, by=signed_in(request), **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, refused.reason)
        except ValidationError as error:
            form.add_error(
                "name" if "name" in error.message_dict else None, " ".join(error.messages)
            )
        else:
            messages.success(request, f"“{saved.name}” is saved. It applies to new cases.")
            return redirect("console:team", saved.pk)
    return _page(request, team, form, status=422)


def _form(data: Any, team: Team | None) -> TeamForm:
    initial: dict[str, Any] = {}
    if team is not None:
        initial = {
            "name": team.name,
            "assignment": team.assignment,
            "calendar": team.calendar_id,
            "areas": team.areas,
            "is_intake": team.is_intake,
            "investigates": team.investigates,
            "members": [str(person.pk) for person in availability.members_of(team)],
        }
    return TeamForm(
        data, initial=initial, people=cares_people(), areas=_areas(), calendars=_calendars(team)
    )


def _page(
    request: HttpRequest, team: Team | None, form: TeamForm | None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    workers = (
        availability.workers_of(team, availability.members_of(team)) if team is not None else []
    )
    context = {
        "team": team,
        "form": form,
        "workers": [(worker, worker.is_at_work(now)) for worker in workers],
        "assignment": Assignment(team.assignment).label if team else "",
        "hours": team.hours if team else None,
        "areas": dict(_areas()),
    }
    return render(request, "console/team.html", context, status=status)


@administrators_only
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest, team: int) -> HttpResponse:
    """The working hours of a team."""
    instance = get_object_or_404(availability.with_hours(Team.objects.all()), pk=team)
    now = instance.hours
    initial = (
        {"zone": now.zone, **team_forms.written(now.week)}
        if now
        else {"zone": signed_in(request).zone}
    )
    form = TeamHoursForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.set_team_hours(
                instance, by=signed_in(request), zone=data["zone"], week=data["week"]
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "The hours are saved.")
            return redirect("console:team", team)
    return render(
        request,
        "console/team_hours.html",
        {"team": instance, "form": form},
        status=422 if form.errors else 200,
    )


def _calendars(team: Team | None) -> list[WorkCalendar]:
    """Calendars that a team can share: those of no customer, and its current one."""
    theirs = Site.objects.values("calendar")
    saying = WorkCalendar.objects.filter(versions__number=1)
    known = saying.filter(~Q(pk__in=theirs) | Q(pk=team.calendar_id if team else None))
    return list(known.order_by("name")[:MOST])


def cares_people() -> list[User]:
    """Care's active people, by name."""
    return list(
        User.objects.filter(role__in=CARE_ROLES, is_active=True).order_by("name", "pk")[:MOST]
    )


def _areas() -> list[tuple[str, str]]:
    return list(Area.objects.order_by("position", "name").values_list("key", "name"))


# --- One of Care's people


@care_only
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """The reader's own working hours."""
    return redirect("console:analyst", signed_in(request).pk)


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def analyst(request: HttpRequest, person: int) -> HttpResponse:
    """The working hours of a person of Care. They and managers edit them.

    Only managers edit skills.
    """
    user = signed_in(request)
    colleague = get_object_or_404(
        User.objects.select_related("work_pattern"), pk=person, role__in=CARE_ROLES
    )
    pattern = getattr(colleague, "work_pattern", None)
    may_write = user.pk == colleague.pk or user.is_manager
    if request.method == "POST" and not may_write:
        raise Refused("Only the person and managers can change their hours.")
    form = _work_form(request.POST if request.method == "POST" else None, colleague, pattern, user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            routing_actions.set_work_pattern(
                colleague,
                by=user,
                week=data["week"],
                away_until=data["away_until"],
                skills=data.get("skills"),
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, "Saved. It applies to new cases and alerts.")
            return redirect("console:analyst", colleague.pk)
    now = timezone.now()
    context = {
        "person": colleague,
        "pattern": pattern,
        "form": form if may_write else None,
        "is_own": user.pk == colleague.pk,
        "is_away": pattern is not None and pattern.is_away(now),
        "teams": list(colleague.teams.order_by("name")),
        "skills": [name for key, name in _areas() if pattern and key in pattern.skills],
        "is_analyst": colleague.role == Role.ANALYST,
        **_held(colleague, user),
    }
    return render(request, "console/analyst.html", context, status=422 if form.errors else 200)


def _held(colleague: User, user: User) -> dict[str, Any]:
    """The open cases of a colleague, the most urgent first, and the rotas on which they are."""
    cases = Case.objects.visible_to(user).filter(assignee=colleague).being_worked()
    rotas = OnCallRota.objects.filter(Q(places__person=colleague) | Q(manager=colleague))
    return {
        "cases": cases.select_related("organisation").order_by("severity", "opened_at", "id")[
            :CASES_SHOWN
        ],
        "number_of_cases": cases.count(),
        "most_cases": CASES_SHOWN,
        "rotas": rotas.distinct().order_by("name"),
    }


def _work_form(data: Any, person: User, pattern: WorkPattern | None, by: User) -> WorkForm:
    initial: dict[str, Any] = {}
    if pattern is not None:
        away = pattern.away_until if pattern.is_away(timezone.now()) else None
        initial = {
            **team_forms.written(pattern.week),
            "skills": pattern.skills,
            "away_until": away.astimezone(person.tzinfo).replace(tzinfo=None) if away else None,
        }
    return WorkForm(
        data, initial=initial, areas=_areas(), with_skills=by.is_manager, zone=person.zone
    )


# --- Assignment of a case


@care_only
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, number: int) -> HttpResponse:
    """Assign a case to a colleague or a team."""
    user = signed_in(request)
    case = get_object_or_404(
        Case.objects.visible_to(user).select_related("assignee", "team"), number=number
    )
    initial = {"to": case.assignee_id, "team": case.team_id}
    data = request.POST if request.method == "POST" else None
    form = AssignForm(data, initial=initial, people=cares_people(), teams=Team.objects.all())
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            case_actions.assign(
                case, by=user, to=values["to"], team=values["team"], reason=values["reason"]
            )
        except Refused as refused:
            form.add_error(None, refused.reason)
        else:
            messages.success(request, f"The case is {values['to'] or values['team']}'s now.")
            return redirect("console:case", number=case)
    return render(
        request,
        "console/handover.html",
        {"case": case, "form": form},
        status=422 if form.errors else 200,
    )
