"""Every test runs on real PostgreSQL as the role that owns nothing, under row-level security, like
the product.
"""

import itertools
import os
import re

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache, caches
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import blocking_manager_key

from contacts.models import Organisation, Role, User
from core.tenancy import care_scope
from sla.models import Policy
from tests import cast, ground, kept_rows

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


def pytest_configure():
    """Django empties every table after a test that really committed; we bring back the ground."""
    TransactionTestCase._fixture_teardown = lambda self: ground.restore()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """A test that does not ask for kept rows finds none."""
    names = set(item.fixturenames)
    if "busy" not in names or "transactional_db" in names:
        with item.config.stash[blocking_manager_key].unblock():
            kept_rows.drop()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    with session.config.stash[blocking_manager_key].unblock():
        kept_rows.drop()


@pytest.fixture(autouse=True)
def _ground(request):
    """Tests within one transaction run in Care's scope; those that really commit take their
    own.
    """
    names = set(request.fixturenames)
    if names & {"transactional_db", "live_server"}:
        request.getfixturevalue("transactional_db")
        with care_scope():
            is_laid = Policy.objects.exists()
        if not is_laid:
            ground.lay()
        yield
    elif "db" in names:
        if "busy" in names:
            request.getfixturevalue("busy_weeks")
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


@pytest.fixture(scope="session")
def media_folders(tmp_path_factory):
    """A folder for the files of each test; made when a test stores a file."""
    folder = tmp_path_factory.mktemp("media")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def _files(settings, media_folders):
    settings.MEDIA_ROOT = next(media_folders)


# Who is among the kept rows is taken from there.


def organisation(short_name, name, zone):
    return Organisation.objects.filter(short_name=short_name).first() or cast.organisation(
        short_name, name, zone=zone
    )


def person(email, make, *given):
    return User.objects.filter(email=email).first() or make(*given)


@pytest.fixture
def acme(db):
    """Acme Retail in Berlin, a customer."""
    return organisation("acme", "Acme Retail", "Europe/Berlin")


@pytest.fixture
def globex(db):
    """Globex in Tokyo, another customer."""
    return organisation("globex", "Globex KK", "Asia/Tokyo")


@pytest.fixture
def ana(acme):
    """Acme's Designated Contact."""
    return person("ana@acme.example", cast.contact, acme, "Ana Albers", "ana@acme.example")


@pytest.fixture
def cole(acme):
    """A colleague of Ana's, who may only read."""
    return cast.colleague(acme, "Cole Conrad", "cole@acme.example")


@pytest.fixture
def ben(globex):
    """Another customer's Designated Contact."""
    return person("ben@globex.example", cast.contact, globex, "Ben Baba", "ben@globex.example")


@pytest.fixture
def kim(db):
    """The analyst."""
    return person("kim@care.example", cast.care, "Kim Kato", "kim@care.example", Role.ANALYST)


@pytest.fixture
def lee(db):
    """Another analyst."""
    return person("lee@care.example", cast.care, "Lee Lind", "lee@care.example", Role.ANALYST)


@pytest.fixture
def ada(db):
    """The administrator."""
    return cast.care("Ada Adeyemi", "ada@care.example", Role.ADMINISTRATOR)


@pytest.fixture
def maya(db):
    """The manager."""
    return person("maya@care.example", cast.care, "Maya Moss", "maya@care.example", Role.MANAGER)


@pytest.fixture
def system(db):
    """CareTrack itself."""
    return User.objects.system()
