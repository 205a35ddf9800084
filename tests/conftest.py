"""Fixtures that start the sandbox's servers; those that cost much live as long as the test session."""

from collections.abc import Iterator

import pytest

from tests.sandbox.authority import Authority
from tests.sandbox.internet import Internet


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def internet(authority: Authority) -> Iterator[Internet]:
    with Internet(authority) as internet:
        yield internet
