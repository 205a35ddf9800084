"""Where a credential may travel over plain http."""

import pytest

from crreg.net.plain_http import is_exposed, may_lead_plainly
from crreg.net.urls import Address


@pytest.mark.parametrize(
    ("url", "allowed", "exposed"),
    [
        ("http://registry.example/", (), True),
        ("https://registry.example/", (), False),
        ("http://localhost:5000/", (), False),
        ("http://127.0.0.1:5000/", (), False),
        ("http://registry.example:5000/", ("registry.example",), False),
        ("http://registry.example:5000/", ("registry.example:5000",), False),
        ("http://registry.example:5001/", ("registry.example:5000",), True),
        ("http://registry.example.evil/", ("registry.example",), True),
        # The owner of the name could let it resolve to another host.
        ("http://localhost.example/", (), True),
    ],
)
def test_a_credential_is_refused_over_plain_http(
    url: str, allowed: tuple[str, ...], *, exposed: bool
) -> None:
    assert is_exposed(Address.parse(url), allowed) is exposed


@pytest.mark.parametrize(
    ("source", "target", "allowed", "may"),
    [
        ("http://127.0.0.1:5000/", "http://127.0.0.1:5001/token", (), True),
        ("http://a.example/", "http://b.example/token", ("a.example", "b.example"), True),
        ("http://a.example/", "http://b.example/token", ("a.example",), False),
        ("http://a.example/", "http://127.0.0.1/token", ("a.example",), False),
    ],
)
def test_both_ends_must_be_excepted(source: str, target: str, allowed: tuple[str, ...], *, may: bool) -> None:
    assert may_lead_plainly(Address.parse(source), Address.parse(target), allowed) is may
