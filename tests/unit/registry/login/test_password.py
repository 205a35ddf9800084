"""What a password shows of itself."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.speed import within

from crreg.registry.login.password import PasswordKind, PasswordNature, inspect_password

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SECONDS = int(MOMENT.timestamp())
OPAQUE = PasswordNature(PasswordKind.OPAQUE)


def encoded(content: Any) -> str:
    return base64.b64encode(json.dumps(content).encode()).decode()


def ecr_token(**changes: Any) -> str:
    content = {"payload": "p", "datakey": "d", "version": "2", "type": "DATA_KEY", "expiration": SECONDS}
    return encoded(content | changes)


@pytest.mark.parametrize("ending", ["", "\n", "padding"])
def test_an_ecr_token_is_known_with_its_expiry(ending: str) -> None:
    password = ecr_token().rstrip("=") if ending == "padding" else ecr_token() + ending
    assert inspect_password(password) == PasswordNature(PasswordKind.ECR_TOKEN, MOMENT)


def test_a_json_web_token_is_known_with_its_expiry() -> None:
    password = jwt.encode({"exp": SECONDS, "sub": "me?>"}, "k" * 32, algorithm="HS256")
    assert inspect_password(password) == PasswordNature(PasswordKind.JWT, MOMENT)


@pytest.mark.parametrize("expiry", [None, "tomorrow", True, 1e300, -1e300, 10**400, [], {}])
def test_an_expiry_that_is_no_time_is_left_out(expiry: Any) -> None:
    header = encoded({"alg": "none"})
    assert inspect_password(ecr_token(expiration=expiry)) == PasswordNature(PasswordKind.ECR_TOKEN)
    assert inspect_password(f"{header}.{encoded({'exp': expiry})}.") == PasswordNature(PasswordKind.JWT)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "hunter2",
        "dckr_pat_abc",
        "ghp_" + "a" * 36,
        "a.b.c",
        "..",
        encoded([1]),
        encoded({"payload": 1}),
        encoded({}) + "." + encoded({}) + ".",
        '{"type": "service_account"}',
        "pässwörd",
        "\ud800",
        base64.b64encode(b"[" * 30_000).decode(),
        "A" * 100_000,
    ],
)
def test_anything_else_is_opaque(password: str) -> None:
    assert inspect_password(password) == OPAQUE


@given(st.text() | st.text(alphabet="eyJ.=-_09", max_size=60))
def test_no_password_raises(password: str) -> None:
    inspect_password(password)


@given(st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists))
def test_no_claim_raises(claim: Any) -> None:
    inspect_password(f"{encoded({'alg': claim})}.{encoded({'exp': claim})}.x")


@pytest.mark.speed
def test_a_megabyte_takes_less_than_a_second() -> None:
    with within(1):
        for piece in ("A", "eyJ.", "{", "="):
            inspect_password(piece * (1_000_000 // len(piece)))
