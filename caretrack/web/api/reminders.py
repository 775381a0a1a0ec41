"""Follow-up reminders by program: those of the token's person, and nobody else's."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from caretrack.web.api import desk_serializers as shapes
from caretrack.web.api.once import PARAMETER, run_once
from caretrack.web.api.pages import NewestByKey
from caretrack.web.api.parsing import single_values
from caretrack.web.api.serializers import EmptySerializer
from caretrack.web.api.views import one, token_user
from cases import actions
from cases.models import Reminder


def own_reminders(request: Request) -> QuerySet[Reminder]:
    """The only access to reminders. 404 for a customer's token: only Care has reminders."""
    user = token_user(request)
    if not user.is_care:
        raise Http404
    return Reminder.objects.filter(by=user).select_related("case")


def _input(request: Request) -> dict[str, Any]:
    serializer = shapes.ReminderInput(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class Reminders(APIView):
    """List one's own reminders, the last one set first."""

    @extend_schema(
        parameters=[OpenApiParameter("state", str), OpenApiParameter("cursor", str)],
        responses=shapes.ReminderShape(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = own_reminders(request)
        query = shapes.ReminderQuery(data=single_values(request))
        query.is_valid(raise_exception=True)
        if state := query.validated_data.get("state"):
            rows = rows.filter(state=state)
        pages = NewestByKey()
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response(shapes.ReminderShape(page, many=True).data)


class ReminderDetail(APIView):
    """One of one's own reminders."""

    @extend_schema(responses=shapes.ReminderShape)
    def get(self, request: Request, reminder: str) -> Response:
        row = get_object_or_404(own_reminders(request), pk=int(reminder))
        return Response(shapes.ReminderShape(row).data)


class CaseReminders(APIView):
    """Set a reminder of one's own on a case."""

    @extend_schema(
        parameters=[PARAMETER], request=shapes.ReminderInput, responses={201: shapes.ReminderShape}
    )
    def post(self, request: Request, code: str) -> Response:
        case, by = one(request, code), token_user(request)
        data = _input(request)
        key = run_once(request, by=by, run=lambda: actions.set_reminder(case, by=by, **data).pk)
        row = get_object_or_404(own_reminders(request), pk=key)
        return Response(shapes.ReminderShape(row).data, status=status.HTTP_201_CREATED)


class ReminderChanges(APIView):
    """Change an open reminder. Idempotent."""

    @extend_schema(request=shapes.ReminderInput, responses={201: shapes.ReminderShape})
    def post(self, request: Request, reminder: str) -> Response:
        row = get_object_or_404(own_reminders(request), pk=int(reminder))
        changed = actions.change_reminder(row.pk, by=token_user(request), **_input(request))
        return Response(shapes.ReminderShape(changed).data, status=status.HTTP_201_CREATED)


class ReminderRemoval(APIView):
    """Delete an open reminder. A second request answers that there is none, and changes nothing."""

    @extend_schema(request=EmptySerializer, responses={204: None})
    def post(self, request: Request, reminder: str) -> Response:
        row = get_object_or_404(own_reminders(request), pk=int(reminder))
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        actions.remove_reminder(row.pk, by=token_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
