"""What is stored about a customer's person, and how erasure treats it (§14).

Each package registers its *holdings* (`register_holdings`). Preview and erasure read the same list,
so what was shown is what is done. Names and addresses go. Events, clocks and outcomes remain, and
so does what they wrote, which belongs to the organisation.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from contacts import people_log, sign_in_data
from contacts.models import (
    AdminEvent,
    ApiToken,
    Certificate,
    CustomerNote,
    DesignatedContact,
    Invitation,
    LessonRead,
    PeopleEvent,
    QueuedEmail,
    QueuedEmailState,
    QuizAttempt,
    RosterEntry,
    User,
)
from core import current_time
from core.redaction import ERASED, Identifiers

SHOWN = 20


class Treatment(StrEnum):
    """How erasure treats a holding."""

    GOES = "goes"
    LOSES_THE_NAME = "loses the name"
    STAYS = "stays"


@dataclass
class Erasure:
    """The erasure of one person: their identifiers, their replacement name, and who erases.

    `identifiers` leaves out what also identifies another person of the organisation or of Care.
    `own` has all of them, for rows that are certainly about this person.
    """

    person: User
    by: User | None = None
    seals: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = {
            *_known(self.person),
            *(text for more in _alias_sources for text in more(self.person)),
        }
        self.own, self.identifiers = Identifiers(known), Identifiers(known, _others(self.person))
        with translation.override(self.person.language):
            self.called = gettext("Erased person {number}").format(number=self.person.pk)
        self.address = f"erased-{self.person.pk}@caretrack.invalid"

    @property
    def organisation_id(self) -> int:
        return self.person.organisation_id or 0

    @property
    def addresses(self) -> list[str]:
        """Their email addresses, now and before, unless another person has one now."""
        return [text.lower() for text in self.identifiers.texts if "@" in text]


@dataclass(frozen=True)
class DataHolding:
    """Personal data that a package stores: its description, its rows, and how they are erased.
    Without `erase` it remains.

    `case_of` returns the case of a row, for the preview.
    """

    what: str
    fate: Treatment
    rows: Callable[[Erasure], Sequence[Any] | QuerySet[Any]]
    erase: Callable[[Any, Erasure], Any] | None = None
    case_of: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class ErasurePart:
    """A line of the preview: the number of rows, how they are treated, and the first few cases."""

    what: str
    fate: Treatment
    n: int
    cases: tuple[Any, ...] = ()


AliasSource = Callable[[User], Iterable[str]]
_holdings: list[DataHolding] = []
_alias_sources: list[AliasSource] = []


def register_holdings(*holdings: DataHolding, aliases: AliasSource | None = None) -> None:
    """Register what a package stores about people, and by what else it identifies them. Called
    once, at start-up.
    """
    _holdings.extend(holdings)
    _alias_sources.extend([aliases] if aliases else [])


def preview(erasure: Erasure) -> list[ErasurePart]:
    """What an erasure would delete, rename and leave, in plain words. Changes nothing."""
    parts = [_part(holding, holding.rows(erasure)) for holding in (*LAST, *_holdings)]
    return [part for part in parts if part.n]


def _part(holding: DataHolding, rows: Any) -> ErasurePart:
    n = rows.count() if isinstance(rows, QuerySet) else len(rows)
    cases = (
        dict.fromkeys(holding.case_of(row) for row in rows[: 5 * SHOWN]) if holding.case_of else {}
    )
    return ErasurePart(holding.what, holding.fate, n, tuple(cases)[:SHOWN])


def carry_out(erasure: Erasure) -> None:
    """Erase everything that is registered, in the caller's transaction."""
    for holding in (*_holdings, *LAST):
        if holding.erase is not None:
            holding.erase(holding.rows(erasure), erasure)


def _known(person: User) -> Iterator[str]:
    """Names, addresses and numbers of a person, including earlier ones."""
    yield from (person.name, person.email, person.work_phone)
    yield from RosterEntry.objects.filter(user=person).values_list("phone", flat=True)
    yield from (
        Certificate.objects.filter(user=person)
        .exclude(holder=ERASED)
        .values_list("holder", flat=True)
    )
    for form in DesignatedContact.objects.filter(user=person).values_list("form", flat=True):
        yield str(form.get("work_phone", ""))
    open_one = Q(organisation_id=person.organisation_id, email=person.email, user=None)
    for name, email in Invitation.objects.filter(Q(user=person) | open_one).values_list(
        "name", "email"
    ):
        yield from (name, email)
    particulars = list(
        PeopleEvent.objects.filter(about=person).values_list("particulars", flat=True)
    )
    changes = AdminEvent.objects.filter(kind="account", key=str(person.pk)).values_list(
        "before", "after"
    )
    for one in [*particulars, *(side for sides in changes for side in sides)]:
        for record in (one, one.get("before"), one.get("after")):
            if isinstance(record, dict):
                values = (record.get(name) for name in ("name", "email", "work_phone"))
                yield from (text for text in values if isinstance(text, str) and text != ERASED)


def _others(person: User) -> Iterator[str]:
    """Identifiers of other people who could be meant: colleagues in the organisation, and people of
    Care.
    """
    others = User.objects.filter(
        Q(organisation_id=person.organisation_id) | Q(organisation_id=None)
    )
    others = others.filter(erased_at=None).exclude(pk=person.pk)
    for row in others.values_list("name", "email", "work_phone"):
        yield from row
    yield from RosterEntry.objects.filter(user__in=others).values_list("phone", flat=True)


def naming(rows: QuerySet[Any], erasure: Erasure, *columns: str) -> list[Any]:
    """Rows in which a text column names the person: searched by the database, then checked here."""
    where = Q(pk__in=[])
    for column in columns:
        for text in erasure.identifiers.texts:
            where |= Q(**{f"{column}__icontains": text})
    candidates = rows.filter(where).order_by("pk")
    return [
        row
        for row in candidates
        if any(erasure.identifiers.appear_in(getattr(row, column)) for column in columns)
    ]


def rename(rows: Sequence[Any], erasure: Erasure, *columns: str) -> None:
    """Replace the person's identifiers with their replacement name, in text columns."""
    for row in rows:
        for column in columns:
            most = type(row)._meta.get_field(column).max_length
            setattr(
                row,
                column,
                erasure.identifiers.replaced(getattr(row, column), erasure.called)[:most],
            )
        row.save(update_fields=list(columns))


# --- What this package stores


def _account(rows: QuerySet[User], erasure: Erasure) -> None:
    person = rows.get()
    person.name, person.email, person.work_phone = erasure.called, erasure.address, ""
    person.notice_channels, person.quiet_from, person.quiet_until, person.digest_hour = (
        {},
        None,
        None,
        8,
    )
    person.zone, person.theme, person.last_login, person.erased_at = (
        "UTC",
        "auto",
        None,
        current_time.now(),
    )
    person.list_settings = {}
    person.set_unusable_password()
    person.save()


def _sign_in_rows(model: type[Any]) -> Callable[[Erasure], list[Any]]:
    return lambda erasure: sign_in_data.rows_of(model, erasure.person)


def _delete_sign_in_rows(rows: list[Any], erasure: Erasure) -> None:
    sign_in_data.delete_rows(rows)


def _delete(rows: QuerySet[Any], erasure: Erasure) -> None:
    rows.delete()


def _form_of(erasure: Erasure) -> list[DesignatedContact]:
    theirs = DesignatedContact.objects.filter(user=erasure.person)
    return [
        designation
        for designation in theirs
        if designation.form or erasure.own.appear_in(designation.reason)
    ]


def _forms(rows: Sequence[DesignatedContact], erasure: Erasure) -> None:
    for designation in rows:
        designation.form, designation.reason = (
            {},
            erasure.own.replaced(designation.reason, erasure.called),
        )
        designation.save(update_fields=["form", "reason"])


def _invited(erasure: Erasure) -> QuerySet[Invitation]:
    """The invitation they accepted, and those to their addresses that nobody accepted."""
    ours = Invitation.objects.filter(organisation_id=erasure.organisation_id)
    return ours.filter(Q(user=erasure.person) | Q(email__in=erasure.addresses, user=None))


def _invitations(rows: QuerySet[Invitation], erasure: Erasure) -> None:
    rows.filter(accepted_at__isnull=True, withdrawn_at__isnull=True).update(
        withdrawn_at=current_time.now()
    )
    rows.update(email=erasure.address, name=erasure.called)


def _emails_to(erasure: Erasure) -> QuerySet[QueuedEmail]:
    ours = QueuedEmail.objects.filter(organisation_id=erasure.organisation_id)
    return ours.filter(
        Q(recipient=erasure.person) | Q(address__in=erasure.addresses, recipient=None)
    ).order_by("pk")


def _clear_emails(rows: QuerySet[QueuedEmail], erasure: Erasure) -> None:
    for email in list(rows):
        # Address and key identify an email, and a reminder may have gone to two of their addresses.
        email.address, email.last_error = erasure.address.replace("@", f"-{email.pk}@"), ""
        email.subject = email.text = ERASED
        if email.state == QueuedEmailState.QUEUED:
            email.state = QueuedEmailState.FAILED
        email.save(update_fields=["address", "subject", "text", "last_error", "state"])


def _emails_about(erasure: Erasure) -> list[QueuedEmail]:
    ours = QueuedEmail.objects.filter(organisation_id=erasure.organisation_id).exclude(text=ERASED)
    return naming(ours.exclude(pk__in=_emails_to(erasure)), erasure, "subject", "text")


def _changes(erasure: Erasure) -> list[AdminEvent]:
    """Recorded changes that name them: of their account, of notifications, and any other with their
    address.
    """
    where = Q(kind="account", key=str(erasure.person.pk))
    # the subject of a notification to anybody may name the author
    for text in erasure.identifiers.texts:
        where |= Q(kind="notice", name__icontains=text)
    for address in erasure.addresses:
        where |= (
            Q(name__icontains=address) | Q(before__icontains=address) | Q(after__icontains=address)
        )
    events = AdminEvent.objects.filter(where).order_by("pk")
    return [
        event
        for event in events
        if _left(event, erasure) != (event.name, event.before, event.after)
    ]


def _left(event: AdminEvent, erasure: Erasure) -> tuple[Any, Any, Any]:
    return tuple(
        erasure.identifiers.erased(value) for value in (event.name, event.before, event.after)
    )


def _empty_changes(rows: Sequence[AdminEvent], erasure: Erasure) -> None:
    for event in rows:
        name, before, after = _left(event, erasure)
        AdminEvent.objects.filter(pk=event.pk).update(name=name, before=before, after=after)


def _seal(rows: list[PeopleEvent], erasure: Erasure) -> None:
    erasure.seals.update(people_log.erase(rows, erasure.identifiers))


register_holdings(
    DataHolding(
        "sign-ins that are open", Treatment.GOES, _sign_in_rows(UserSession), _delete_sign_in_rows
    ),
    DataHolding(
        "second steps of the sign-in",
        Treatment.GOES,
        _sign_in_rows(Authenticator),
        _delete_sign_in_rows,
    ),
    DataHolding(
        "addresses for the sign-in",
        Treatment.GOES,
        _sign_in_rows(EmailAddress),
        _delete_sign_in_rows,
    ),
    DataHolding(
        "API tokens", Treatment.GOES, lambda e: ApiToken.objects.filter(user=e.person), _delete
    ),
    DataHolding(
        "turns on the roster",
        Treatment.GOES,
        lambda e: RosterEntry.objects.filter(user=e.person),
        _delete,
    ),
    DataHolding(
        "notes of Care about them",
        Treatment.GOES,
        lambda e: CustomerNote.objects.filter(about=e.person),
        _delete,
    ),
    DataHolding(
        "notes of Care about the customer that name them",
        Treatment.LOSES_THE_NAME,
        lambda e: naming(
            CustomerNote.objects.filter(organisation_id=e.organisation_id).exclude(about=e.person),
            e,
            "text",
        ),
        lambda rows, e: rename(rows, e, "text"),
    ),
    DataHolding("form of the application", Treatment.GOES, _form_of, _forms),
    DataHolding("letters to them", Treatment.GOES, _emails_to, _clear_emails),
    DataHolding(
        "letters to others that name them",
        Treatment.LOSES_THE_NAME,
        _emails_about,
        lambda rows, e: rename(rows, e, "subject", "text"),
    ),
    DataHolding(
        "certificates",
        Treatment.LOSES_THE_NAME,
        lambda e: Certificate.objects.filter(user=e.person).exclude(holder=ERASED),
        lambda rows, e: rows.update(holder=ERASED),
    ),
    DataHolding(
        "entries in the journal of people",
        Treatment.LOSES_THE_NAME,
        lambda e: people_log.naming(e.organisation_id, e.identifiers),
        _seal,
    ),
    DataHolding("changes that Care wrote down", Treatment.LOSES_THE_NAME, _changes, _empty_changes),
    DataHolding(
        "tries at the quiz, and lessons read",
        Treatment.STAYS,
        lambda e: [
            *QuizAttempt.objects.filter(user=e.person),
            *LessonRead.objects.filter(user=e.person),
        ],
    ),
)

# The rest is found by name and address, so these rows go last.
LAST = (
    DataHolding("invitations", Treatment.LOSES_THE_NAME, _invited, _invitations),
    DataHolding(
        "account: name, address, phone, password, wishes",
        Treatment.GOES,
        lambda e: User.objects.filter(pk=e.person.pk),
        _account,
    ),
)
