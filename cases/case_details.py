"""The details that a case may come with, beyond its title and description (§4).

A detail is declared here once. The forms of both sides, the API, drafts, follow-ups, erasure, the
evidence pack and the pages read this list; the model has its column, and `search_case_vector.sql`
makes it findable. `tests/cases/test_case_details.py` compares them all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from cases.models import Case


@dataclass(frozen=True)
class DetailField:
    """One optional text about a case, as long as a reason may be.

    `question` and `help_text` are the contact's, `care_question` is Care's for a caller, `label` is
    read beside the text, and `called` names it in a refusal.
    """

    name: str
    question: Any
    help_text: Any
    care_question: str
    label: Any
    called: str
    rows: int = 3


CASE_DETAILS = (
    DetailField(
        name="business_impact",
        question=_("What does it mean for your business?"),
        help_text=_(
            "How many people and which services are affected, and when it becomes critical."
        ),
        care_question="What it does to their business",
        label=_("Impact"),
        called=gettext_noop("the business impact"),
    ),
)
DETAIL_NAMES = tuple(detail.name for detail in CASE_DETAILS)


def details_in(values: Mapping[str, Any]) -> dict[str, str]:
    """The details among the values of a form or a request."""
    return {name: values.get(name) or "" for name in DETAIL_NAMES}


def details_of(case: "Case") -> dict[str, str]:
    """A case's own details, such as for a case that continues it."""
    return {name: getattr(case, name) for name in DETAIL_NAMES}


def labelled(case: "Case") -> Iterator[tuple[Any, str]]:
    """(label, text) of each detail that the case has."""
    for detail in CASE_DETAILS:
        text = getattr(case, detail.name)
        if text:
            yield detail.label, text
