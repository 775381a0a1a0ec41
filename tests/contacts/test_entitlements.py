"""§3: the one rule that every channel asks. §1: only a Designated Contact contacts Care."""

import pytest

from cases import actions
from contacts import entitlements
from contacts.models import Channel, ContactState, DesignatedContact, Offering
from core.errors import Refused
from tests import cast
from tests.cast import utc

NOON = utc("2026-03-02 12:00")


def ask(organisation, channel, severity=None, at=NOON):
    return entitlements.ask(organisation, channel, severity, at)


def test_the_portal_is_open_around_the_clock_to_holders_of_a_care_licence(acme):
    assert ask(acme, Channel.PORTAL, 3, utc("2026-03-01 03:00")).allowed


def test_phone_support_takes_severity_1_only_and_leads_others_to_the_portal(acme):
    assert ask(acme, Channel.PHONE, 1).allowed
    refused = ask(acme, Channel.PHONE, 2)
    assert not refused.allowed
    assert "Severity 1 (Critical) only" in refused.missing
    assert "web portal" in refused.instead


def test_an_organisation_without_a_licence_is_led_to_self_support(db):
    poor = cast.organisation("poor", "Poor Ltd", licensed=False)
    refused = ask(poor, Channel.PORTAL, 3)
    assert not refused.allowed
    assert "PureCloud 1" in refused.missing
    assert "Self-support" in refused.instead
    assert ask(poor, Channel.SELF_SUPPORT).allowed


def test_a_licence_grants_its_channels_from_its_first_day_to_its_last(acme):
    acme.licences.update(starts_on="2026-03-02", ends_on="2026-03-04")
    days = {
        day: ask(acme, Channel.PORTAL, 3, utc(f"2026-03-{day:02d} 12:00")).allowed
        for day in range(1, 7)
    }
    assert days == {1: False, 2: True, 3: True, 4: True, 5: False, 6: False}


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        ("2026-03-02 12:59:59", False),
        ("2026-03-02 13:00:00", True),  # Monday 08:00 in New York
        ("2026-03-03 01:59:59", True),  # Monday 20:59:59
        ("2026-03-03 02:00:00", False),
        ("2026-03-07 15:00:00", False),  # Saturday
    ],
)
def test_voice_support_keeps_us_eastern_hours(acme, at, is_open):
    assert ask(acme, Channel.VOICE, 3, utc(at)).allowed is is_open


def test_the_hours_of_an_offering_agree_with_the_engine(db):
    from sla import calendars

    version = Offering.objects.get(key="voice").calendar.current
    engine = calendars.compiled(version)
    for hour in range(24 * 9):
        at = utc("2026-03-01 00:30").replace(hour=0) + hour * (
            utc("2026-03-01 01:00") - utc("2026-03-01 00:00")
        )
        assert version.is_open(at) is engine.is_open(at), at


@pytest.mark.parametrize("state", [s for s in ContactState if s != ContactState.ACTIVE])
def test_only_an_active_designated_contact_opens_a_case(acme, state):
    waiting = cast.contact(acme, "Not Yet", "notyet@acme.example", state=state)
    with pytest.raises(Refused, match="active Designated Contact"):
        cast.file(waiting)


def test_a_suspended_contact_can_neither_answer_nor_accept(ana, kim):
    case = cast.proposed(ana, kim)
    designation = DesignatedContact.objects.get(user=ana)
    designation.suspend()
    designation.save()
    for verb in (
        lambda: actions.accept(case, by=ana),
        lambda: actions.answer_as_contact(case, by=ana, text="Hello?"),
        lambda: actions.withdraw(case, by=ana, text="Never mind."),
    ):
        with pytest.raises(Refused):
            verb()


def test_a_case_is_filed_at_a_site_of_the_contacts_own_organisation(ana, globex):
    with pytest.raises(Refused, match="own organisation"):
        actions.file_case(
            by=ana,
            contact=ana,
            site=globex.sites.get(),
            title="x",
            description="y",
            severity=3,
        )


def test_nobody_of_the_organisation_files_for_somebody_else(ana, cole):
    with pytest.raises(Refused, match="somebody's behalf"):
        actions.file_case(
            by=cole,
            contact=ana,
            site=ana.organisation.sites.get(),
            title="x",
            description="y",
            severity=3,
        )


def test_an_analyst_files_a_critical_case_for_a_caller_by_phone(ana, kim):
    event = actions.file_case(
        by=kim,
        contact=ana,
        site=ana.organisation.sites.get(),
        title="All down",
        description="Nothing.",
        severity=1,
        channel=Channel.PHONE,
    )
    assert (event.by, event.case.contact) == (kim, ana)
    with pytest.raises(Refused, match="web portal"):
        actions.file_case(
            by=kim,
            contact=ana,
            site=ana.organisation.sites.get(),
            title="Slow",
            description="A bit.",
            severity=3,
            channel=Channel.PHONE,
        )


def test_a_case_is_let_in_by_the_edition_of_its_sites_region(ana, ben):
    Offering.objects.filter(key="portal").update(products=["World Edition"])
    assert cast.file(ben).is_open  # Tokyo: by the Japan edition
    with pytest.raises(Refused, match="World Edition"):
        cast.file(ana)
