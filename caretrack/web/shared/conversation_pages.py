"""A page of a long conversation: some hundred entries, what is old and read folded, and jumps.

What a reader has read is remembered in a cookie of the case's page, so reading writes nothing into
the database. It begins after the reader's own last words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from caretrack.web.shared.conversation import ConversationEntry
from caretrack.web.shared.numbers import number_in
from cases.models import Case
from contacts.models import User

PAGE = 100
RECENT = 10  # the newest entries are never folded
FEWEST_FOLDED = 5
COOKIE = "caretrack_read"
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class ConversationPage:
    """The entries of one page. `first` and `folded` come before `rest`; `new_from` is the number
    of the first new entry, `own` that of the reader's last message.
    """

    rest: Sequence[ConversationEntry]
    first: Sequence[ConversationEntry] = ()
    folded: Sequence[ConversationEntry] = ()
    number: int = 1
    pages: int = 1
    total: int = 0
    start: int = 0
    new_from: int | None = None
    new_count: int = 0
    new_page: int = 1
    newest: int | None = None
    own: int | None = None
    is_own_open: bool = False
    is_whole: bool = False

    @property
    def has_jumps(self) -> bool:
        """Whether the conversation is long enough for links into it."""
        return self.total > RECENT and not self.is_whole

    @property
    def own_link(self) -> str:
        """Where the reader's last message is; empty if they wrote none."""
        if self.own is None:
            return ""
        query = "" if self.is_own_open else f"?entry={self.own}"
        return f"{query}#entry-{self.own}"

    @property
    def first_link(self) -> str:
        """Where the conversation begins."""
        return "#conversation" if self.number == 1 else "?page=1#conversation"

    @property
    def shown_from(self) -> int:
        return self.start + 1

    @property
    def shown_to(self) -> int:
        return self.start + len(self.first) + len(self.folded) + len(self.rest)

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None


def whole(entries: Sequence[ConversationEntry]) -> ConversationPage:
    """Every entry, unfolded: of a short conversation, or in print."""
    return ConversationPage(entries, total=len(entries), is_whole=True)


def page_of(
    entries: Sequence[ConversationEntry], reader: User, *, read_to: int, params: Mapping[str, str]
) -> ConversationPage:
    """The page that `params` name by `page` or `entry`; otherwise the one where what is new begins,
    or the newest.

    `read_to` is the number of the last entry that the reader has read; 0 if they were never here.
    """
    if not entries:
        return ConversationPage(entries)
    new = _new(entries, reader, read_to)
    pages = -(-len(entries) // PAGE)
    chosen = _chosen(entries, params, pages)
    new_page = (new[0] if new else len(entries) - 1) // PAGE + 1
    number = chosen or new_page
    start = (number - 1) * PAGE
    shown = entries[start : start + PAGE]
    first, folded = 0, 0
    if chosen is None:
        unread = new[0] if new else len(entries)
        folded = min(unread, len(entries) - RECENT) - start
        first = 1 if start == 0 else 0
        if folded - first < FEWEST_FOLDED:
            first = folded = 0
    own = max((e.seq for e in entries if e.is_card and e.by.pk == reader.pk), default=None)
    opened = [*shown[:first], *shown[folded:]]
    return ConversationPage(
        own=own,
        is_own_open=any(entry.seq == own for entry in opened),
        rest=shown[folded:],
        first=shown[:first],
        folded=shown[first:folded],
        number=number,
        pages=pages,
        total=len(entries),
        start=start,
        new_from=entries[new[0]].seq if new else None,
        new_count=len(new),
        new_page=new_page,
        newest=entries[-1].seq,
    )


def _new(entries: Sequence[ConversationEntry], reader: User, read_to: int) -> list[int]:
    """The positions of the entries that others wrote since the reader was here."""
    own = max((entry.seq for entry in entries if entry.by.pk == reader.pk), default=0)
    last = max(read_to, own)
    if not last:
        return []
    new = [
        position
        for position, entry in enumerate(entries)
        if entry.seq > last and entry.by.pk != reader.pk
    ]
    # Without a mark, as on another device, much of it was probably read elsewhere.
    return new if read_to or len(new) <= PAGE else []


def _chosen(
    entries: Sequence[ConversationEntry], params: Mapping[str, str], pages: int
) -> int | None:
    """The number of the page that a link names, if it names one that exists."""
    number = number_in(params.get("page"))
    if number is not None and 1 <= number <= pages:
        return number
    seq = number_in(params.get("entry"))
    positions = [position for position, entry in enumerate(entries) if entry.seq == seq]
    return positions[0] // PAGE + 1 if positions else None


def read_to(request: HttpRequest, reader: User) -> int:
    """The number of the last entry that this reader has read in this browser."""
    key, _, seq = request.COOKIES.get(COOKIE, "").partition(".")
    return number_in(seq) or 0 if key == str(reader.pk) else 0


def remember(
    response: HttpResponse, page: ConversationPage, case: Case, reader: User
) -> HttpResponse:
    """Remember that the reader has read the newest entries, if the page shows them."""
    if page.newest is None or page.number != page.pages:
        return response
    side = "console" if reader.is_care else "portal"
    options: dict[str, Any] = {
        "max_age": A_YEAR,
        "path": f"/{side}/cases/{case.code}/",
        "secure": settings.SESSION_COOKIE_SECURE,
        "httponly": True,
        "samesite": "Lax",
    }
    response.set_cookie(COOKIE, f"{reader.pk}.{page.newest}", **options)
    return response
