"""`/api/v1/`: list, open, read and act on cases.

The same actions, rules and refusals as on the pages.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from caretrack.web.api import serializers as shapes
from caretrack.web.api.once import PARAMETER, run_once
from caretrack.web.api.parsing import single_values
from cases import actions
from cases.actions.catalogue import CATALOGUE, is_possible
from cases.actions.context import ActionContext
from cases.case_details import DETAIL_NAMES
from cases.choices import CaseState, Facing, Severity
from cases.events import Attached
from cases.models import Case, CaseEvent, Watch
from cases.notifications import outgoing
from cases.severity import propose
from contacts import roster
from contacts.models import Channel, User
from core.current_time import now
from core.errors import Refused
from sla.models import Clock


class Newest(CursorPagination):
    """Keyset pagination: every page costs the same as the first."""

    page_size = 50
    ordering = ("-opened_at", "-id")

    def decode_cursor(self, request: Request) -> Any:
        """The position in a cursor. Raises NotFound for an unknown one."""
        cursor: Any = super().decode_cursor(request)
        if cursor is None or cursor.position is None:
            return cursor
        try:
            at = datetime.fromisoformat(str(cursor.position)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise NotFound(self.invalid_cursor_message) from None
        return type(cursor)(cursor.offset, cursor.reverse, at.isoformat())


def token_user(request: Request) -> User:
    """The user of the token."""
    assert isinstance(request.user, User)  # the permission class guarantees it
    return request.user


def visible(request: Request) -> QuerySet[Case]:
    """The only access to cases."""
    cases: QuerySet[Case] = Case.objects.visible_to(token_user(request))
    return cases.select_related("organisation", "site", "contact", "assignee")


def one(request: Request, code: str) -> Case:
    """The case with this code. 404 if the user may not see it."""
    return get_object_or_404(visible(request), number=int(code))


class CaseList(APIView):
    """List the cases of the token's user, newest first, and open a new one."""

    @extend_schema(
        parameters=[
            OpenApiParameter("state", str),
            OpenApiParameter("severity", int),
            OpenApiParameter("cursor", str),
        ],
        responses=shapes.CaseShape(many=True),
    )
    def get(self, request: Request) -> Response:
        serializer = shapes.ListQuery(data=single_values(request))
        serializer.is_valid(raise_exception=True)
        wanted = {key: value for key, value in serializer.validated_data.items() if key != "cursor"}
        pages = Newest()
        page = pages.paginate_queryset(visible(request).filter(**wanted), request, self)
        return pages.get_paginated_response(shapes.CaseShape(page, many=True).data)

    @extend_schema(parameters=[PARAMETER], request=shapes.Filing, responses={201: shapes.CaseShape})
    def post(self, request: Request) -> Response:
        serializer = shapes.Filing(data=request.data)
        serializer.is_valid(raise_exception=True)
        data, by = dict(serializer.validated_data), token_user(request)
        key = run_once(request, by=by, run=lambda: _file(data, by).pk)
        case = get_object_or_404(visible(request), pk=key)
        return Response(shapes.CaseShape(case).data, status=status.HTTP_201_CREATED)


def _file(data: dict[str, Any], by: User) -> Case:
    """Open a case from the validated input of a program."""
    contact = _contact(by, data.pop("contact", None))
    severity = propose(
        function_down=data.pop("function_down"),
        workaround=data.pop("workaround"),
        degraded=data.pop("degraded"),
        priority=data["priority"],
    )
    if severity == Severity.CRITICAL and not (
        data["call_back_number"] or roster.named_for(contact, now())[1]
    ):
        raise ValidationError(
            {"call_back_number": "A Critical case needs a number at which we reach you now."}
        )
    event = actions.file_case(
        by=by,
        contact=contact,
        site=_site(contact, data.pop("site", None)),
        severity=severity,
        channel=Channel.API,
        details={name: data.pop(name) for name in DETAIL_NAMES},
        **data,
    )
    return event.case


def _contact(user: User, address: str | None) -> User:
    if address is None or address.lower() == user.email:
        if user.is_care:
            raise ValidationError({"contact": "Say for whom: the contact's email address."})
        return user
    if not user.is_care:
        raise Refused("Only Care can open a case on somebody's behalf.")
    contact = User.objects.filter(email=address.lower(), organisation__isnull=False).first()
    if contact is None:
        raise ValidationError({"contact": "There is no contact with this address."})
    return contact


def _site(contact: User, name: str | None) -> Any:
    assert contact.organisation is not None
    sites = contact.organisation.sites.select_related("calendar")
    site = sites.filter(name=name).first() if name else contact.site or sites.first()
    if site is None:
        known = ", ".join(sites.values_list("name", flat=True))
        raise ValidationError({"site": f"There is no such site. Known: {known}."})
    return site


@extend_schema_view(get=extend_schema(responses=shapes.CaseShape))
class CaseDetail(APIView):
    """One case."""

    def get(self, request: Request, code: str) -> Response:
        return Response(shapes.CaseShape(one(request, code)).data)


@extend_schema_view(get=extend_schema(responses=shapes.EventShape(many=True)))
class CaseEvents(APIView):
    """The event log of a case, oldest first. Care sees internal events too."""

    def get(self, request: Request, code: str) -> Response:
        case = one(request, code)
        events = CaseEvent.objects.filter(case=case).select_related("by", "update").order_by("seq")
        if not token_user(request).is_care:
            events = events.filter(facing=Facing.CONTACT)
        return Response(shapes.EventShape(events, many=True).data)


@extend_schema_view(get=extend_schema(responses=shapes.ClockShape(many=True)))
class CaseClocks(APIView):
    """The clocks of a case."""

    def get(self, request: Request, code: str) -> Response:
        case = one(request, code)
        clocks = (
            Clock.objects.filter(case=case)
            .with_missed_due()
            .select_related("policy_version", "calendar_version__calendar")
        )
        return Response(shapes.ClockShape(clocks, many=True).data)


class CaseAttachments(APIView):
    """List the files of a case, and add one."""

    @extend_schema(responses=shapes.AttachmentShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        files = one(request, code).attachments.all()
        if not token_user(request).is_care:
            files = files.filter(facing=Facing.CONTACT)
        return Response(shapes.AttachmentShape(files, many=True).data)

    @extend_schema(
        parameters=[PARAMETER],
        request={"multipart/form-data": shapes.Upload},
        responses={201: shapes.EventShape},
    )
    def post(self, request: Request, code: str) -> Response:
        case = one(request, code)
        serializer = shapes.Upload(data=request.data)
        serializer.is_valid(raise_exception=True)
        data, by = serializer.validated_data, token_user(request)
        key = run_once(request, by=by, run=lambda: _attach(case, by, data).pk)
        return _recorded(key)


def _attach(case: Case, by: User, data: dict[str, Any]) -> CaseEvent:
    event = actions.attach(case, by=by, upload=data["file"], facing=Facing(data["facing"]))
    if case.state == CaseState.WAITING_ON_CONTACT and not by.is_care:
        # The requested file has arrived: it ends the wait as a text does (§13).
        event = actions.answer_as_contact(case, by=by, text=f"Sent: {event.read_as(Attached).name}")
    return event


def _recorded(key: int) -> Response:
    """The event that an action recorded."""
    event = CaseEvent.objects.select_related("by", "update").get(pk=key)
    return Response(shapes.EventShape(event).data, status=status.HTTP_201_CREATED)


class CaseFollowers(APIView):
    """List the followers of a case, and add one."""

    @extend_schema(responses=shapes.FollowerShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        return Response(shapes.FollowerShape(_followers(one(request, code)), many=True).data)

    @extend_schema(request=shapes.FollowerInput, responses={201: shapes.FollowerShape(many=True)})
    def post(self, request: Request, code: str) -> Response:
        case = one(request, code)
        actions.add_follower(case, _follower(request), by=token_user(request))
        followers = shapes.FollowerShape(_followers(case), many=True)
        return Response(followers.data, status=status.HTTP_201_CREATED)


class CaseFollowerRemovals(APIView):
    """Remove a follower of a case."""

    @extend_schema(request=shapes.FollowerInput, responses={201: shapes.FollowerShape(many=True)})
    def post(self, request: Request, code: str) -> Response:
        case = one(request, code)
        actions.remove_follower(case, _follower(request), by=token_user(request))
        followers = shapes.FollowerShape(_followers(case), many=True)
        return Response(followers.data, status=status.HTTP_201_CREATED)


def _follower(request: Request) -> str:
    serializer = shapes.FollowerInput(data=request.data)
    serializer.is_valid(raise_exception=True)
    return str(serializer.validated_data["person"])


def _followers(case: Case) -> QuerySet[Watch]:
    return Watch.objects.filter(
        case=case,
        organisation_id=case.organisation_id,
        watcher__in=outgoing.watchers_of(case),
    ).select_related("watcher", "added_by")


@dataclass(frozen=True)
class ApiAction:
    """An action that can be POSTed to: its name in the catalogue, and its input."""

    action: str
    shape: type[shapes.Input]

    @property
    def run(self) -> Callable[..., CaseEvent]:
        return CATALOGUE[self.action].run


ACTS = {
    "assignment": ApiAction("take", shapes.EmptySerializer),
    "answers": ApiAction("answer", shapes.Text),
    "contact-answers": ApiAction("answer_as_contact", shapes.Text),
    "notes": ApiAction("note", shapes.Text),
    "calls": ApiAction("log_call", shapes.Call),
    "information-requests": ApiAction("request_information", shapes.Text),
    "question-settlements": ApiAction("settle_question", shapes.Settlement),
    "holds": ApiAction("put_on_hold", shapes.HoldInput),
    "hold-endings": ApiAction("end_hold", shapes.EmptySerializer),
    "inadequate-rulings": ApiAction("rule_inadequate", shapes.ReasonSerializer),
    "severity": ApiAction("set_severity", shapes.SeverityChoice),
    "severity-contests": ApiAction("contest_severity", shapes.ContestSerializer),
    "severity-upholdings": ApiAction("uphold_severity", shapes.ReasonSerializer),
    "escalation": ApiAction("escalate", shapes.Text),
    "findings": ApiAction("hand_back", shapes.Text),
    "escalation-requests": ApiAction("request_escalation", shapes.ReasonSerializer),
    "escalation-answers": ApiAction("answer_escalation_request", shapes.EscalationAnswer),
    "restoration": ApiAction("restore", shapes.Text),
    "resolution": ApiAction("propose_resolution", shapes.Text),
    "acceptance": ApiAction("accept", shapes.EmptySerializer),
    "issues": ApiAction("report_issue", shapes.Text),
    "closure": ApiAction("close", shapes.Closing),
    "withdrawal": ApiAction("withdraw", shapes.ReasonSerializer),
    "reopening": ApiAction("reopen", shapes.Text),
    "corrections": ApiAction("correct_details", shapes.CorrectionSerializer),
    "contact-changes": ApiAction("change_contact", shapes.ContactChange),
    "rating": ApiAction("rate", shapes.Rating),
    "remarks": ApiAction("remark", shapes.Text),
}

# Actions that have a view of their own, by their noun.
WITH_VIEWS = {
    "attachments": "attach",
    "followers": "add_follower",
    "follower-removals": "add_follower",
    "side-conversations": "open_side_conversation",
    "reminders": "set_reminder",
}


@extend_schema_view(get=extend_schema(responses=shapes.ActionsShape))
class CaseActions(APIView):
    """The actions that the token's user can take on a case now."""

    def get(self, request: Request, code: str) -> Response:
        context = ActionContext(one(request, code), token_user(request))
        nouns = [noun for noun, act in ACTS.items() if is_possible(act.action, context)]
        nouns += [noun for noun, action in WITH_VIEWS.items() if is_possible(action, context)]
        return Response({"actions": nouns})


class CaseAct(APIView):
    """Run an action on a case. Responds with the recorded event."""

    act: ApiAction

    def post(self, request: Request, code: str) -> Response:
        case = one(request, code)
        serializer = self.act.shape(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = dict(serializer.validated_data)
        if after := values.get("after"):
            values["after"] = one(request, after.removeprefix("CT-"))
        by = token_user(request)
        key = run_once(request, by=by, run=lambda: self.act.run(case, by=by, **values).pk)
        return _recorded(key)


def act_view(noun: str) -> Callable[..., Any]:
    """The view of one action, with an entry of its own in the schema."""
    act = ACTS[noun]
    name = "".join(part.title() for part in noun.split("-"))
    view: Any = type(f"Case{name}", (CaseAct,), {"act": act, "__doc__": act.run.__doc__})
    described = extend_schema_view(
        post=extend_schema(
            parameters=[PARAMETER],
            request=act.shape,
            responses={201: shapes.EventShape},
            operation_id=f"cases_{noun.replace('-', '_')}",
            description=(act.run.__doc__ or "").strip(),
        )
    )
    acting: Callable[..., Any] = described(view).as_view()
    return acting
