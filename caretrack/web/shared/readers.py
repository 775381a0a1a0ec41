"""The language of a reader, the state of a case in their words, and why one is refused."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_fsm import TransitionNotAllowed

from cases.choices import CaseState

# What a state is called for the customer, where it differs from Care's word.
FOR_CUSTOMERS = {CaseState.WAITING_ON_CONTACT: gettext_lazy("Waiting for you")}


def language_of(user) -> str:  # type: ignore[no-untyped-def]
    """The language of a user's pages: customers choose theirs, Care's pages are English."""
    return settings.LANGUAGE_CODE if user.is_care else str(user.language)


def state_label(state: str, *, is_care: bool) -> str:
    """The name of a case's state for a reader of either side."""
    state = CaseState(state)
    return str(state.label if is_care else FOR_CUSTOMERS.get(state, state.label))


def paused_labels() -> dict[str, str]:
    """What the state of a waiting case is called while the contact's time is paused, by the reason
    of the pause.
    """
    return {"on_hold": _("On hold"), "wait_suspended": _("Paused")}


def state_choices(*, is_care: bool) -> list[tuple[str, str]]:
    """The states of a case for a filter."""
    return [(state, state_label(state, is_care=is_care)) for state in CaseState.values]


def wrong_state(error: TransitionNotAllowed, *, is_care: bool = True) -> str:
    """Why a transition is not possible, as a text for the user."""
    case = getattr(error, "object", None)
    if case is None or not hasattr(case, "get_state_display"):
        return str(error)
    is_case = str(case.state) in CaseState.values and not is_care
    state = state_label(case.state, is_care=False) if is_case else case.get_state_display()
    return _(
        "This is not possible while it is in the state “{state}”. Perhaps somebody "
        "was faster: please look again."
    ).format(state=state)
