"""What a plot shows, as its title: a sentence with the finding."""

from collections.abc import Mapping, Sequence

from insight.dimensions import WEEKDAYS


def number_text(number: float) -> str:
    """Without a decimal that says nothing: 92, 88.9."""
    return f"{number:.1f}".removesuffix(".0")


def of_attainment(label: str, share: float | None, before: float | None, before_label: str) -> str:
    """“First response met 92 %, 3 points below Sep 2026”."""
    if share is None:
        return f"{label}: no target ended in this period"
    sentence = f"{label} met {number_text(share)} %"
    if before is None:
        return sentence
    change = round(share - before, 1)
    if not change:
        return f"{sentence}, as in {before_label}"
    way = "above" if change > 0 else "below"
    return f"{sentence}, {_points(change)} {way} {before_label}"


def of_target(share: float | None, target: float) -> str:
    """“The target of 95 % is missed by 3 points.”"""
    if share is None:
        return f"The target is {number_text(target)} %."
    if share >= target:
        return f"The target of {number_text(target)} % is reached."
    return f"The target of {number_text(target)} % is missed by {_points(target - share)}."


def of_teams(shares: Mapping[str, float | None], target: float) -> str:
    """“2 of 5 teams reach 95 %; Voice is furthest below, with 71 %”."""
    known = {name: share for name, share in shares.items() if share is not None}
    reached = sum(share >= target for share in known.values())
    teams = f"{len(known)} team{'' if len(known) == 1 else 's'}"
    verb = "reaches" if reached == 1 or len(known) == 1 else "reach"
    sentence = f"{reached} of {teams} {verb} {number_text(target)} %"
    if not known or reached == len(known):
        return sentence
    name, share = min(known.items(), key=lambda item: item[1])
    return f"{sentence}; {name} is furthest below, with {number_text(share)} %"


def of_flow(opened: int, closed: int) -> str:
    """“14 cases came in and 3 were closed: 11 more are open”. Reopened cases came in again."""
    cases = "1 case" if opened == 1 else f"{opened:,} cases"
    were = "was" if closed == 1 else "were"
    sentence = f"{cases} came in and {closed:,} {were} closed"
    rest = opened - closed
    if not rest:
        return f"{sentence}: as many are open as before"
    return f"{sentence}: {abs(rest):,} {'more' if rest > 0 else 'fewer'} are open"


def of_hours(counts: Mapping[int, int]) -> str:
    """“Most cases come in on Monday at 09:00: 12 of 140”."""
    total = sum(counts.values())
    if not total:
        return "No case came in in this period"
    hour, most = max(counts.items(), key=lambda item: (item[1], -item[0]))
    return (
        f"Most cases come in on {WEEKDAYS[hour // 24]} at {hour % 24:02d}:00: {most:,} of {total:,}"
    )


def of_ages(counts: Sequence[int], older_than: int, label: str) -> str:
    """“2 of 11 open cases are older than a week”. `counts` are by age, youngest first."""
    total, old = sum(counts), sum(counts[older_than:])
    if not total:
        return "No case is open"
    are = "is" if old == 1 else "are"
    return f"{old:,} of {total:,} open case{'' if total == 1 else 's'} {are} older than {label}"


def of_load(open_cases: Mapping[str, int], unassigned: int) -> str:
    """“Noor Nasser has the most, 5 of 11 open cases; 4 are unassigned”."""
    total = sum(open_cases.values()) + unassigned
    if not total:
        return "No case is open"
    cases = f"{total:,} open case{'' if total == 1 else 's'}"
    rest = f"{unassigned:,} {'is' if unassigned == 1 else 'are'} unassigned"
    busy = {name: number for name, number in open_cases.items() if number}
    if not busy:
        return f"Nobody has any of {cases}: {rest}"
    name, most = max(busy.items(), key=lambda item: item[1])
    return f"{name} has the most, {most:,} of {cases}; {rest}"


def _points(change: float) -> str:
    size = number_text(abs(change))
    return f"{size} point{'' if size == '1' else 's'}"
