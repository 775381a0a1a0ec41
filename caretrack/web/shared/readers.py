"""The language of a reader, and the text of a refused state change."""

from django.conf import settings
from django.utils.translation import gettext as _
from django_fsm import TransitionNotAllowed


def language_of(user) -> str:  # type: ignore[no-untyped-def]
    """The language of a user's pages: customers choose theirs, Care's pages are English."""
    return settings.LANGUAGE_CODE if user.is_care else str(user.language)


def wrong_state(error: TransitionNotAllowed) -> str:
    """Why a transition is not possible, as a text for the user."""
    case = getattr(error, "object", None)
    if case is None or not hasattr(case, "get_state_display"):
        return str(error)
    state = case.get_state_display()
    return _(
        "This is not possible while it is in the state “{state}”. Perhaps somebody "
        "was faster: please look again."
    ).format(state=state)
