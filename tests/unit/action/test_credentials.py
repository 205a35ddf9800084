import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.action.credentials import CredentialsError, parse_credentials


def test_lines_of_name_and_value_are_read() -> None:
    text = "# the registry\nACR_CONTAINER_REGISTRY_USER=octocat\n\nexport B = two words \nc='  kept '\n"
    assert parse_credentials(text) == {
        "ACR_CONTAINER_REGISTRY_USER": "octocat",
        "B": "two words",
        "C": "  kept ",
    }


def test_a_value_may_hold_what_a_shell_would_read() -> None:
    assert parse_credentials("A=x=$HOME;`id`#not a comment") == {"A": "x=$HOME;`id`#not a comment"}


def test_the_json_of_a_secret_that_is_not_set_is_empty() -> None:
    assert parse_credentials("A=null\nB=\n") == {"A": "", "B": ""}


@pytest.mark.parametrize(
    ("text", "line"),
    [("no equals sign", 1), ("A=1\n-----BEGIN KEY-----", 2), ('A="half', 1), ("1A=x", 1)],
)
def test_a_line_that_is_no_assignment_is_told_by_number_and_not_quoted(text: str, line: int) -> None:
    with pytest.raises(CredentialsError) as caught:
        parse_credentials(text)
    assert caught.value.line == line
    assert not any(word in str(caught.value) for word in ("BEGIN", "half", "no equals sign"))


@pytest.mark.parametrize("half", [r"\ud800", r"\udcff", r"x\udfffx"])
def test_half_of_a_character_is_refused_since_it_could_neither_be_masked_nor_sent(half: str) -> None:
    with pytest.raises(CredentialsError) as caught:
        parse_credentials(f'A=1\nB="{half}"')
    assert (
        str(caught.value)
        == "credentials, line 2: the value contains an unpaired surrogate and can't be encoded as UTF-8"
    )


@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,20}", fullmatch=True), st.text()))
def test_json_carries_every_value_unchanged(values: dict[str, str]) -> None:
    text = "\n".join(f"{name}={json.dumps(value)}" for name, value in values.items())
    assert parse_credentials(text) == values


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_credentials(text)
    except CredentialsError:
        return
    assert all(isinstance(value, str) for value in found.values())
