from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crreg.discovery.documents.tree import DocumentError, Entry, Mapping, Node, Scalar, Sequence
from crreg.discovery.documents.yaml import MAX_DEPTH, MAX_SIZE, parse_yaml
from crreg.discovery.found import ProblemKind
from crreg.findings.location import Location


def at(line: int, column: int, end_column: int, end_line: int | None = None) -> Location:
    return Location("f", line, column, end_line or line, end_column)


def parse_one(text: str) -> Node:
    (node,) = parse_yaml(text, "f")
    return node


def plain(node: Node) -> Any:
    match node:
        case Mapping():
            return {name: plain(entry.value) for name, entry in node.entries.items()}
        case Sequence():
            return [plain(item) for item in node.items]
        case Scalar():
            return node.value


def test_every_value_and_name_has_its_place() -> None:
    assert parse_one("a: x # c\n'b':\n  - \"y\"\n  - {c: 1}\n\n# end\n") == Mapping(
        {
            "a": Entry(at(1, 1, 2), Scalar("x", at(1, 4, 5))),
            "b": Entry(
                at(2, 2, 3),
                Sequence(
                    (
                        Scalar("y", at(3, 6, 7)),
                        Mapping({"c": Entry(at(4, 6, 7), Scalar(1, at(4, 9, 10)))}, at(4, 5, 11)),
                    ),
                    at(3, 3, 11, end_line=4),
                ),
            ),
        },
        at(1, 1, 11, end_line=4),
    )


@pytest.mark.parametrize(
    ("text", "scalar"),
    [
        ("&a x", Scalar("x", at(1, 4, 5))),
        ("!!str 1", Scalar("1", at(1, 7, 8))),
        ("!reset null", Scalar(None, at(1, 8, 12), "!reset")),
        ("&a !reset # c\n  'x'", Scalar("x", at(2, 4, 5), "!reset")),
        ("'a''b'", Scalar("a'b", at(1, 2, 6))),
        ('"\\u0041"', Scalar("A", at(1, 2, 8))),
        ("a\n  b", Scalar("a b", at(1, 1, 4, end_line=2))),
        ("|\n  a\n   b\n\n", Scalar("a\n b\n", at(2, 3, 5, end_line=3), indent=2)),
        ("|\n\n  a\n", Scalar("\na\n", at(2, 3, 4, end_line=3), indent=2)),
        ("|2\n  a\n", Scalar("a\n", at(2, 3, 4))),
        (">-\n  a\n  b\n", Scalar("a b", at(2, 3, 4, end_line=3))),
        ("😀x", Scalar("😀x", at(1, 1, 3))),
    ],
)
def test_the_place_of_a_string_is_that_of_its_text(text: str, scalar: Scalar) -> None:
    assert parse_one(text) == scalar


def test_an_alias_has_the_place_of_what_it_names() -> None:
    node = parse_one("- &a x\n- *a\n")

    assert isinstance(node, Sequence)
    assert node.items == (Scalar("x", at(1, 6, 7)), Scalar("x", at(1, 6, 7)))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_editors_end_them(end: str) -> None:
    # In YAML 1.1, U+2028 also ends a line, but no editor counts it.
    node = parse_one(f'# \u2028{end}- "\u2028"{end}- x{end}')

    assert isinstance(node, Sequence)
    assert node.items[1] == Scalar("x", at(3, 3, 4))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("~", None),
        ("true", True),
        ("yes", "yes"),
        ("10", 10),
        ("1_000", 1000),
        ("0x1F", 31),
        ("0o17", 15),
        ("017", 15),
        ("089", 89.0),
        ("-0b11", -3),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.2.3", "1.2.3"),
        ("9" * 50, 1e50),
        ("18446744073709551615", 18446744073709551615),
        ("18446744073709551616", 18446744073709551616.0),
        ("0x1FFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF"),
        ("0o8", "0o8"),
        ("1e400", "1e400"),
        ("1_0.5", 10.5),
        ("_1", "_1"),
        ("-.inf", float("-inf")),
        ("12:30", "12:30"),
        ("'1'", "1"),
    ],
)
def test_scalars_have_the_types_that_compose_gives_them(text: str, value: Any) -> None:
    assert plain(parse_one(text)) == value
    assert type(plain(parse_one(text))) is type(value)


def test_merge_keys_are_merged_and_the_first_source_wins() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2, '<<': 2}\nz: {<<: [*x, *y], a: 0}\n"

    node = parse_one(text)

    assert isinstance(node, Mapping)
    assert plain(node)["z"] == {"a": 0, "b": 1, "c": 2, "<<": 2}


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: [", "did not find expected node content while parsing a flow node", 1, 5),
        ("a: 1\na: 2", "'a' is already on line 1", 2, 1),
        ("a: *b", "this alias needs an anchor on an earlier, complete value", 1, 4),
        ("a: &b [*b]", "this alias needs an anchor on an earlier, complete value", 1, 8),
        ("[a]: 1", "a name must be a string (in quotes, if it looks like something else)", 1, 1),
        ("<<: 1", "<< needs a mapping, or a list of mappings", 1, 5),
        ("a: \0", "control characters are not allowed", 1, 1),
        ("--- &a x\n--- *a", "this alias needs an anchor on an earlier, complete value", 2, 5),
    ],
)
def test_broken_text_is_refused_at_its_place(text: str, message: str, line: int, column: int) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_yaml(text, "f")

    problem = caught.value.problem
    assert (problem.kind, problem.message) == (ProblemKind.INVALID, f"invalid YAML: {message}")
    assert (problem.location.line, problem.location.column) == (line, column)


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 30))


@pytest.mark.parametrize(
    "text",
    ["[" * (MAX_DEPTH + 1), "- x\n" * MAX_SIZE, LAUGHS, "- &a '" + "x" * 9999 + "'\n" + "- *a\n" * 1000],
    ids=["depth", "values", "aliases of aliases", "aliases of a long string"],
)
def test_a_text_beyond_a_bound_is_not_read(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_yaml(text, "f")

    assert caught.value.problem.kind is ProblemKind.UNRESOLVED


def test_a_text_at_the_bound_is_read() -> None:
    node = parse_one("- x\n" * (MAX_SIZE - 1))

    assert isinstance(node, Sequence)
    assert len(node.items) == MAX_SIZE - 1


YAML = st.text(alphabet="ab: -[]{}&*!<|>'\"#,?%@\n\r\t \\\u2028\N{GRINNING FACE}", max_size=60)


@settings(deadline=None)
@given(st.text() | YAML)
def test_no_text_raises_anything_but_a_document_error(text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    try:
        locations = [node.location for node in parse_yaml(text, "f")]
    except DocumentError as error:
        locations = [error.problem.location]
    for location in locations:
        assert 1 <= location.line <= location.end_line <= len(lines)
        assert 1 <= location.column <= len(lines[location.line - 1]) + 1
        assert 1 <= location.end_column <= len(lines[location.end_line - 1]) + 1
