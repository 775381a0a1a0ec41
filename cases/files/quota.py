"""The storage limit of an organisation's files (§5).

It is a sum over an index that contains the sizes, not a counter that could drift: 100,000 files are
a few dozen index pages. Two concurrent uploads may exceed the limit by one file each.
"""

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.template.defaultfilters import filesizeformat

from cases.models import Attachment, StagedFile
from contacts.models import Organisation
from core.errors import Refused


def used_bytes(organisation_id: int) -> int:
    """The size of all files of an organisation, including staged ones. One query."""
    sums = {
        "attached": _sum_of(Attachment.objects.all()),
        "ahead": _sum_of(StagedFile.objects.all()),
    }
    total = F("attached") + F("ahead")
    usage = (
        Organisation.objects.filter(pk=organisation_id)
        .annotate(**sums)
        .values_list(total, flat=True)
    )
    return int(usage.get())


def _sum_of(files: QuerySet[Attachment] | QuerySet[StagedFile]) -> Coalesce:
    ours = files.filter(organisation_id=OuterRef("pk")).order_by().values("organisation_id")
    return Coalesce(Subquery(ours.annotate(total=Sum("size")).values("total")), 0)


def require_room(organisation_id: int, *, name: str, size: int) -> None:
    """Refuse a file that would exceed its organisation's limit."""
    used, most = used_bytes(organisation_id), settings.FILES_QUOTA_BYTES
    if used + size <= most:
        return
    raise Refused(
        "There is no room for {name}: the files of an organisation may take {most} "
        "together, and {used} are used."
        " Please send a smaller file, remove files that you have not sent yet, or "
        "ask Care to raise the limit.",
        name=name,
        most=filesizeformat(most),
        used=filesizeformat(used),
    )
