import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crreg.discovery.documents.jsonc import MAX_DEPTH, MAX_VALUES
from crreg.discovery.documents.jsonc import parse_jsonc as parse
from crreg.discovery.documents.tree import DocumentError, Entry, Mapping, Node, Scalar, Sequence
from crreg.discovery.found import ProblemKind
from crreg.findings.finding import Effect, Severity
from crreg.findings.location import Location


def parse_jsonc(text: str, path: str) -> Node:
    """Return the value of a text without mistakes."""
    document = parse(text, path)
    assert document.error is None
    assert document.value is not None
    return document.value


def at(line: int, column: int, end_column: int, end_line: int | None = None) -> Location:
    return Location("f", line, column, end_line or line, end_column)


def plain(node: Node) -> Any:
    match node:
        case Mapping():
            return {name: plain(entry.value) for name, entry in node.entries.items()}
        case Sequence():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.value


def test_every_value_and_name_has_its_place() -> None:
    node = parse_jsonc('{"a": [1, "x", null],\n\t"b": {"c": 2222}}', "f")

    assert node == Mapping(
        {
            "a": Entry(
                at(1, 3, 4),
                Sequence(
                    (Scalar(1, at(1, 8, 9)), Scalar("x", at(1, 12, 13)), Scalar(None, at(1, 16, 20))),
                    at(1, 7, 21),
                ),
            ),
            "b": Entry(
                at(2, 3, 4), Mapping({"c": Entry(at(2, 9, 10), Scalar(2222, at(2, 13, 17)))}, at(2, 7, 18))
            ),
        },
        at(1, 1, 19, end_line=2),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_editors_end_them(end: str) -> None:
    assert parse_jsonc(f"// c{end}{end}\t1", "f") == Scalar(1, at(3, 2, 3))


def test_columns_count_characters_and_not_bytes_or_units() -> None:
    assert parse_jsonc('["é", "😀", "x"]', "f") == Sequence(
        (Scalar("é", at(1, 3, 4)), Scalar("😀", at(1, 8, 9)), Scalar("x", at(1, 13, 14))), at(1, 1, 16)
    )


def test_the_place_of_a_string_with_escapes_is_inside_its_quotes() -> None:
    assert parse_jsonc(r'"a\"\u0041\ud83d\ude00"', "f") == Scalar('a"A😀', at(1, 2, 23))


def test_half_a_surrogate_pair_is_replaced() -> None:
    node = parse_jsonc(r'"a\ud83d"', "f")

    assert plain(node) == "a\N{REPLACEMENT CHARACTER}"


def test_of_equal_names_the_last_wins() -> None:
    node = parse_jsonc('{"a": 1, "b": 2, "a": 3}', "f")

    assert isinstance(node, Mapping)
    assert list(node.entries.items()) == [
        ("b", Entry(at(1, 11, 12), Scalar(2, at(1, 15, 16)))),
        ("a", Entry(at(1, 19, 20), Scalar(3, at(1, 23, 24)))),
    ]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "expected a value before the end of the file", 1, 1),
        ('{"a": 1', 'expected "," or "}" before the end of the file', 1, 8),
        ('{"a": 1\n"b": 2}', 'expected "," or "}"', 2, 1),
        ('{"a" 1}', 'expected ":"', 1, 6),
        ("{'a': 1}", "expected a value, a name or a punctuation mark of JSON", 1, 2),
        ("{1: 1}", 'expected a name in double quotes or "}"', 1, 2),
        ('{"a": }', "expected a value", 1, 7),
        ("[,]", "expected a value", 1, 2),
        ("[1,,]", "expected a value", 1, 4),
        ("{,}", 'expected a name in double quotes or "}"', 1, 2),
        ("[1}", 'expected "," or "]"', 1, 3),
        ("[1] 2", "expected the end of the file", 1, 5),
        ('"a\nb"', "this string has no closing quote on its line", 1, 1),
        ("1 /* x", "this comment is never closed", 1, 3),
        ("/* x", "this comment is never closed", 1, 1),
        (r'"a\qb"', "invalid escape in a string", 1, 3),
        (r'"\u12x4"', "invalid escape in a string", 1, 2),
        ("01", "expected the end of the file", 1, 2),
        ("1.", "expected a digit before the end of the file", 1, 3),
        ("-", "expected a value, a name or a punctuation mark of JSON", 1, 1),
        ("nul", "expected a value, a name or a punctuation mark of JSON", 1, 1),
        ("True", "expected a value, a name or a punctuation mark of JSON", 1, 1),
        ("\u00a01", "expected a value, a name or a punctuation mark of JSON", 1, 1),
        ("\u0661", "expected a value, a name or a punctuation mark of JSON", 1, 1),
    ],
)
def test_the_first_mistake_is_noted_at_its_place_and_skipped(
    text: str, message: str, line: int, column: int
) -> None:
    error = parse(text, "f").error

    assert error is not None
    assert (error.kind, error.message) == (ProblemKind.INVALID, f"invalid JSON: {message}")
    assert (error.softened, error.severity) == (Effect.HYGIENE, Severity.WARNING)
    assert (error.location.line, error.location.column) == (line, column)


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        ("[" * MAX_DEPTH + "]" * MAX_DEPTH, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)),
        (f"[{'1,' * (MAX_VALUES - 1)}]", f"[{'1,' * MAX_VALUES}]"),
    ],
    ids=["depth", "values"],
)
def test_a_text_at_the_bound_is_read_and_one_beyond_it_is_not(within: str, beyond: str) -> None:
    parse_jsonc(within, "f")

    with pytest.raises(DocumentError) as caught:
        parse_jsonc(beyond, "f")
    assert caught.value.problem.kind is ProblemKind.UNRESOLVED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
TRIVIA = st.sampled_from(["", " ", "\n", "\r\n", "\t", "// x\n", "/* x */", "/**/ //\n"])


@settings(deadline=None)
@given(JSON, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_python_reads_it(value: Any, ascii_only: bool, indent: int | str | None) -> None:  # noqa: FBT001 - hypothesis gives arguments by position
    assert plain(parse_jsonc(json.dumps(value, ensure_ascii=ascii_only, indent=indent), "f")) == value


@settings(deadline=None)
@given(st.lists(TRIVIA, min_size=9, max_size=9))
def test_comments_and_space_may_stand_anywhere(trivia: list[str]) -> None:
    tokens = ["{", '"a"', ":", "[", "1", ",", "]", ",", "}"]
    text = "".join(part for pair in zip(trivia, tokens, strict=True) for part in pair)

    assert plain(parse_jsonc(text, "f")) == {"a": [1]}


@settings(deadline=None)
@given(st.text() | st.text(alphabet='{}[]:,"\\/*\n 1etrufalsn'))
def test_every_text_has_a_value_or_a_mistake_inside_it(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    document = parse(text, "f")
    places = [document.value.location] if document.value else []
    places += [document.error.location] if document.error else []
    assert places
    for location in places:
        assert 1 <= location.line <= location.end_line <= len(lines)
        assert 1 <= location.column <= len(lines[location.line - 1]) + 1
        assert 1 <= location.end_column <= len(lines[location.end_line - 1]) + 1
