"""Check an evidence pack: python3 check.py [folder]. Standard library only, no network; exit 1 on
any finding.

It trusts no result of CareTrack. It hashes the events and the messages again, counts business time
minute by minute from the calendar in the pack, and compares closures with their notices.
"""

import hashlib
import json
import sys
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTE = timedelta(minutes=1)
CHAINED = ("seq", "verb", "by_id", "at", "facing", "particulars")
findings: list[str] = []


def main(folder: Path) -> int:
    names = ("manifest", "case", "terms", "journal", "clocks", "facts", "notices")
    read = {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in names}
    manifest, case, terms, journal, clocks, facts, notices = (read[name] for name in names)
    results = [
        (check_files(folder, manifest), "files are as the manifest says"),
        (check_chain(case, journal), "events hang on one another unbroken"),
        (check_words(journal), "pieces of writing are the ones the journal has the digest of"),
        (check_clocks(clocks, terms), "promises were counted anew, to the second"),
        (check_outcomes(clocks, facts), "outcomes follow from due instant and end"),
        (check_closures(journal, notices), "closures for silence rest on a notice that was sent"),
        (
            check_gate(case, journal),
            "closings of a Critical case came after its root cause analysis",
        ),
    ]
    for count, what in results:
        print(f"{count:>5} {what}")
    for finding in findings:
        print(f"  !!  {finding}")
    print(f"{case['code']}: " + (f"{len(findings)} findings." if findings else "everything holds."))
    return 1 if findings else 0


def check_files(folder: Path, manifest: Any) -> int:
    known = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]
    }
    differ = [name for name, digest in manifest["files"].items() if known[name] != digest]
    findings.extend(f"{name} is not the file that was packed." for name in differ)
    return len(manifest["files"])


def check_chain(case: Any, journal: Any) -> int:
    """Each event's hash is SHA-256 over the previous hash and its own values; a hidden event shows
    only its hash.

    For a redacted event, a later one holds the seal: the hash of the redacted form.
    """
    previous, count, left, seals = "0" * 64, 0, dict[int, str](), dict[str, str]()
    for number, event in enumerate(journal, start=1):
        if event["seq"] != number:
            findings.append(f"event {number} is missing.")
            return count
        if "verb" in event:
            values = [case["number"], *(event[name] for name in CHAINED)]
            text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            hashed = hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
            if event.get("is_erased"):
                left[number] = hashed
            elif hashed != event["hash"]:
                findings.append(f"event {number} ({event['verb']}) is not as it was written.")
            elif event["verb"] == "person_erased":
                seals.update(event["particulars"]["seals"])
            count += 1
        previous = event["hash"]
    findings.extend(
        f"event {p} is not as an erasing left it."
        for p, seal in left.items()
        if seals.get(str(p)) != seal
    )
    if (previous, len(journal)) != (case["head_hash"], case["events"]):
        findings.append("the journal does not end where the case says.")
    return count


def check_words(journal: Any) -> int:
    spoken = [
        event for event in journal if "text" in event and "text_sha256" in event["particulars"]
    ]
    digests = {event["seq"]: hashlib.sha256(event["text"].encode()).hexdigest() for event in spoken}
    differ = [
        event["seq"]
        for event in spoken
        if digests[event["seq"]] != event["particulars"]["text_sha256"]
    ]
    findings.extend(f"the words of event {seq} are not as they were written." for seq in differ)
    return len(spoken)


def check_clocks(clocks: Any, terms: Any) -> int:
    count = 0
    for clock in clocks:
        stretches = clock["stretches"]
        name = f"{clock['kind']} {clock['ordinal']}"
        for one, other in pairwise(stretches):
            if one["to"] != other["from"]:
                findings.append(f"{name}: there is a gap in its explanation at {one['to']}.")
        if clock["target_seconds"] is None or clock["due_at"] is None or not stretches:
            continue
        calendar = None if clock["around_the_clock"] else terms["calendars"][clock["calendar"]]
        begin, end = at(clock["started_at"]), at(clock["due_at"])
        pauses = [(at(start), at(stop) if stop else end) for start, stop, _ in clock["pauses"]]
        counted = counted_seconds(calendar, begin, end, pauses)
        stretch_seconds = sum(
            (at(s["to"]) - at(s["from"])).total_seconds() for s in stretches if s["counted"]
        )
        if not counted == stretch_seconds == clock["target_seconds"]:
            promised = clock["target_seconds"]
            findings.append(
                f"{name}: counted anew {counted:.0f} s, told {stretch_seconds:.0f} s, "
                f"promised {promised} s."
            )
        count += 1
    return count


def counted_seconds(calendar: Any, begin: datetime, end: datetime, pauses: Any) -> float:
    """The open time from `begin` to `end` outside of pauses, minute by minute: opening hours are
    whole minutes.
    """
    total, now = 0.0, begin
    zone = None if calendar is None else ZoneInfo(calendar["zone"])
    edges = sorted({edge for pause in pauses for edge in pause if begin < edge < end})
    while now < end:
        following = min(
            now.replace(second=0, microsecond=0) + MINUTE,
            end,
            *[edge for edge in edges if edge > now][:1],
        )
        if not any(start <= now < stop for start, stop in pauses) and (
            zone is None or is_open(calendar, zone, now)
        ):
            total += (following - now).total_seconds()
        now = following
    return total


def is_open(calendar: Any, zone: ZoneInfo, instant: datetime) -> bool:
    """Whether the wall clock shows a time within the hours; a night belongs to the date on which it
    began.
    """
    local = instant.astimezone(zone)
    day, clock = local.date(), f"{local:%H:%M}"
    return any(start <= clock < stop for start, stop in hours(calendar, day) if start < stop) or (
        any(clock >= start for start, stop in hours(calendar, day) if stop < start)
        or any(
            clock < stop for start, stop in hours(calendar, day - timedelta(days=1)) if stop < start
        )
    )


def hours(calendar: Any, day: date) -> list[list[str]]:
    """The hours that begin on a date: none on a holiday, special hours where it has any."""
    special = calendar.get("special_hours", {}).get(day.isoformat())
    if day.isoformat() in calendar["holidays"]:
        return []
    return list(special["hours"] if special else calendar["week"].get(DAYS[day.weekday()], []))


def check_outcomes(clocks: Any, facts: Any) -> int:
    """Missed means an end after the due time, and a fact of the breach; met means neither."""
    missed = {fact["clock"] for fact in facts if fact["kind"] == "breached"}
    judged = [
        c for c in clocks if c["outcome"] in ("met", "breached") and c["due_at"] and c["stopped_at"]
    ]
    for clock in judged:
        is_late, name = (
            at(clock["stopped_at"]) > at(clock["due_at"]),
            f"{clock['kind']} {clock['ordinal']}",
        )
        if is_late != (clock["outcome"] == "breached") and clock["breaches_at"] is None:
            findings.append(
                f"{name}: it says {clock['outcome']}, due {clock['due_at']}, ended "
                f"{clock['stopped_at']}."
            )
        if (
            clock["outcome"] == "breached"
            and clock["is_cares_promise"]
            and clock["id"] not in missed
        ):
            findings.append(f"{name}: it was missed, and no fact says so.")
    return len(judged)


def check_closures(journal: Any, notices: Any) -> int:
    rests_on = {"unopposed": "resolution_proposed", "unanswered": "closure_announced"}
    shown = [event for event in journal if "verb" in event]
    closings = [
        e for e in shown if e["verb"] == "closed" and e["particulars"].get("reason") in rests_on
    ]
    for closing in closings:
        verb = rests_on[closing["particulars"]["reason"]]
        basis: Any = next(
            (e for e in reversed(shown) if e["verb"] == verb and e["seq"] < closing["seq"]), None
        )
        sent = [
            at(n["sent_at"])
            for n in notices
            if basis
            and n["event"] == basis["seq"]
            and n["to_customer"]
            and n["channel"] == "email"
            and n["sent_at"]
        ]
        if not sent or min(sent) > at(closing["at"]) + timedelta(seconds=1):
            findings.append(f"closed at event {closing['seq']} without a notice sent before.")
        elif verb == "closure_announced" and at(closing["at"]) < at(
            basis["particulars"]["closes_at"]
        ):
            findings.append(
                f"closed at event {closing['seq']}, before the instant that the notice named."
            )
    return len(closings)


def check_gate(case: Any, journal: Any) -> int:
    severity, proposed, has, count = 4, None, set[str](), 0
    for event in journal:
        verb, particulars = event.get("verb"), event.get("particulars", {})
        if verb == "filed":
            severity = particulars["severity"]
        elif verb == "severity_set":
            severity = particulars["after"]
        elif verb == "resolution_proposed":
            proposed = severity
        elif verb in ("issue_reported", "reopened"):
            proposed = None
        elif verb in ("initial_rca_sent", "rca_published"):
            has.add(verb)
        elif verb == "closed" and 1 in (severity, proposed) and case["kind"] == "problem":
            count += 1
            if len(has) < 2:
                findings.append(
                    f"closed at event {event['seq']} while Critical, before its analysis was out."
                )
    return count


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if sys.argv[1:] else Path(__file__).resolve().parent))
