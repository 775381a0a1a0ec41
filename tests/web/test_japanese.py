"""The Japan edition (§3): a customer's person who reads Japanese meets no English text of ours, on
any page.
"""

import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone, translation

from caretrack.web.shared.templatetags import care
from cases import actions, filing_drafts, filing_templates, saved_views
from cases.files import staging
from cases.models import Article, Notification
from contacts import actions as people
from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import Course, DesignatedContact, Licence, Question, QueuedEmail
from core.translations import localized
from rca import actions as rca
from rca.models import Analysis
from sla.models import Clock
from tests import cast
from tests.cast import utc
from tests.pages import holds

# What a Japanese page writes in Latin letters: names of people, places and products, …
NAMES = {
    *("CareTrack", "Globex", "KK", "Ben", "Baba", "Kim", "Kato", "Maya", "Moss", "Yui", "Mori"),
    *("Ren", "Rossi", "Main", "office", "UTC", "Asia", "Tokyo", "English", "My", "Support"),
    *("PureCloud", "Chrome", "Edge", "Firefox", "Safari", "Mac", "Option", "Command", "Excel"),
    *("Ctrl",),
    *("Markdown", "JavaScript", "Cookie", "CareTrack"),
    # … and abbreviations of the trade.
    *("PDF", "CSV", "XLSX", "CT", "MB", "KB", "ID", "QR", "RR", "API", "Web", "IT", "log", "HAR"),
    *("SIP", "ALG", "VoIP", "UDP", "TCP", "TLS", "VPN", "STUN", "TURN", "DSCP", "EF", "DKIM"),
    *("SPF", "MX", "Fi", "Wi", "ping", "ms", "kbit"),
}
WRITTEN = ("通話が切れる",)
AREAS = ("Voice", "Network and devices", "Something else")
TO_CONTACTS = [
    EmailKind.INVITED,
    EmailKind.INVITED_COLLEAGUE,
    EmailKind.INVITED_ELSEWHERE,
    EmailKind.INVITED_AGAIN,
    EmailKind.APPLIED,
    EmailKind.KNOWN,
    EmailKind.ASKED_BACK,
    EmailKind.APPROVED,
    EmailKind.DECLINED,
    EmailKind.READMITTED,
    EmailKind.SUSPENDED,
    EmailKind.REINSTATED,
    EmailKind.LAPSED,
    EmailKind.REVOKED,
    EmailKind.PRIMARY,
    EmailKind.RENEW,
]
WORD = re.compile(r"[A-Za-z]{2,}")
SPOKEN = ("aria-label", "placeholder", "alt", "title", "data-text", "data-words")


class Page(HTMLParser):
    """What a person reads or hears of a page, except code and the names of languages and zones."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []
        self.language = ""
        self.feed(text)

    @property
    def is_ours(self) -> bool:
        return not any(is_foreign for _, is_foreign in self.open)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        if tag == "html":
            self.language = known.get("lang") or ""
        is_code = (
            tag in ("script", "style", "textarea", "code")
            or "code" in (known.get("class") or "").split()
        )
        is_choice = tag == "button" and known.get("name") == "language"
        foreign = is_choice or is_code or known.get("name") == "zone"
        if tag not in ("meta", "link", "input", "img", "br", "rect", "line", "path"):
            self.open.append((tag, foreign))
        if self.is_ours:
            self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.is_ours and data.strip():
            self.texts.append(data.strip())


def english(answer, *theirs):
    """The words of a page in Latin letters that are neither names nor what somebody else wrote."""
    text = answer.content.decode()
    page = Page(text)
    assert page.language == "ja" or "<html" not in text  # a part of a page has no language
    return foreign_words(page.texts, *theirs)


def foreign_words(texts, *theirs):
    left = []
    for text in texts:
        text = re.sub(
            r"https?://\S+|\S+@\S+|RR-[A-Z0-9-]+|\b[A-Za-z_]+/[\w/]+"
            r'|"\w+":|\{\w+\}|[0-9a-f-]{36}',
            " ",
            text,
        )
        for texts in sorted(filter(None, theirs), key=len, reverse=True):
            text = text.replace(texts, " ")
        left += [text.strip() for word in WORD.findall(text) if word not in NAMES]
    return sorted(set(left))


@pytest.fixture
def ben(ben):
    ben.language = "ja"
    ben.save()
    return ben


@pytest.fixture
def theirs():
    """What people wrote, and names of licences. Shipped content is ours and counts."""
    return [
        *Licence.objects.values_list("product", flat=True),
        "globex",
        "They just end.",
    ]


@pytest.fixture
def bens(ben, kim, maya):
    """A case of Ben's with something of every kind, and what the parameters of addresses stand
    for.
    """
    case = cast.file(ben, severity=1, title="通話が切れる")
    actions.answer(case, by=kim, text="調べています。")
    actions.set_severity(case, by=kim, severity=2, text="影響は限定的です。")
    actions.set_severity(case, by=kim, severity=1, text="影響が広がりました。")
    actions.attach(case, by=ben, upload=SimpleUploadedFile("a.log", b"SIP"))
    actions.request_information(case, by=kim, text="どの電話ですか。")
    actions.answer_as_contact(case, by=ben, text="全部です。")
    actions.propose_resolution(case, by=kim, text="直りました。")
    analysis = Analysis.objects.get(case=case)
    rca.send_initial(analysis, by=kim, text="原因です。")
    rca.save_draft(analysis, by=kim, sections=cast.document("原因です。"))
    rca.submit(analysis, by=kim)
    rca.publish(analysis, by=maya)
    actions.watch(case, by=ben)
    cast.file(ben, severity=3, title="音がしない")
    actions.withdraw(cast.file(ben, title="画面が白い"), by=ben, text="直りました。")
    people.make_primary(ben.designation, by=maya)
    invitation = people.invite(
        ben.organisation, by=ben, email="yui@globex.example", name="Yui Mori"
    )
    turn = people.add_to_roster(
        ben, by=ben, weekdays=[0, 1], starts="08:00", ends="17:00", phone="+81 3 1"
    )
    certificate = cast.pass_training(ben)
    draft = filing_drafts.save(
        by=ben,
        fields={"title": "下書き"},
        staged=[staging.stage(by=ben, upload=SimpleUploadedFile("b.log", b"SIP")).pk],
    )
    view = saved_views.save(by=ben, audience="portal", name="私の一覧", query="q=1")
    return case, {
        "number": case.code,
        "clock": Clock.objects.filter(case=case).first().pk,
        "person": ben.pk,
        "attempt": ben.quiz_attempts.get().pk,
        "position": 1,
        "slug": "calls-drop",
        "token": "none",
        "certificate": certificate.number,
        "view": view.pk,
        "draft": draft.pk,
        "template": filing_templates.save(by=ben, name="ひな形", fields={"title": "依頼"}).pk,
        "invitation": invitation.pk,
        "turn": turn.pk,
        "version": 1,
        "notice": Notification.objects.filter(recipient=ben).first().pk,
        "staged": 1,
    }


def addresses(prefix, values):
    """Every address of an audience, with Ben's things as its parameters."""
    audiences = {
        str(one.pattern): one for one in get_resolver().url_patterns if hasattr(one, "url_patterns")
    }
    audience = (
        audiences[prefix]
        if prefix
        else next(one for one in audiences.values() if one.app_name == "accounts")
    )
    for pattern in audience.url_patterns:
        route = str(pattern.pattern)
        for name in re.findall(r"<(?:\w+:)?(\w+)>", route):
            route = re.sub(rf"<(?:\w+:)?{name}>", str(values[name]), route)
        yield f"/{prefix}{route}"


def walk(client, values, theirs):
    """Every page of the portal, help and account for one person: how many there were, and English
    words by address.
    """
    seen, results = 0, {}
    more = [
        "/portal/cases/?state=all",
        "/portal/cases/?q=通話",
        "/portal/cases/?q=無い",
        "/portal/cases/?state=ours&site=9",
        "/portal/cases/new/?draft=" + str(values["draft"]),
        "/portal/cases/new/?like=" + str(values["number"]),
        "/portal/cases/?severity=2&state=all",
        "/portal/search/?q=通話",
        "/portal/search/?state=九&severity=九&area=九&site=九&contact=九&since=九",
        "/portal/cases/new/suggestions/?title=通話が切れる",
        f"/cases/{values['number']}/why/{values['clock']}/",
        "/nowhere/",
        "/accounts/sessions/",
        "/help/?q=calls+drop",
        "/help/?q=zzzz",
        "/help/?q=通話が切れる",
        "/help/calls-drop/?from=filing",
        *(f"/help/{slug}/" for slug in Article.objects.values_list("slug", flat=True)),
        *(f"/portal/training/lessons/{position}/" for position in range(1, 8)),
        *(f"/portal/cases/new/area/?area={name}" for name in AREAS),
        "/portal/cases/new/proposal/?function_down=yes&workaround=no&degraded=severely&priority=3",
    ]
    for address in [
        *addresses("portal/", values),
        *addresses("help/", values),
        *addresses("", values),
        *more,
    ]:
        answer = client.get(address)
        if answer.status_code in (200, 403, 404) and "html" in answer["Content-Type"]:
            seen += 1
            if left := english(answer, *theirs, "calls drop", "zzzz", "calls+drop", "none"):
                results[address] = left
    return seen, results


def test_every_page_of_the_portal_is_japanese(as_ben, bens, theirs):
    _case, values = bens
    seen, results = walk(as_ben, values, theirs)
    assert results == {}
    assert seen > 65


def test_a_colleague_who_may_only_read_reads_japanese(client, globex, bens, theirs):
    _case, values = bens
    ren = cast.colleague(globex, "Ren Rossi", "ren@globex.example")
    ren.language = "ja"
    ren.save()
    client.force_login(ren)
    seen, results = walk(client, values, theirs)
    assert results == {}
    assert seen > 60


@pytest.mark.parametrize("state", ["invited", "in_training", "form_submitted", "suspended"])
def test_an_applicant_reads_japanese_wherever_they_go(client, globex, bens, theirs, state):
    _case, values = bens
    user = cast.applicant(globex, "Ren Rossi", "ren@globex.example").user
    DesignatedContact.objects.filter(user=user).update(state=state)
    user.language = "ja"
    user.save()
    client.force_login(user)
    seen, results = walk(client, values, theirs)
    assert results == {}
    assert seen > 40


def test_the_quiz_is_japanese_and_a_japanese_contact_passes_it(as_ben, ben):
    version = Course.objects.get(is_for_contacts=True).current
    for lesson in version.lessons.select_related("version"):
        people.read_lesson(lesson, by=ben)
    page = as_ben.get("/portal/training/quiz/")
    assert english(page) == []
    assert "ケースを登録できるのは誰ですか" in page.content.decode()
    wrong = {f"q{one.pk}": len(one.options) - 1 for one in Question.objects.all()}
    failed = as_ben.post("/portal/training/quiz/", wrong, follow=True)
    assert ("未合格" in failed.content.decode(), english(failed)) == (True, [])
    as_ben.get("/portal/training/quiz/")
    right = {f"q{one.pk}": one.right for one in Question.objects.all()}
    passed = as_ben.post("/portal/training/quiz/", right, follow=True)
    assert ("合格" in passed.content.decode(), english(passed)) == (True, [])
    number = ben.certificates.get().number
    assert "役割と責任" in as_ben.get(f"/certificates/{number}/").content.decode()


def test_every_email_to_a_japanese_contact_is_japanese(bens, ben, kim, maya, globex):
    """What the cases of these tests have sent, and a letter of each kind that contacts get."""
    texts = {}
    for notice in Notification.objects.filter(recipient=ben):
        texts[notice.subject] = foreign_words([notice.subject, notice.text], *WRITTEN)
    values = {
        "by": "Kim Kato",
        "organisation": "Globex KK",
        "reason": "休職",
        "course": localized(Course.objects.get(), "name", "ja"),
        "until": timezone.localdate(),
        "link": "https://care.example/",
        "role": "",
        "who": "Ren Rossi",
        "due": timezone.now(),
        "at": timezone.now(),
        "share": 50,
    }
    for kind in TO_CONTACTS:
        emails.write(kind, organisation_id=globex.pk, recipient=ben, key=f"test:{kind}", **values)
    for email in QueuedEmail.objects.filter(recipient=ben):
        texts[email.key] = foreign_words([email.subject, email.text])
    assert {subject: left for subject, left in texts.items() if left} == {}
    assert len(texts) > 20


def test_each_clock_is_explained_in_japanese(as_ben, bens, theirs):
    case, _ = bens
    for clock in Clock.objects.filter(case=case):
        assert english(as_ben.get(f"/cases/{case.code}/why/{clock.pk}/"), *theirs) == []


def test_what_is_wrong_with_a_form_is_said_in_japanese(as_ben, bens, theirs):
    case, values = bens
    for address, text in (
        (
            "/portal/cases/new/",
            {
                "function_down": "yes",
                "workaround": "no",
                "degraded": "severely",
                "priority": "3",
                "conversation_ids": "??",
            },
        ),
        (f"/portal/cases/{case.code}/issue/", {"text": ""}),
        ("/portal/roster/", {"starts": "25:00"}),
        ("/portal/organisation/people/", {"email": "x"}),
        ("/portal/preferences/", {"quiet_from": "20:00"}),
        (f"/portal/organisation/people/{values['person']}/suspension/", {"reason": "休職"}),
    ):
        answer = as_ben.post(address, text)
        assert (answer.status_code, address) == (422, address)
        assert english(answer, *theirs, "??") == []


def test_somebody_on_the_way_to_become_a_contact_is_led_in_japanese(client, globex, theirs):
    designation = cast.applicant(globex, "Yui Mori", "yui@globex.example")
    designation.user.language = "ja"
    designation.user.save()
    client.force_login(designation.user)
    for address in (
        "/portal/joining/",
        "/portal/joining/why/",
        "/portal/training/",
        "/portal/training/lessons/1/",
    ):
        answer = client.get(address)
        assert (answer.status_code, english(answer, *theirs)) == (200, [])


@pytest.mark.parametrize(
    "address", ["/accounts/login/", "/join/", "/certificates/", "/certificates/RR-NONE/", "/help/"]
)
def test_before_log_in_the_browsers_language_counts(db, client, theirs, address):
    answer = client.get(address, headers={"accept-language": "ja,en;q=0.5"})
    assert english(answer, *theirs, "RR-NONE") == []
    assert "Accept-Language" in answer["Vary"]
    assert holds(client.get(address, headers={"accept-language": "de"}).content, '<html lang="en"')


def test_a_language_is_chosen_before_log_in_without_scripts(db):
    client = Client()
    assert (
        client.post(reverse("language"), {"language": "ja", "next": "/help/"})["Location"]
        == "/help/"
    )
    assert holds(client.get("/help/").content, '<html lang="ja"')


def test_pages_of_care_stay_english_whatever_language_their_mails_have(client, kim):
    kim.language = "ja"
    kim.save()
    client.force_login(kim)
    for address in ("/console/", "/preferences/", "/notices/"):
        assert holds(client.get(address).content, '<html lang="en"')


def test_a_refusal_is_said_in_the_readers_language(as_ben, kim, ben):
    case = cast.file(ben)
    actions.request_information(case, by=kim, text="どの電話ですか。")
    assert (
        "ケースは貴組織の回答を待っています"
        in as_ben.post(
            f"/portal/cases/{case.code}/escalation/", {"text": "急いでいます。"}
        ).content.decode()
    )
    assert "お客様用のポータルです" not in as_ben.get("/portal/").content.decode()
    assert "弊社専用のページです" in as_ben.get("/console/").content.decode()


def test_dates_and_durations_are_written_as_japanese_people_write_them():
    with translation.override("ja"), timezone.override("Asia/Tokyo"):
        today = timezone.localtime().replace(hour=17, minute=0)
        assert care.local(today) == "今日 17:00"
        assert care.local(utc("2020-03-04 08:00")) == "2020年3月4日(水) 17:00"
        assert care.day(utc("2026-03-04 16:00"), "long") == "2026年3月5日"
        assert [care.duration(seconds) for seconds in (7800, 7200, 720, 45, -60)] == [
            "2\N{WORD JOINER}時間10\N{WORD JOINER}分",
            "2\N{WORD JOINER}時間",
            "12\N{WORD JOINER}分",
            "45\N{WORD JOINER}秒",
            "−1\N{WORD JOINER}分",
        ]
        assert care.weekdays([0, 1, 2, 3, 4]) == "月–金"
        assert care.till(today, today + timedelta(minutes=5)) == "今日 17:00から今日 17:05まで"


def test_parentheses_of_pages_are_those_of_the_script(as_ben, bens):
    texts = [*Page(as_ben.get("/portal/").content.decode()).texts]
    texts += Page(as_ben.get("/portal/cases/new/").content.decode()).texts
    assert [text for text in texts if re.search(r"\([^)]*[ぁ-ん一-龥]{2}", text)] == []
    assert "（任意）" in "".join(texts)
