"""The columns of the queue and of the list of all cases, and how dense their rows are.

Each person of Care chooses them; a saved view of the queue may have its own. They are stored with
the person, so no page reads a row more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from caretrack.web.console.queue.bulk import CASES, list_page_of
from caretrack.web.shared.access import care_only, signed_in
from caretrack.web.shared.methods import post_only
from caretrack.web.shared.numbers import is_key, number_in
from cases import saved_views
from cases.models import EntryPoint, SavedView
from contacts.models import User
from core.errors import Refused

QUEUE = "queue"
COMFORTABLE, COMPACT = "comfortable", "compact"
DENSITIES = ((COMFORTABLE, "Comfortable: two lines"), (COMPACT, "Compact: one line"))


@dataclass(frozen=True)
class ListColumn:
    """A column: the label of its heading, and whether it is shown unless somebody chooses."""

    name: str
    label: str
    is_usual: bool = True


# The case leads to its page, so it is always shown.
FIXED = "case"
COLUMNS: dict[str, tuple[ListColumn, ...]] = {
    QUEUE: (
        ListColumn("severity", "Severity"),
        ListColumn("case", "Case"),
        ListColumn("title", "Title, organisation"),
        ListColumn("reason", "Priority reason"),
        ListColumn("due", "Due"),
        ListColumn("state", "State, turn"),
        ListColumn("analyst", "Analyst"),
        ListColumn("organisation", "Organisation", is_usual=False),
        ListColumn("contact", "Contact", is_usual=False),
        ListColumn("team", "Team", is_usual=False),
        ListColumn("priority", "Customer’s priority", is_usual=False),
        ListColumn("opened", "Opened", is_usual=False),
        ListColumn("tags", "Tags", is_usual=False),
    ),
    CASES: (
        ListColumn("severity", "Severity"),
        ListColumn("case", "Case"),
        ListColumn("customer", "Customer"),
        ListColumn("state", "State"),
        ListColumn("analyst", "Analyst"),
        ListColumn("opened", "Opened"),
        ListColumn("activity", "Last activity"),
        ListColumn("closed", "Closed"),
        ListColumn("contact", "Contact", is_usual=False),
        ListColumn("team", "Team", is_usual=False),
        ListColumn("area", "Area", is_usual=False),
        ListColumn("priority", "Customer’s priority", is_usual=False),
        ListColumn("tags", "Tags", is_usual=False),
    ),
}


@dataclass(frozen=True)
class ListLayout:
    """The columns of one list in their order, and its density."""

    name: str
    columns: tuple[ListColumn, ...]
    density: str
    is_of_view: bool = False

    @property
    def is_compact(self) -> bool:
        return self.density == COMPACT

    @property
    def choices(self) -> list[tuple[ListColumn, bool, int]]:
        """(column, whether it is shown, its position) for the form, the shown ones first."""
        hidden = [column for column in COLUMNS[self.name] if column not in self.columns]
        ordered = [*self.columns, *hidden]
        return [(c, c in self.columns, place) for place, c in enumerate(ordered, start=1)]

    @property
    def densities(self) -> list[tuple[str, str, bool]]:
        return [(name, label, name == self.density) for name, label in DENSITIES]


def layout_of(user: User, name: str, own: str = "") -> ListLayout:
    """The layout of a list for a person. `own` are the columns of the saved view that is shown."""
    settings: Mapping[str, Any] = user.list_settings or {}
    chosen = own.split(",") if own else settings.get(name) or []
    columns = _known(name, chosen) or tuple(c for c in COLUMNS[name] if c.is_usual)
    density = COMPACT if settings.get("density") == COMPACT else COMFORTABLE
    return ListLayout(name, columns, density, bool(own))


def _known(name: str, chosen: Iterable[str]) -> tuple[ListColumn, ...]:
    by_name = {column.name: column for column in COLUMNS[name]}
    known = [by_name[one] for one in dict.fromkeys(chosen) if one in by_name]
    if known and by_name[FIXED] not in known:
        known.insert(0, by_name[FIXED])
    return tuple(known)


@care_only
@post_only
def save(request: HttpRequest, name: str) -> HttpResponse:
    """Save the columns and the density of a list: for oneself, or the columns for a saved view."""
    if name not in COLUMNS:
        raise Http404(name)
    user, chosen = signed_in(request), _chosen(request, name)
    back = f"{reverse('console:cases' if name == CASES else 'console:queue')}"
    page = list_page_of(request.POST)
    settings = dict(user.list_settings or {})
    settings["density"] = request.POST.get("density", "")
    is_for_view = name == QUEUE and is_key(request.POST.get("view", ""))
    if name == QUEUE and is_key(own_view := request.POST.get("own_view", "")):
        _save_for_view(user, int(own_view), chosen if is_for_view else [])
    if not is_for_view:
        settings[name] = chosen
    if settings["density"] != COMPACT:
        del settings["density"]
    user.list_settings = {key: value for key, value in settings.items() if value}
    user.save(update_fields=["list_settings"])
    messages.success(request, "The columns are saved.")
    return redirect(f"{back}?{page.back}".rstrip("?"))


def _chosen(request: HttpRequest, name: str) -> list[str]:
    """The chosen columns by their positions; none where they are the usual ones."""
    if "usual" in request.POST:
        return []
    wanted = set(request.POST.getlist("column")) | {FIXED}
    names = [column.name for column in COLUMNS[name] if column.name in wanted]
    if names == [FIXED] and "column" not in request.POST:
        raise Refused("Choose at least one column.")
    places = {one: number_in(request.POST.get(f"place_{one}")) for one in names}
    names.sort(key=lambda one: places[one] or len(COLUMNS[name]))
    return [] if names == _usual(name) else names


def _usual(name: str) -> Sequence[str]:
    return [column.name for column in COLUMNS[name] if column.is_usual]


def _save_for_view(user: User, key: int, chosen: list[str]) -> None:
    view = SavedView.objects.filter(person=user, audience=EntryPoint.CONSOLE, pk=key).first()
    if view is None:
        raise Http404
    saved_views.set_columns(view, by=user, columns=chosen)
