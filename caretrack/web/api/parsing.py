"""Parsers that limit nesting and refuse characters that no column can store."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request

from caretrack.web.bad_input import is_bad


class ShallowJSONParser(JSONParser):
    """DRF's parser. Input that is nested too deep is a bad request, not a server error."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            parsed = super().parse(stream, media_type, dict(parser_context or {}))
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        refuse_bad_text(parsed)
        return parsed


class CleanMultiPartParser(MultiPartParser):
    """DRF's parser of multipart forms. It refuses bad characters in names and fields."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        parsed: Any = super().parse(stream, media_type, dict(parser_context or {}))
        refuse_bad_text(
            [*parsed.data.lists(), *((name, one.name) for name, one in parsed.files.items())]
        )
        return parsed


def refuse_bad_text(parsed: Any) -> None:
    """Raise ParseError if a text or a name contains NUL or half a surrogate pair."""
    waiting = [parsed]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str) and is_bad(one):
            raise ParseError(
                "The request holds a NUL or half of a surrogate pair, which are no characters."
            )
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one


def single_values(request: Request) -> dict[str, str]:
    """The query parameters of a list. One that is given twice would lose a value: it is refused."""
    repeated = [name for name, values in request.query_params.lists() if len(values) > 1]
    if repeated:
        raise ValidationError(dict.fromkeys(repeated, "Give this parameter once."))
    return dict(request.query_params.dict())
