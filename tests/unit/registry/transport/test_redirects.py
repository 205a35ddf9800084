"""Where an answer may lead, and what goes along."""

import pytest

from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.transport.redirects import carried, keeps_authorization, target_of

HEADERS = {"Authorization": "Basic x", "Accept": "*/*"}


@pytest.mark.parametrize(
    ("source", "target", "keeps"),
    [
        ("https://ghcr.io/v2/", "https://ghcr.io/v2/o/r", True),
        ("https://ghcr.io/v2/", "https://ghcr.io:443/v2/o/r", True),
        ("https://ghcr.io/v2/", "https://ghcr.io:444/v2/", False),
        ("https://ghcr.io/v2/", "http://ghcr.io/v2/", False),
        ("https://ghcr.io/v2/", "https://blobs.ghcr.io/v2/", False),
    ],
)
def test_a_redirect_to_another_origin_drops_authorization(source: str, target: str, *, keeps: bool) -> None:
    start, end = Address.parse(source), Address.parse(target)

    assert keeps_authorization(start, end) is keeps
    assert carried(HEADERS, start, end) == (HEADERS if keeps else {"Accept": "*/*"})


@pytest.mark.parametrize(
    ("source", "location", "says"),
    [
        ("https://a.example/v2/", "https://me:pw@b.example/", "to an invalid URL"),
        ("https://a.example/v2/", "https://127.0.0.1/", "to an address of this machine"),
        ("https://a.example/v2/", "http://b.example/", "to plain http"),
        ("https://a.example/v2/", "http://allowed.example/", "to plain http"),
        ("http://allowed.example/v2/", "http://b.example/", "to plain http"),
    ],
)
def test_a_redirect_that_is_not_safe_is_not_followed(source: str, location: str, says: str) -> None:
    with pytest.raises(RegistryError, match=says):
        target_of(Address.parse(source), "a.example", location, {"allowed.example"})


def test_a_registry_over_plain_http_may_redirect_to_another_that_is_allowed() -> None:
    source, allowed = Address.parse("http://a.example/v2/"), {"a.example", "b.example"}

    assert target_of(source, "a.example", "http://b.example/x", allowed).url == "http://b.example/x"
