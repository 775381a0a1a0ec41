"""The demo: four invented customers in four time zones, people of Care, cases in every state.

The customer of Osaka reads and writes Japanese.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import holidays
from django.db import transaction
from django.utils import timezone

from caretrack.ops.demo import care
from caretrack.ops.demo import people as demo_people
from cases import actions
from cases.models import Case
from cases.severity import Impact, propose
from contacts.models import (
    ContactState,
    DesignatedContact,
    Licence,
    Organisation,
    Role,
    Site,
    Team,
    User,
    WorkCalendar,
)
from core import current_time
from core.tenancy import care_scope
from rca import actions as rca_actions
from sla import calendars

PASSWORD = "caretrack-demo"  # noqa: S105 (printed on the sign-in page of a trial, refused elsewhere)
WEEK = {day: [["08:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@dataclass(frozen=True)
class Customer:
    """An invented organisation."""

    short_name: str
    name: str
    site: str
    zone: str
    country: str
    region: str | None
    language: str
    people: tuple[tuple[str, str, str], ...]
    week: dict[str, Any] | None = None


CUSTOMERS = (
    Customer(
        "nordlicht",
        "Nordlicht Warenhaus",
        "Berlin",
        "Europe/Berlin",
        "DE",
        "BE",
        "en",
        (
            ("Ana Albers", "ana@nordlicht.example", Role.CONTACT),
            ("Jonas Keil", "jonas@nordlicht.example", Role.CONTACT),
            ("Cole Conrad", "cole@nordlicht.example", Role.COLLEAGUE),
        ),
    ),
    Customer(
        "aoki",
        "Aoki Denki KK",
        "大阪",
        "Asia/Tokyo",
        "JP",
        None,
        "ja",
        (
            ("Ben Baba", "ben@aoki.example", Role.CONTACT),
            ("Yui Mori", "yui@aoki.example", Role.CONTACT),
        ),
    ),
    Customer(
        "prairie",
        "Prairie Mutual",
        "Chicago",
        "America/Chicago",
        "US",
        "IL",
        "en",
        (("Dana Diaz", "dana@prairie.example", Role.CONTACT),),
    ),
    Customer(
        "saffron",
        "Saffron Airways",
        "Mumbai",
        "Asia/Kolkata",
        "IN",
        "MH",
        "en",
        (
            ("Esha Rao", "esha@saffron.example", Role.CONTACT),
            ("Farid Khan", "farid@saffron.example", Role.CONTACT),
        ),
        {
            **{
                day: [["09:00", "13:00"], ["14:00", "18:00"]]
                for day in ("mon", "tue", "wed", "thu", "fri")
            },
            "sat": [["09:00", "13:00"]],
        },
    ),
)
CARE = (
    ("Kim Kato", "kim@care.example", Role.ANALYST, "Europe/Berlin"),
    ("Lee Lindqvist", "lee@care.example", Role.ANALYST, "America/Chicago"),
    ("Noor Nasser", "noor@care.example", Role.ANALYST, "Asia/Tokyo"),
    ("Maya Moss", "maya@care.example", Role.MANAGER, "Europe/Berlin"),
    ("Ada Adeyemi", "ada@care.example", Role.ADMINISTRATOR, "Europe/Berlin"),
)


def is_loaded() -> bool:
    """Whether the demo is loaded."""
    with care_scope():
        return Organisation.objects.filter(short_name=CUSTOMERS[0].short_name).exists()


@transaction.atomic
def load() -> None:
    """Create the customers, people and cases, relative to now. All or nothing."""
    with care_scope():
        people = {email: _care(name, email, role, zone) for name, email, role, zone in CARE}
        care.load_care(people, timezone.now())
        for customer in CUSTOMERS:
            people |= _customer(customer)
        now = timezone.now().replace(microsecond=0)
        for narrate in STORIES:
            narrate(Story(people, now))
        demo_people.load_people(people, now, PASSWORD)


def _care(name: str, email: str, role: str, zone: str) -> User:
    return User.objects.create_user(email, PASSWORD, name=name, role=role, zone=zone)


def _customer(customer: Customer) -> dict[str, User]:
    year = timezone.now().year
    named = holidays.country_holidays(
        customer.country, subdiv=customer.region, years=range(year - 1, year + 4)
    )
    calendar = WorkCalendar.objects.create(name=f"{customer.name}, {customer.site}")
    calendar.revise(
        zone=customer.zone,
        week=customer.week or WEEK,
        holidays={day.isoformat(): name for day, name in sorted(named.items())},
    )
    organisation = Organisation.objects.create(short_name=customer.short_name, name=customer.name)
    site = Site.objects.create(
        organisation=organisation, name=customer.site, calendar=calendar, is_main=True
    )
    Licence.objects.create(
        organisation=organisation,
        product="PureCloud 3",
        starts_on=timezone.localdate() - timedelta(days=400),
    )
    people = {}
    for name, email, role in customer.people:
        user = User.objects.create_user(
            email,
            PASSWORD,
            name=name,
            role=role,
            organisation=organisation,
            site=site,
            zone=customer.zone,
            language=customer.language,
            work_phone="+00 555 0199",
        )
        if role == Role.CONTACT:
            DesignatedContact.objects.create(
                organisation=organisation, user=user, state=ContactState.ACTIVE
            )
        people[email] = user
    return people


@dataclass
class Story:
    """Runs actions on a case at instants before now."""

    people: dict[str, User]
    now: datetime

    def who(self, name: str) -> User:
        return next(user for user in self.people.values() if user.name.startswith(f"{name} "))

    def at(self, ago: timedelta, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Case:
        with current_time.backdated(self.now - ago, by=User.objects.system(), quiet=False):
            result = action(*args, **kwargs)
        return result.case

    def file(
        self,
        ago: timedelta,
        name: str,
        title: str,
        description: str,
        *,
        down: bool = False,
        workaround: bool = True,
        degraded: str = Impact.PARTLY,
        priority: int = 3,
        area: str = "Voice",
        impact: str = "Our service desk is slowed down.",
    ) -> Case:
        contact = self.who(name)
        assert contact.site is not None
        severity = propose(
            function_down=down, workaround=workaround, degraded=degraded, priority=priority
        )
        return self.at(
            ago,
            actions.file_case,
            by=contact,
            contact=contact,
            site=contact.site,
            title=title,
            description=description,
            severity=severity,
            priority=priority,
            area=area,
            details={"business_impact": impact},
        )

    def business_ago(self, case_contact: str, hours: float) -> timedelta:
        """The elapsed time since a point that many business hours ago at the contact's site."""
        contact = self.who(case_contact)
        assert contact.site is not None
        office = calendars.compiled(contact.site.hours)
        at = self.now
        while office.between(at, self.now) < timedelta(hours=hours):
            at -= timedelta(minutes=15)
        return self.now - at


def _waiting_on_contact(story: Story) -> None:
    case = story.file(
        story.business_ago("Ana", 14),
        "Ana",
        "Calls drop after 30 seconds",
        "Every call to the **hotline** ends after 30 seconds.",
    )
    story.at(
        story.business_ago("Ana", 13),
        actions.answer,
        case,
        by=story.who("Kim"),
        text="Thank you, I look into it now.",
    )
    story.at(
        story.business_ago("Ana", 11),
        actions.request_information,
        case,
        by=story.who("Kim"),
        text="Could you record the browser console while a call drops, and attach the log?",
    )


def _proposed(story: Story) -> None:
    case = story.file(
        story.business_ago("Ana", 16),
        "Ana",
        "Reports time out",
        "The monthly report never finishes.",
        degraded=Impact.SEVERELY,
        area="Reports",
    )
    story.at(
        story.business_ago("Ana", 15.5),
        actions.answer,
        case,
        by=story.who("Lee"),
        text="I can reproduce it with last month's data.",
    )
    story.at(
        story.business_ago("Ana", 9),
        actions.restore,
        case,
        by=story.who("Lee"),
        text="We raised the limit: the report finishes in two minutes.",
    )
    story.at(
        story.business_ago("Ana", 8),
        actions.propose_resolution,
        case,
        by=story.who("Lee"),
        text="The report now reads from the new index.",
    )


def _critical(story: Story) -> None:
    case = story.file(
        timedelta(minutes=95),
        "Ben",
        "大阪で着信できない",
        "09:10 ごろから、コンタクトセンターにどこからも電話がつながりません。発信はできます。",
        down=True,
        workaround=False,
        priority=1,
        impact="受注の電話を一切受けられません。",
    )
    story.at(
        timedelta(minutes=90),
        actions.log_call,
        case,
        by=story.who("Noor"),
        reached=True,
        text="ご担当者様は現地にいらっしゃいます。すべての回線が話中の状態であることを確認しました。",
    )


def _critical_over(story: Story) -> None:
    ago = story.business_ago("Dana", 12)
    case = story.file(
        ago + timedelta(hours=3),
        "Dana",
        "Claims line silent",
        "Callers hear nothing.",
        down=True,
        workaround=False,
        priority=1,
    )
    story.at(
        ago + timedelta(hours=2, minutes=54),
        actions.log_call,
        case,
        by=story.who("Lee"),
        reached=True,
        text="Dana confirms on two handsets.",
    )
    story.at(
        ago + timedelta(hours=1),
        actions.restore,
        case,
        by=story.who("Lee"),
        text="Media servers were restarted; calls have sound again.",
    )
    case = story.at(
        ago,
        actions.propose_resolution,
        case,
        by=story.who("Lee"),
        text="A faulty media node was taken out of service.",
    )
    story.at(
        ago - timedelta(minutes=10),
        rca_actions.send_initial,
        case.analysis,
        by=story.who("Lee"),
        text="A media node lost its clock and sent silence. It was taken out of service.",
    )


def _new_ones(story: Story) -> None:
    story.file(
        timedelta(minutes=25),
        "Ana",
        "Which ports does the softphone need?",
        "For our firewall change.",
        degraded=Impact.HARDLY,
        priority=4,
        area="Configuration",
    )
    story.file(
        timedelta(minutes=40),
        "Esha",
        "Agents are signed out at noon",
        "All 40 agents at 12:00 sharp.",
        degraded=Impact.SEVERELY,
        priority=1,
        area="Sign-in",
    )
    story.file(
        story.business_ago("Dana", 3),
        "Dana",
        "Wallboard shows yesterday",
        "The queue numbers are a day old.",
        priority=2,
        area="Reports",
    )


def _investigating(story: Story) -> None:
    case = story.file(
        story.business_ago("Esha", 20),
        "Esha",
        "Recordings miss the first second",
        "Compliance needs the whole call.",
        degraded=Impact.SEVERELY,
        area="Recording",
    )
    story.at(
        story.business_ago("Esha", 17),
        actions.answer,
        case,
        by=story.who("Noor"),
        text="I hear it too.",
    )
    story.at(
        story.business_ago("Esha", 10),
        actions.escalate,
        case,
        by=story.who("Noor"),
        text="Record any call with codec G.722: the first second is missing.",
        team=Team.objects.get(investigates=True),
    )


def _closed(story: Story) -> None:
    case = story.file(
        story.business_ago("Yui", 40),
        "Yui",
        "保留音が割れて聞こえる",
        "保留中の音楽に雑音が入ります。通話の音声は正常です。",
        degraded=Impact.HARDLY,
        area="Voice",
        impact="業務への影響は小さいですが、お客様から指摘を受けています。",
    )
    story.at(
        story.business_ago("Yui", 36),
        actions.answer,
        case,
        by=story.who("Noor"),
        text="保留音のファイルが誤ったサンプリング周波数で保存されていました。変換いたしましたのでご確認ください。",
    )
    case = story.at(
        story.business_ago("Yui", 35),
        actions.propose_resolution,
        case,
        by=story.who("Noor"),
        text="保留音のファイルを 8 kHz に変換しました。",
    )
    story.at(
        story.business_ago("Yui", 33),
        actions.accept,
        case,
        by=story.who("Yui"),
    )


def _question_in_japanese(story: Story) -> None:
    """A question to Osaka, and one that Osaka has answered."""
    reports = story.file(
        story.business_ago("Ben", 12),
        "Ben",
        "日次レポートの件数が合わない",
        "昨日のキュー別レポートと全体のレポートで、応答数が 14 件違います。",
        area="Reports",
        impact="月次の報告書を確定できません。",
    )
    story.at(
        story.business_ago("Ben", 11),
        actions.answer,
        reports,
        by=story.who("Noor"),
        text="ご連絡ありがとうございます。両方のレポートの条件を確認しております。",
    )
    story.at(
        story.business_ago("Ben", 10),
        actions.request_information,
        reports,
        by=story.who("Noor"),
        text="両方のレポートのエクスポートと、保存したビューの名前をお送りいただけますか。",
    )
    login = story.file(
        story.business_ago("Yui", 9),
        "Yui",
        "一部の担当者がログインできない",
        "今朝から 3 名がログインページに戻されます。ほかの担当者は正常です。",
        degraded=Impact.SEVERELY,
        area="Sign-in",
        impact="午後の受付体制が 3 名不足します。",
    )
    story.at(
        story.business_ago("Yui", 8.5),
        actions.request_information,
        login,
        by=story.who("Noor"),
        text="3 名の方は同じブラウザをお使いでしょうか。",
    )
    story.at(
        story.business_ago("Yui", 7),
        actions.answer_as_contact,
        login,
        by=story.who("Yui"),
        text="はい、3 名とも Edge です。Chrome ではログインできました。",
    )


def _outage_explained(story: Story) -> None:
    """An outage of last week with a published RCA and open corrective actions."""
    ago = story.business_ago("Ana", 50)
    case = story.file(
        ago + timedelta(hours=4),
        "Ana",
        "No calls in or out, Berlin",
        "Every line is dead since 09:10.",
        down=True,
        workaround=False,
        priority=1,
    )
    lee, maya = story.who("Lee"), story.who("Maya")
    story.at(
        ago + timedelta(hours=3, minutes=55),
        actions.log_call,
        case,
        by=lee,
        reached=True,
        text="Ana confirms: the whole building.",
    )
    story.at(
        ago + timedelta(hours=1, minutes=30),
        actions.restore,
        case,
        by=lee,
        text="A second edge took over; calls go through.",
    )
    case = story.at(
        ago, actions.propose_resolution, case, by=lee, text="The edge's certificate was renewed."
    )
    story.at(
        ago - timedelta(minutes=5),
        rca_actions.send_initial,
        case.analysis,
        by=lee,
        text="The edge's certificate had run out, so phones could not register.",
    )
    with current_time.backdated(
        story.now - story.business_ago("Ana", 45), by=User.objects.system(), quiet=False
    ):
        rca_actions.save_draft(case.analysis, by=lee, sections=_explanation(story, case))
        rca_actions.submit(case.analysis, by=lee)
    story.at(story.business_ago("Ana", 44), rca_actions.publish, case.analysis, by=maya)
    story.at(story.business_ago("Ana", 42), actions.accept, case, by=story.who("Ana"))
    done, under_way, _theirs = case.analysis.actions.all()
    story.at(
        story.business_ago("Ana", 20),
        rca_actions.move_action,
        done,
        by=lee,
        state="done",
        words="The alarm rang in a test on Tuesday.",
    )
    story.at(
        story.business_ago("Ana", 10),
        rca_actions.move_action,
        under_way,
        by=story.who("Noor"),
        state="in_progress",
    )


def _explanation(story: Story, case: Case) -> dict[str, Any]:
    descriptions = {
        "filed": "All phones of the building lost their registration.",
        "call_logged": "Care called Ana back.",
        "restored": "The second edge took over; calls went through again.",
        "resolution_proposed": "The renewed certificate was in place on both edges.",
    }
    events = dict(case.events.values_list("verb", "seq"))
    lee, noor = story.who("Lee").pk, story.who("Noor").pk

    def day(days: int) -> str:
        return (story.now + timedelta(days=days)).date().isoformat()

    return {
        "summary": (
            "No phone in Berlin could call for two and a half hours, because a "
            "certificate had run out."
        ),
        "impact": "All **140 agents** of the Berlin site. About 600 calls were refused.",
        "timeline": [
            {"event": events[verb], "words": words}
            for verb, words in descriptions.items()
            if verb in events
        ],
        "detection": (
            "Ana filed the case. Nothing of ours had noticed: no alarm watches the "
            "edges' certificates."
        ),
        "whys": [
            {
                "why": "Why could the phones not register?",
                "because": "The edge showed a certificate that had run out.",
            },
            {"why": "Why had it run out?", "because": "Its renewal failed eleven days before."},
            {
                "why": "Why did nobody see that?",
                "because": "Failed renewals are written to a log that nobody reads.",
            },
        ],
        "went_well": "The second edge took over within minutes of being told to.",
        "went_badly": (
            "The first hour went into the network, because registrations looked like its fault."
        ),
        "actions": [
            {
                "what": "An alarm rings 30 days before a certificate ends",
                "owner": lee,
                "due_on": day(-2),
            },
            {"what": "A failed renewal opens a case by itself", "owner": noor, "due_on": day(5)},
            {
                "what": "The second edge is allowed in the firewall",
                "owner_name": "Nordlicht, network team",
                "due_on": day(12),
            },
        ],
    }


STORIES = (
    _outage_explained,
    _closed,
    _investigating,
    _proposed,
    _waiting_on_contact,
    _critical_over,
    _critical,
    _new_ones,
    _question_in_japanese,
)
