"""Every test runs on real PostgreSQL as the role that owns nothing, under row-level security, like
the product.
"""

import os
import re

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache, caches
from django.db import connection

from contacts.models import Role, User
from core.tenancy import care_scope
from sla.models import Policy
from tests import cast, ground

# Workers that run side by side clear their caches between tests: each has a database of the cache
# server to itself.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
CACHE = django_settings.CACHES["default"]
CACHE["LOCATION"] = re.sub(r"(db=|/)\d+$", rf"\g<1>{8 + WORKER % 8}", str(CACHE["LOCATION"]))


@pytest.fixture(scope="session")
def django_db_setup(request, django_db_blocker, django_db_modify_db_settings):
    """A database of the tests' own; the tests are `caretrack_app`.

    bin/test names a prepared one in a server that it throws away afterwards: a single process uses
    it, and each of several processes a copy. Without one the owner migrates an empty database.
    """
    retains = bool(request.config.getvalue("reuse_db"))
    prepared = os.environ.get("CARETRACK_TEST_TEMPLATE")
    with django_db_blocker.unblock():
        if prepared:
            name = prepared
            if "PYTEST_XDIST_WORKER" in os.environ:
                connection.settings_dict["TEST"].update(TEMPLATE=prepared)
                name = connection.creation._create_test_db(0, autoclobber=True, keepdb=retains)
            connection.close()
            django_settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
            ground.become_the_product()
        else:
            connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=retains)
            ground.become_the_product()
            ground.lay()
    yield
    with django_db_blocker.unblock():
        connection.close()


@pytest.fixture(autouse=True)
def _ground(request):
    """Tests within one transaction run in Care's scope; those that really commit take their
    own.
    """
    names = set(request.fixturenames)
    if names & {"transactional_db", "live_server"}:
        request.getfixturevalue("transactional_db")
        ground.lay()
        yield
        with connection.cursor() as cursor:  # the test's tables are emptied by their owner
            cursor.execute("SET ROLE caretrack_owner")
    elif "db" in names:
        request.getfixturevalue("db")
        with care_scope():
            if (
                not Policy.objects.exists()
            ):  # a test that really committed ran before, and took the ground with it
                ground.lay()
            yield
    else:
        yield


@pytest.fixture(autouse=True)
def _clean_cache(request):
    if {"db", "transactional_db"} & set(request.fixturenames):
        cache.clear()
        caches["process"].clear()


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def acme(db):
    """Acme Retail in Berlin, a customer."""
    return cast.organisation("acme", "Acme Retail", zone="Europe/Berlin")


@pytest.fixture
def globex(db):
    """Globex in Tokyo, another customer."""
    return cast.organisation("globex", "Globex KK", zone="Asia/Tokyo")


@pytest.fixture
def ana(acme):
    """Acme's Designated Contact."""
    return cast.contact(acme, "Ana Albers", "ana@acme.example")


@pytest.fixture
def cole(acme):
    """A colleague of Ana's, who may only read."""
    return cast.colleague(acme, "Cole Conrad", "cole@acme.example")


@pytest.fixture
def ben(globex):
    """Another customer's Designated Contact."""
    return cast.contact(globex, "Ben Baba", "ben@globex.example")


@pytest.fixture
def kim(db):
    """The analyst."""
    return cast.care("Kim Kato", "kim@care.example", Role.ANALYST)


@pytest.fixture
def lee(db):
    """Another analyst."""
    return cast.care("Lee Lind", "lee@care.example", Role.ANALYST)


@pytest.fixture
def ada(db):
    """The administrator."""
    return cast.care("Ada Adeyemi", "ada@care.example", Role.ADMINISTRATOR)


@pytest.fixture
def maya(db):
    """The manager."""
    return cast.care("Maya Moss", "maya@care.example", Role.MANAGER)


@pytest.fixture
def system(db):
    """CareTrack itself."""
    return User.objects.system()
