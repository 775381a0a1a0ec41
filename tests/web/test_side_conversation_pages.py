"""The pages of side conversations, for Care."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases import actions
from cases.models import Attachment, SideConversation, SideMessage
from cases.notifications import side_emails
from tests import cast
from tests.pages import holds
from tests.web.test_query_budgets import statements

NOC = "noc@carrier.example"
LIMIT = 9


@pytest.fixture
def case(ana, kim, client):
    client.force_login(kim)
    case = cast.file(ana)
    return actions.attach(case, by=ana, upload=SimpleUploadedFile("call.log", b"a line")).case


def post(client, case, **more):
    data = {
        "recipients": f"{NOC}; b@carrier.example",
        "subject": "Port 7 blocked",
        "text": "Is it <b>open</b>?",
        **more,
    }
    return client.post(f"/console/cases/{case.code}/side-conversation/", data)


def test_one_is_opened_continued_answered_ended_and_reopened(client, case, ana):
    form = client.get(f"/console/cases/{case.code}/side-conversation/").content.decode()
    assert "call.log" in form
    assert "checked" not in form
    assert not holds(client.get(f"/console/cases/{case.code}/").content, "Side conversations")
    refused = post(client, case, recipients=f"{ana.email}")
    assert refused.status_code == 422
    assert "is the customer&#x27;s own" in refused.content.decode()
    assert "Is it &lt;b&gt;open&lt;/b&gt;?" in refused.content.decode()
    opened = post(client, case, files=[Attachment.objects.get(case=case).pk])
    conversation = SideConversation.objects.get()
    address = f"/console/cases/{case.code}/side-conversations/{conversation.pk}/"
    assert opened.headers["Location"] == address
    page = client.get(address).content.decode()
    assert "<b>open" not in page
    assert holds(page, "With call.log")
    text = {"text": "And now?", "recipients": "c@carrier.example"}
    assert client.post(f"{address}messages/", text).status_code == 302
    reply = {"sender": "c@carrier.example", "text": "It was the firmware."}
    assert client.post(f"{address}replies/", reply).status_code == 302
    wrong = client.post(f"{address}replies/", {"sender": "nobody", "text": "Kept words"})
    assert wrong.status_code == 422
    assert "Kept words" in wrong.content.decode()
    page = client.get(address).content.decode()
    assert page.index("And now?") < page.index("It was the firmware.")
    on_case = client.get(f"/console/cases/{case.code}/").content.decode()
    assert holds(on_case, "1 open")
    assert "It was the firmware." in on_case
    assert client.post(f"{address}end/").status_code == 302
    assert client.post(f"{address}end/").status_code == 409
    assert client.post(f"{address}messages/", text).status_code == 409
    listed = client.get(f"/console/cases/{case.code}/side-conversations/").content.decode()
    assert holds(listed, "Ended")
    assert client.post(f"{address}reopening/").status_code == 302
    SideMessage.objects.filter(event__update__text="And now?").update(state="failed")
    assert holds(client.get(address).content, "Send again")
    key = SideMessage.objects.get(state="failed").pk
    assert client.post(f"{address}messages/{key}/again/").status_code == 302
    assert side_emails.send() == 2
    assert client.post(f"{address}messages/{key}/again/").status_code == 422


def test_pages_cost_few_statements_and_as_many_for_many_messages(client, case, kim):
    post(client, case)
    conversation = SideConversation.objects.get()
    address = f"/console/cases/{case.code}/side-conversations/"
    pages = (address, f"{address}{conversation.pk}/")
    few = [len(statements(client, page)) for page in pages]
    for _ in range(55):
        actions.write_in_side_conversation(conversation, by=kim, text="More.")
    assert [len(statements(client, page)) for page in pages] == few
    assert max(few) <= LIMIT
    newest = client.get(pages[1])
    older = client.get(f"{pages[1]}?after={newest.context['page'].after}")
    assert [len(page.context["rows"]) for page in (newest, older)] == [50, 6]


def test_of_another_case_there_is_none(client, case, ana, kim, ben):
    post(client, case)
    other = cast.file(ana, title="Another")
    key = SideConversation.objects.get().pk
    assert client.get(f"/console/cases/{other.code}/side-conversations/{key}/").status_code == 404
    client.force_login(ana)
    address = f"/console/cases/{case.code}/side-conversations/{key}/"
    assert client.get(address).status_code in (403, 404)
