"""A browser walks the way of a Designated Contact: from an application to an active contact, and a
passkey.
"""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from contacts import actions as people_actions
from contacts import emails
from contacts.models import Course, DesignatedContact
from core.tenancy import care_scope
from tests import cast

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
PASSWORD = "a sentence of my own"


def link_of_the_letter() -> str:
    emails.send()
    match = re.search(r"http://\S+?(/join/\S+/)", str(mail.outbox[-1].body))
    assert match is not None
    return match[1]


def answer_the_quiz(page) -> None:
    with care_scope():
        version = Course.objects.get(is_for_contacts=True).current
        assert version is not None
        right = {question.pk: question.right for question in version.questions.all()}
    for key, places in right.items():
        for index in places:
            page.locator(f"input[name=q{key}][value='{index}']").check()


def test_an_applicant_becomes_an_active_contact(
    live_server, browser, page, people, sign_in, watched, accessible
):
    page = watched(page)
    page.set_viewport_size(PHONE)
    page.goto(live_server.url + "/accounts/login/")
    page.get_by_role("link", name="Become a Designated Contact").click()
    accessible(page)
    page.get_by_label("Your organisation's short name").fill("acme")
    page.get_by_label("Your name").fill("Ivy Ito")
    page.get_by_label("Your work email").fill("ivy@acme.example")
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_role("heading", name="Check your inbox").wait_for()
    accessible(page)

    page.goto(live_server.url + link_of_the_letter())
    accessible(page)
    page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    page.get_by_label("Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    page.get_by_role("heading", name="Becoming a Designated Contact").wait_for()
    accessible(page)

    page.get_by_role("link", name="Begin", exact=True).click()
    accessible(page)
    page.get_by_role("link", name="Begin", exact=True).click()
    accessible(page)
    with care_scope():
        lessons = Course.objects.get(is_for_contacts=True).current.lessons.count()
    for _ in range(lessons):
        page.get_by_role("button", name="Read").click()
        page.wait_for_load_state()
    page.get_by_role("link", name="Take the quiz").click()
    accessible(page)
    answer_the_quiz(page)
    page.get_by_role("button", name="Submit").click()
    page.get_by_role("heading", name="Passed: 100 %").wait_for()
    accessible(page)
    page.get_by_role("link", name="Continue to the form").click()
    page.get_by_label("Your work phone").fill("+81 6 5550 123")
    page.get_by_label("I accept the responsibilities").check()
    accessible(page)
    page.get_by_role("button", name="Submit the form").click()
    assert "We will reply by" in page.get_by_role("note").inner_text()
    accessible(page)
    page.get_by_role("link", name="Why this time?").click()
    accessible(page)

    care = watched(browser.new_context(reduced_motion="reduce").new_page())
    sign_in(care, "maya@care.example")
    care.goto(live_server.url + "/console/applications/")
    accessible(care)
    care.get_by_role("link", name="Ivy Ito").click()
    accessible(care)
    care.get_by_role("button", name="Approve").click()
    care.get_by_text("Approved: the credentials are issued.").wait_for()
    care.goto(live_server.url + "/console/organisations/acme/people/")
    accessible(care)
    with care_scope():
        course = Course.objects.get(is_for_contacts=True).current.pk
    care.goto(f"{live_server.url}/console/courses/{course}/")
    accessible(care)

    page.goto(live_server.url + "/portal/")
    page.get_by_role("link", name="Open a case", exact=True).wait_for()
    with care_scope():
        designation = DesignatedContact.objects.get(user__email="ivy@acme.example")
        assert (designation.state, designation.user.zone) == ("active", "Asia/Tokyo")
        number = designation.user.certificates.get().number
    page.goto(f"{live_server.url}/certificates/{number}/")
    accessible(page)


def test_the_primary_contact_invites_and_keeps_the_roster(
    live_server, page, people, sign_in, watched, accessible
):
    from contacts import actions

    with care_scope():
        actions.make_primary(people["ana"].designation, by=people["maya"])
    page = watched(page)
    sign_in(page, "ana@acme.example")
    page.goto(live_server.url + "/portal/organisation/people/")
    accessible(page)
    page.get_by_label("Name", exact=True).fill("Ida Igel")
    page.get_by_label("Work email").fill("ida@acme.example")
    page.get_by_label("A colleague with read-only access").check()
    page.get_by_role("button", name="Send the invitation").click()
    page.get_by_text("The invitation goes to ida@acme.example.").wait_for()
    page.get_by_role("link", name="Roster for Critical cases").click()
    accessible(page)
    for day in ("Sat", "Sun"):
        page.get_by_label(day, exact=True).check()
    page.get_by_label("From", exact=True).fill("00:00")
    page.get_by_label("To", exact=True).fill("24:00")
    page.get_by_label("Phone number").fill("+49 30 555 0100")
    page.get_by_role("button", name="Add the shift").click()
    page.get_by_text("100 % covered").wait_for()
    page.set_viewport_size(PHONE)
    accessible(page)


def test_a_passkey_is_added_and_logs_in(live_server, page, people, sign_in, watched, accessible):
    base = live_server.url.replace(
        "127.0.0.1", "localhost"
    )  # a passkey belongs to a name, not to a number
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page = watched(page)
    page.goto(f"{base}/accounts/login/")
    accessible(page)
    page.get_by_role("button", name="With a passkey").click()  # there is none yet
    expect(page.get_by_role("alert")).to_contain_text("this device has none for CareTrack")
    accessible(page)
    page.get_by_label("Email").fill("ana@acme.example")
    page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
    page.goto(f"{base}/accounts/2fa/")
    accessible(page)
    page.goto(f"{base}/accounts/2fa/webauthn/add/")
    if page.get_by_label("Password", exact=True).count():  # sensitive pages ask again
        page.get_by_label("Password", exact=True).fill(cast.PASSWORD)
        page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("My laptop")
    passwordless = page.get_by_label("Passwordless")
    if passwordless.count():
        passwordless.check()
    accessible(page)
    page.get_by_role("button", name="Add", exact=True).click()
    page.wait_for_url(lambda url: "/webauthn/add" not in url)
    page.goto(f"{base}/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add", exact=True).click()  # the same device once more
    expect(page.get_by_role("alert")).to_contain_text("is already added to your account")
    page.locator(".menu__name").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()
    page.goto(f"{base}/accounts/login/")
    page.get_by_role("button", name="With a passkey").click()
    page.wait_for_url(lambda url: "/portal/" in url)


def test_whoever_joins_reads_times_in_the_zone_of_the_browser(live_server, browser, people):
    with care_scope():
        people_actions.invite(
            people["ana"].organisation, by=people["maya"], email="new@acme.example", name="New"
        )
    context = browser.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(live_server.url + link_of_the_letter())
    assert page.get_by_label("Your time zone").input_value() == "Asia/Tokyo"
    page.get_by_label("Your time zone").select_option("Europe/Paris")
    page.get_by_label("Choose a password").fill("short")
    page.get_by_role("button", name="Join").click()
    page.get_by_label("Your time zone").wait_for()
    assert page.get_by_label("Your time zone").input_value() == "Europe/Paris"
    context.close()
