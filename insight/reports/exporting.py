"""Exports of many rows by a worker: requested, tracked, announced when ready, deleted later."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from contacts import emails
from contacts.email_texts import EmailKind
from contacts.models import User
from contacts.permissions import require_care
from core.errors import Refused
from core.tenancy import care_scope
from insight.drilldown import DrilldownQuery
from insight.reports import rows
from insight.reports.models import Export, ExportState
from insight.reports.tables import WRITERS, Cell

logger = logging.getLogger(__name__)

AT_ONCE = 20_000  # the most rows that a request writes itself
RETENTION = timedelta(days=7)
LEFT_BEHIND = timedelta(minutes=5)  # without growth for this long, the worker crashed
MOST_WAITING, MOST_TRIES = 5, 3
EVERY = 2_000


def folder() -> Path:
    """The directory of the files, outside of what is served."""
    path = Path(settings.MEDIA_ROOT) / "exports"
    path.mkdir(parents=True, exist_ok=True)
    return path


def wanted_of(query: str, today: datetime) -> DrilldownQuery:
    """The query of an export's URL."""
    return DrilldownQuery.from_query(dict(parse_qsl(query)), timezone.localdate(today))


@transaction.atomic
def ask(*, by: User, query: str, form: str, name: str, total: int) -> Export:
    """Request a file. A person may wait for five at once."""
    require_care(by)
    waiting = Export.objects.filter(
        by=by, state__in=[ExportState.WAITING, ExportState.WORKING]
    ).count()
    if waiting >= MOST_WAITING:
        raise Refused(
            f"{waiting} files are being made for you already. Wait until one of them is ready."
        )
    now = timezone.now()
    export = Export.objects.create(
        by=by,
        query=query[:1000],
        form=form,
        name=name[:200],
        total=total,
        requested_at=now,
        worked_at=now,
    )
    transaction.on_commit(partial(_soon, export.pk))
    return export


def _soon(key: int) -> None:
    from insight.reports.tasks import make_export

    try:
        make_export.delay(key)
    except Exception:
        logger.warning("The broker is away: the file waits for the sweep.")


def make(key: int) -> None:
    """Write the file of an export, unless another worker does. After a crash, the sweep continues
    it.
    """
    with care_scope():
        one = Export.objects.select_for_update(skip_locked=True).filter(pk=key).first()
        now = timezone.now()
        if one is None or not one.is_under_way:
            return
        if one.state == ExportState.WORKING and one.worked_at > now - LEFT_BEHIND:
            return
        one.tries += 1
        if one.tries > MOST_TRIES:
            one.state, one.why = (
                ExportState.FAILED,
                "It was begun three times and never came to its end.",
            )
            one.save(update_fields=["tries", "state", "why"])
            return
        one.state, one.worked_at, one.done = ExportState.WORKING, now, 0
        one.save(update_fields=["tries", "state", "worked_at", "done"])
    path = folder() / f"{uuid4().hex}.{one.form}"
    try:
        head = [*rows.HEAD, *rows.CARES]
        facts = _counted(one.pk, rows.rows_of(wanted_of(one.query, one.requested_at), care_scope))
        WRITERS[one.form](path, [("Facts", head, facts)])
    except Exception as error:
        path.unlink(missing_ok=True)
        logger.exception("export %s failed", key)
        _end(one.pk, ExportState.FAILED, why=f"{type(error).__name__}: {error}"[:300])
        return
    _end(one.pk, ExportState.READY, file=path.name)


def _counted(key: int, facts: Iterator[list[Cell]]) -> Iterator[list[Cell]]:
    """The rows. The number of written rows is saved at intervals."""
    number = 0
    for number, row in enumerate(facts, start=1):
        yield row
        if number % EVERY == 0:
            _grown(key, number)
    _grown(key, number)


def _grown(key: int, number: int) -> None:
    with care_scope():
        Export.objects.filter(pk=key).update(done=number, worked_at=timezone.now())


def _end(key: int, state: ExportState, *, file: str = "", why: str = "") -> None:
    with care_scope():
        one = Export.objects.select_for_update().select_related("by").get(pk=key)
        one.state, one.file, one.why, one.ready_at = state, file, why, timezone.now()
        one.save(update_fields=["state", "file", "why", "ready_at"])
        emails.write(
            EmailKind.EXPORT_READY if state == ExportState.READY else EmailKind.EXPORT_FAILED,
            organisation_id=None,
            recipient=one.by,
            key=f"export:{one.pk}",
            file=str(one),
            rows=f"{one.done:,}",
            why=why,
            link=f"{settings.BASE_URL}/insight/exports/",
        )


def take_up(now: datetime) -> list[int]:
    """Exports that a crash interrupted, or whose task was lost."""
    with care_scope():
        left = Export.objects.filter(
            state__in=[ExportState.WAITING, ExportState.WORKING], worked_at__lt=now - LEFT_BEHIND
        )
        return list(left.values_list("pk", flat=True))


def forget(now: datetime) -> int:
    """Delete files that are a week old, and those without a row. Returns the number of deleted
    rows.
    """
    with care_scope():
        expired = Export.objects.filter(requested_at__lt=now - RETENTION)
        old = list(expired.values_list("pk", "file"))
        Export.objects.filter(pk__in=[pk for pk, _file in old]).delete()
        known = set(Export.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().iterdir():
        is_new = now.timestamp() - path.stat().st_mtime < RETENTION.total_seconds()
        if path.name not in known and not is_new:
            with suppress(FileNotFoundError):
                path.unlink()
    for _pk, file in old:
        if file:
            (folder() / file).unlink(missing_ok=True)
    return len(old)
