"""Side conversations by program: Care's emails to third parties about a case. Internal."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from caretrack.web.api import desk_serializers as shapes
from caretrack.web.api.once import PARAMETER, run_once
from caretrack.web.api.pages import NewestByKey
from caretrack.web.api.serializers import EmptySerializer
from caretrack.web.api.views import one, token_user
from cases import actions
from cases.models import Case, SideConversation, SideMessage


def case_of_care(request: Request, code: str) -> Case:
    """The case, for Care. 404 for a customer's token, as for a case of somebody else."""
    if not token_user(request).is_care:
        raise Http404
    return one(request, code)


def _conversation(request: Request, code: str, side: int) -> SideConversation:
    case = case_of_care(request, code)
    rows = SideConversation.objects.filter(organisation_id=case.organisation_id, case=case)
    conversation: SideConversation = get_object_or_404(rows.select_related("by"), pk=side)
    conversation.case = case
    return conversation


def _messages(conversation: SideConversation) -> Any:
    return SideMessage.objects.filter(
        organisation_id=conversation.organisation_id, conversation=conversation
    ).select_related("conversation", "event__by", "event__update")


def _page(request: Request, view: APIView, rows: Any, shape: Any) -> Response:
    pages: CursorPagination = NewestByKey()
    return pages.get_paginated_response(
        shape(pages.paginate_queryset(rows, request, view), many=True).data
    )


class SideConversations(APIView):
    """List the side conversations of a case, and open one with its first message."""

    @extend_schema(responses=shapes.SideConversationShape(many=True))
    def get(self, request: Request, code: str) -> Response:
        case = case_of_care(request, code)
        rows = SideConversation.objects.filter(organisation_id=case.organisation_id, case=case)
        return _page(request, self, rows.select_related("by"), shapes.SideConversationShape)

    @extend_schema(
        parameters=[PARAMETER],
        request=shapes.SideConversationInput,
        responses={201: shapes.SideConversationShape},
    )
    def post(self, request: Request, code: str) -> Response:
        case, by = one(request, code), token_user(request)
        data = _data(request, shapes.SideConversationInput)
        key = run_once(
            request, by=by, run=lambda: actions.open_side_conversation(case, by=by, **data).pk
        )
        return _created(shapes.SideConversationShape(_conversation(request, code, key)))


class SideConversationDetail(APIView):
    """One side conversation."""

    @extend_schema(responses=shapes.SideConversationShape)
    def get(self, request: Request, code: str, side: str) -> Response:
        return Response(shapes.SideConversationShape(_conversation(request, code, int(side))).data)


class SideMessages(APIView):
    """List the messages of a side conversation, the newest first, and send one."""

    @extend_schema(responses=shapes.SideMessageShape(many=True))
    def get(self, request: Request, code: str, side: str) -> Response:
        rows = _messages(_conversation(request, code, int(side)))
        return _page(request, self, rows, shapes.SideMessageShape)

    @extend_schema(
        parameters=[PARAMETER],
        request=shapes.SideMessageInput,
        responses={201: shapes.SideMessageShape},
    )
    def post(self, request: Request, code: str, side: str) -> Response:
        return _write(
            request, code, side, shapes.SideMessageInput, actions.write_in_side_conversation
        )


class SideReplies(APIView):
    """Log a reply that came back to Care."""

    @extend_schema(
        parameters=[PARAMETER],
        request=shapes.SideReplyInput,
        responses={201: shapes.SideMessageShape},
    )
    def post(self, request: Request, code: str, side: str) -> Response:
        return _write(request, code, side, shapes.SideReplyInput, actions.log_side_reply)


class SideEnding(APIView):
    """End a side conversation."""

    run: Callable[..., SideConversation] = staticmethod(actions.end_side_conversation)

    @extend_schema(
        parameters=[PARAMETER],
        request=EmptySerializer,
        responses={201: shapes.SideConversationShape},
    )
    def post(self, request: Request, code: str, side: str) -> Response:
        conversation, by = _conversation(request, code, int(side)), token_user(request)
        _data(request, EmptySerializer)
        key = run_once(request, by=by, run=lambda: self.run(conversation, by=by).pk)
        return _created(shapes.SideConversationShape(_conversation(request, code, key)))


class SideReopening(SideEnding):
    """Continue a side conversation that has ended."""

    run = staticmethod(actions.reopen_side_conversation)


class SideRetry(APIView):
    """Send a message again that could not be delivered."""

    @extend_schema(
        parameters=[PARAMETER], request=EmptySerializer, responses={201: shapes.SideMessageShape}
    )
    def post(self, request: Request, code: str, side: str, side_message: str) -> Response:
        rows, by = _messages(_conversation(request, code, int(side))), token_user(request)
        chosen = get_object_or_404(rows, pk=int(side_message))
        _data(request, EmptySerializer)
        key = run_once(
            request, by=by, run=lambda: actions.send_side_message_again(chosen, by=by).pk
        )
        return _created(shapes.SideMessageShape(rows.get(pk=key)))


def _write(
    request: Request, code: str, side: str, shape: Any, run: Callable[..., SideMessage]
) -> Response:
    conversation, by = _conversation(request, code, int(side)), token_user(request)
    data = _data(request, shape)
    key = run_once(request, by=by, run=lambda: run(conversation, by=by, **data).pk)
    return _created(shapes.SideMessageShape(_messages(conversation).get(pk=key)))


def _data(request: Request, shape: Any) -> dict[str, Any]:
    serializer = shape(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _created(serializer: Any) -> Response:
    return Response(serializer.data, status=status.HTTP_201_CREATED)
