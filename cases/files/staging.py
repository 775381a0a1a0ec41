"""Staged files, uploaded before their case or reply is sent (§5): removable, and swept when
forgotten.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cases import permissions
from cases.files import attachments, quota
from cases.models import Attachment, Case, StagedFile
from contacts.models import User
from contacts.permissions import is_designated_contact
from core.errors import Refused

FILES = "attachments"


@transaction.atomic
def stage(*, by: User, upload: UploadedFile, case: Case | None = None) -> StagedFile:
    """Store a file for the case that `by` is about to file, or for their reply on `case`.

    Refused for the same reasons as attaching.
    """
    if by.is_care and case is not None:
        permissions.require_worker(by, case)
    elif not (permissions.may_speak_for_customer(by, case) if case else is_designated_contact(by)):
        raise Refused("Only an active Designated Contact of this organisation can attach files.")
    if case is not None and not case.is_open:
        raise Refused("The case is closed. Reopen it, or open a new one, to add files.")
    # The person's row is the lock: files arrive in parallel, and together must not exceed the limit
    # of a case.
    User.objects.select_for_update().get(pk=by.pk)
    there = mine(by, case).count() + (case.attachments.count() if case else 0)
    if there >= settings.ATTACHMENTS_MAX_PER_CASE:
        raise Refused(
            "A case holds at most {count} files.", count=settings.ATTACHMENTS_MAX_PER_CASE
        )
    name, content_type, sha256 = attachments.check(upload)
    organisation_id = case.organisation_id if case is not None else by.organisation_id
    assert organisation_id is not None
    quota.require_room(organisation_id, name=name, size=upload.size or 0)
    staged = StagedFile(
        organisation_id=organisation_id,
        case=case,
        **({"by": by} if by.is_care else {"user": by}),
        name=name,
        size=upload.size or 0,
        content_type=content_type,
        sha256=sha256,
        created_at=timezone.now(),
    )
    staged.file.save(name, upload, save=False)
    attachments.wrote(staged.file.name)
    staged.save()
    return staged


def mine(user: User, case: Case | None) -> QuerySet[StagedFile]:
    """The staged files of this person for the case; None: for cases not filed yet."""
    return staged_by(user).filter(case=case)


def staged_by(person: User) -> QuerySet[StagedFile]:
    """All staged files of this person; Care's people have them on cases of any organisation."""
    if person.is_care:
        return StagedFile.objects.filter(by=person)
    return StagedFile.objects.filter(organisation_id=person.organisation_id or 0, user=person)


def unsent(case_ids: Iterable[int]) -> dict[tuple[int, int], list[str]]:
    """The names of the files that contacts uploaded to these cases and did not send, by (case,
    person). One statement.
    """
    names: dict[tuple[int, int], list[str]] = {}
    files = StagedFile.objects.filter(case_id__in=case_ids, user__isnull=False).order_by("pk")
    for case_id, user_id, name in files.values_list("case_id", "user_id", "name"):
        names.setdefault((case_id, user_id), []).append(name)
    return names


@transaction.atomic
def remove(keys: Sequence[int], *, by: User) -> int:
    """Remove staged files of `by`. Returns how many there were."""
    files = staged_by(by).select_for_update(of=("self",)).filter(pk__in=keys)
    return _discard(list(files))


def _discard(files: list[StagedFile]) -> int:
    names = [file.file.name for file in files if file.file.name]
    StagedFile.objects.filter(pk__in=[file.pk for file in files]).delete()
    transaction.on_commit(partial(attachments.remove, names))
    return len(files)


@transaction.atomic
def sweep(limit: int = 500) -> int:
    """Delete staged files that nobody sent for days, unless a current draft includes them.

    Needs Care's scope.
    """
    before = timezone.now() - timedelta(days=settings.STAGED_FILES_KEPT_DAYS)
    stale = StagedFile.objects.filter(created_at__lt=before).exclude(draft__updated_at__gte=before)
    keys = list(stale.order_by("created_at").values_list("pk", flat=True)[:limit])
    return _discard(
        list(StagedFile.objects.select_for_update(skip_locked=True).filter(pk__in=keys))
    )


def orphans() -> list[str]:
    """Files in the storage older than a day without a row, such as those that a crash left.

    Needs Care's scope.
    """
    before = timezone.now() - timedelta(days=1)
    paths: list[str] = []
    for folder in _folders(FILES, depth=2):
        names = [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]
        # In this order: a staged file can become an attachment meanwhile, but never the reverse.
        named = {
            *StagedFile.objects.filter(file__in=names).values_list("file", flat=True),
            *Attachment.objects.filter(file__in=names).values_list("file", flat=True),
        }
        paths += [
            n for n in names if n not in named and default_storage.get_modified_time(n) < before
        ]
    return paths


def _folders(top: str, depth: int) -> Iterable[str]:
    if not default_storage.exists(top):
        return
    for name in default_storage.listdir(top)[0]:
        if depth > 1:
            yield from _folders(f"{top}/{name}", depth - 1)
        else:
            yield f"{top}/{name}"
