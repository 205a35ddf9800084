import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crreg.discovery.compose.dotenv import parse_dotenv
from crreg.discovery.documents.tree import DocumentError
from crreg.discovery.found import Problem, ProblemKind
from crreg.findings.location import Location


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("# A=1\n\n  # B=2\n", {}),
        ("A=1\nB = 2\nC: 3\nexport D=4\n", {"A": "1", "B": "2", "C": "3", "D": "4"}),
        ("A=\nB=''\n", {"A": "", "B": ""}),
        ("A=x y # c\nB=x#y\n", {"A": "x y", "B": "x#y"}),
        ("A=1\r\nB='2'\r\n", {"A": "1", "B": "2"}),
        ("A='$x \\' \\n'", {"A": "$x ' \\n"}),
        ('A="a\\tb\\"\\$x\\0101\\q"', {"A": 'a\tb"$xA\\q'}),
        ('A="two\nlines"\nB=1', {"A": "two\nlines", "B": "1"}),
        ("A=1\nB=${A}-$A-${N:-n}\nA=2", {"A": "2", "B": "1-1-n"}),
        ("HOST=$KNOWN", {"HOST": "known"}),
    ],
)
def test_assignments_are_read(text: str, values: dict[str, str]) -> None:
    assert parse_dotenv(text, ".env", {"KNOWN": "known"}) == values


@pytest.mark.parametrize("text", ["A\n", "A=$B\n", 'A="x${B}"\n'])
def test_a_value_that_only_the_codespace_knows_is_left_out(text: str) -> None:
    assert parse_dotenv(text, ".env", {}) == {}


@pytest.mark.parametrize(
    ("text", "message", "location"),
    [
        ("A=1\nB C=2\n", "expected NAME=value", Location(".env", 2, 1, 2, 6)),
        ("=1", "expected NAME=value", Location(".env", 1, 1, 1, 3)),
        ("A='x\n", "this value has no closing quote", Location(".env", 1, 3, 1, 5)),
        ("A=${B", "${ is never closed; write $$ for a dollar sign", Location(".env", 1, 3, 1, 6)),
    ],
)
def test_a_broken_line_is_refused_at_its_place(text: str, message: str, location: Location) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_dotenv(text, ".env", {})

    assert caught.value.problem == Problem(ProblemKind.INVALID, f"invalid .env file: {message}", location)


def test_values_that_double_are_refused() -> None:
    text = "A0=xxxxxxxxxx\n" + "".join(f"A{i}=$A{i - 1}$A{i - 1}\n" for i in range(1, 64))

    with pytest.raises(DocumentError) as caught:
        parse_dotenv(text, ".env", {})

    assert caught.value.problem.kind is ProblemKind.UNRESOLVED


@settings(deadline=None)
@given(st.text() | st.text(alphabet="AB=:'\"\\$ {}-#\n\r\t", max_size=40))
def test_no_text_raises_anything_but_a_document_error(text: str) -> None:
    values = {}
    with contextlib.suppress(DocumentError):
        values = parse_dotenv(text, ".env", {})
    assert all(name and isinstance(value, str) for name, value in values.items())
