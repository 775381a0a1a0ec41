"""The only route to attachments: scanned, and as a download. Pictures may be shown in place."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from caretrack.web.shared.access import signed_in
from cases.choices import Facing
from cases.files.attachments import is_picture, served_type
from cases.files.endings import served_name
from cases.models import Attachment, Case, ScanState
from core.errors import Refused


@login_required
@require_safe
def download(request: HttpRequest, pk: int) -> FileResponse:
    """The file, if the reader may see its case. Contacts never get internal files."""
    user = signed_in(request)
    files = Attachment.objects.filter(case__in=Case.objects.visible_to(user))
    if not user.is_care:
        files = files.filter(facing=Facing.CONTACT)
    file = get_object_or_404(files, pk=pk)
    if file.scan_state == ScanState.WAITING:
        raise Refused(
            _(
                "{name} is still being checked for malware. Please try again in a few minutes."
            ).format(name=file.name)
        )
    if not file.is_served:
        message = _("{name} was blocked: it carries malware ({finding}). Nobody can download it.")
        raise Refused(message.format(name=file.name, finding=file.finding))
    is_shown = "show" in request.GET and is_picture(file.content_type)
    response = FileResponse(
        file.file.open("rb"),
        as_attachment=not is_shown,
        filename=served_name(file.name, settings.FILE_ENDINGS),
        content_type=served_type(file.content_type),
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
