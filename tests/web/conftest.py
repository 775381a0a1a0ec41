"""Who sits before the pages: each of the cast with a browser that is signed in."""

import pytest


@pytest.fixture
def as_ana(client, ana):
    """Ana's browser, signed in at the portal."""
    client.force_login(ana)
    return client


@pytest.fixture
def as_ben(client, ben):
    """Ben's browser, another customer's."""
    client.force_login(ben)
    return client


@pytest.fixture
def as_kim(client, kim):
    """Kim's browser, at the console."""
    client.force_login(kim)
    return client


@pytest.fixture
def as_maya(client, maya):
    """Maya's browser, at the console."""
    client.force_login(maya)
    return client


@pytest.fixture
def as_ada(client, ada):
    """Ada's browser, at the console."""
    client.force_login(ada)
    return client
