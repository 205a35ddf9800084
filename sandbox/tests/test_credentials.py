"""The search finds every form of a made-up secret."""

import base64
import json
import urllib.parse
from collections.abc import Callable

import pytest
from sandbox import credentials

_KEY = "first line of a key\nsecond line of a key"


def test_every_password_is_its_own_and_known() -> None:
    made = [credentials.password(), credentials.password()]
    assert made[0] != made[1]
    assert set(credentials.leaks_in(" ".join(made))) == set(made)


@pytest.mark.parametrize(
    "show",
    [
        lambda _, password: f"password is {password}",
        lambda _, password: json.dumps({"password": password}),
        lambda _, password: json.dumps({"password": password}, ensure_ascii=False),
        lambda _, password: urllib.parse.quote(password, safe=""),
        lambda user, password: base64.b64encode(f"{user}:{password}".encode()).decode(),
        lambda _, password: base64.b64encode(password.encode()).decode(),
    ],
    ids=["plain", "json", "json-unicode", "url", "basic", "base64"],
)
def test_every_form_is_found(show: Callable[[str, str], str]) -> None:
    credential = credentials.credential("someone", suffix="/ä€+&")
    assert credentials.leaks_in(f"log: {show(credential.user, credential.password)} end") == (
        credential.password,
    )


def test_each_line_of_a_long_secret_is_found() -> None:
    credentials.register(_KEY)
    assert [credentials.leaks_in(line) for line in _KEY.splitlines()] == [(_KEY,), (_KEY,)]


def test_other_text_holds_none() -> None:
    assert credentials.leaks_in("nothing to see here") == ()


def test_a_credential_does_not_show_its_password() -> None:
    credential = credentials.credential("someone")
    assert repr(credential) == "Credential(user='someone')"
