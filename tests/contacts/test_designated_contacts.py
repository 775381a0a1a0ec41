"""§1: the states of a Designated Contact."""

import pytest
from django_fsm import TransitionNotAllowed

from contacts.models import ContactState, DesignatedContact
from tests import cast

S = ContactState
ALLOWED = {
    "begin_training": {S.INVITED: S.IN_TRAINING, S.APPLIED: S.IN_TRAINING},
    "submit_form": {S.IN_TRAINING: S.SUBMITTED},
    "approve": {S.SUBMITTED: S.ACTIVE},
    "ask_back": {S.SUBMITTED: S.ASKED_BACK},
    "answer_back": {S.ASKED_BACK: S.SUBMITTED},
    "decline": {S.SUBMITTED: S.DECLINED, S.ASKED_BACK: S.DECLINED},
    "suspend": {S.ACTIVE: S.SUSPENDED},
    "reinstate": {S.SUSPENDED: S.ACTIVE, S.LAPSED: S.ACTIVE},
    "lapse": {S.ACTIVE: S.LAPSED, S.SUSPENDED: S.LAPSED},
    "revoke": {S.ACTIVE: S.REVOKED, S.SUSPENDED: S.REVOKED, S.LAPSED: S.REVOKED},
    "readmit": {S.DECLINED: S.IN_TRAINING, S.REVOKED: S.IN_TRAINING},
}


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("move", list(ALLOWED))
def test_a_contact_moves_only_along_the_life_cycle(move, state, acme):
    user = cast.contact(acme, "Ivy", "ivy@acme.example", state=state)
    designation = DesignatedContact.objects.get(user=user)
    if state in ALLOWED[move]:
        getattr(designation, move)()
        assert designation.state == ALLOWED[move][state]
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(designation, move)()
