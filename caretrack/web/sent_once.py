"""A form that is sent twice acts once, everywhere in portal and console.

`{% form_tokens %}` puts a key into each form. The first request that succeeds stores where it led;
the same form with the same content leads there again and does nothing else.
"""

import hashlib
import json
from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from caretrack.web.shared.access import signed_in
from caretrack.web.shared.form_keys import FIELD, form_key_of, result_page_of
from caretrack.web.signed_out import is_for_a_script
from cases import sent_forms

GetResponse = Callable[[HttpRequest], HttpResponse]
# Pages before sign-in, whose scope reaches no form of a person. The API names its
# keys in a header (`caretrack.web.api.once`).
ELSEWHERE = ("/api/", "/accounts/", "/join/")
NOT_CONTENT = {"csrfmiddlewaretoken", FIELD, "draft", "revision", "seen"}


def sent_once(get_response: GetResponse) -> GetResponse:
    """Middleware: run each form once."""

    def middleware(request: HttpRequest) -> HttpResponse:
        key = _key(request)
        if not key:
            return get_response(request)
        by, digest = signed_in(request), _digest(request)
        sent_forms.hold(key, by=by)
        if result := sent_forms.result_of(key, digest, by=by):
            return HttpResponseRedirect(result)
        response = get_response(request)
        if (result := result_page_of(response)) and not connection.needs_rollback:
            sent_forms.record(key, digest, result, by=by)
        return response

    return middleware


def _key(request: HttpRequest) -> str:
    if request.method != "POST" or request.path.startswith(ELSEWHERE) or is_for_a_script(request):
        return ""
    return form_key_of(request.POST) if request.user.is_authenticated else ""


def _digest(request: HttpRequest) -> str:
    fields = sorted((name, v) for name, v in request.POST.lists() if name not in NOT_CONTENT)
    files = [(name, file.name, file.size) for name, some in request.FILES.lists() for file in some]
    whole = json.dumps([request.path, fields, files])
    return hashlib.sha256(whole.encode(errors="surrogatepass")).hexdigest()
