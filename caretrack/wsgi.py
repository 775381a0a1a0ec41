"""The WSGI entry point that granian serves."""

import os
import sys

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caretrack.settings")

# A request waits for the interpreter after each statement. The default of five milliseconds adds up
# beside requests that only compute (`bin/bench hostile`, row "long texts are filed").
sys.setswitchinterval(0.001)

application = get_wsgi_application()
