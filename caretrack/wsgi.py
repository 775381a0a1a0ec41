"""The WSGI entry point served by granian."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caretrack.settings")

# A page waits for the interpreter after each of its statements; five milliseconds each, the
# default, add up beside requests that only compute (`bin/bench hostile`, row "long texts are
# filed").
sys.setswitchinterval(0.001)

application = get_wsgi_application()
