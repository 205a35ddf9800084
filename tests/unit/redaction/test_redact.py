import json
import urllib.parse
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.demo import REPORT_KEYS, demo
from tests.unit.report.hostile import hostile_facts

from crreg.check.report import Report
from crreg.exits.status import Status
from crreg.findings.finding import Severity
from crreg.redaction.redact import FixedWord, Redactor, mask_texts
from crreg.report.formats import Format
from crreg.report.render import render


def test_a_runner_is_asked_for_the_lines_of_a_text_and_not_for_a_bare_brace() -> None:
    key = '{\r\n  "id": "abc",\n}\n'
    assert mask_texts([key, "pw", "\n", " ", '"id": "abc",']) == ('"id": "abc",', "pw")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda value: value,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        lambda value: urllib.parse.quote(value, safe=""),
    ],
    ids=["plain", "json", "json with its own characters", "url"],
)
def test_a_value_is_replaced_however_it_is_spelled(spelling: object) -> None:
    value = 'pä"ss w/rd\\&<ü>'
    assert callable(spelling)
    text = f"before {spelling(value)} after"
    redacted = Redactor([value]).redact(text)
    assert spelling(value).strip('"') not in redacted
    assert redacted.replace('"', "") == "before *** after"


def test_text_without_a_mask_is_left_as_it_is() -> None:
    assert Redactor(()).redact("nothing here") == "nothing here"


def test_a_short_password_tears_no_hole_into_a_report() -> None:
    assert Redactor(["me"]).redact('{"outcome": "denied"}') == '{"outcome": "denied"}'


LONG = "".join(f"Zq{number:02}-" for number in range(40))
"""A value that every table and paragraph wraps."""


@pytest.mark.parametrize("secret", [LONG, "Tr0ub4dor_3*x[y]`#<z>", "one\ntwo three four", "a%20b&amp;c\\d"])
@pytest.mark.parametrize("form", Format)
def test_a_value_is_found_before_it_is_wrapped_or_escaped(secret: str, form: Format) -> None:
    report = Report.of(hostile_facts(secret))
    shown = render(report, form, Redactor([secret]), width=60)
    letters = "".join(filter(str.isalnum, shown))
    pieces = [
        piece for piece in ("".join(filter(str.isalnum, each)) for each in secret.split()) if len(piece) > 5
    ]
    assert not any(piece[:12] in letters for piece in pieces)
    assert "***" in shown or not shown


WORDS = (
    "healthy",
    "unhealthy",
    "unknown",
    '"rule": ',
    "severity",
    "schema_version",
    "login-failed",
    "missing-secret",
    "private",
    "selected",
    "repository",
    "forbidden",
    "2026-0",
    "ruleId",
    "%SRCROOT%",
    "unicodeCodePoints",
    "warning",
    "notice title=",
    "::error",
)
"""Passwords that are words of a report's own."""


@pytest.mark.parametrize("word", WORDS)
def test_a_password_that_is_a_word_of_the_report_leaves_its_structure(word: str) -> None:
    report = Report.of(demo())
    redactor = Redactor([word])
    for form in (Format.JSON, Format.SARIF):
        assert shape(json.loads(render(report, form, redactor))) == shape(
            json.loads(render(report, form, Redactor(())))
        )
    redacted = redactor.value(report)
    assert (redacted.status, len(redacted.errors), len(redacted.warnings)) == (
        report.status,
        len(report.errors),
        len(report.warnings),
    )
    document = json.loads(render(report, Format.JSON, redactor))
    assert [each["rule"] for each in document["findings"]] == [each.rule for each in report.findings]
    assert [each["severity"] for each in document["findings"]] == [each.severity for each in report.findings]
    before, after = (
        [line.partition(" ")[0] for line in render(report, Format.GITHUB, each).splitlines()]
        for each in (Redactor(()), redactor)
    )
    assert after == before


def shape(document: object) -> object:
    """Keys and lists of a document, without its texts."""
    if isinstance(document, dict):
        return {key: shape(value) for key, value in document.items()}
    return [shape(each) for each in document] if isinstance(document, list) else type(document)


def test_what_holds_no_secret_is_the_very_same_value() -> None:
    report = Report.of(demo())
    assert Redactor(["hunter2-hunter2"]).value(report) is report


def test_a_mapping_keeps_the_keys_of_a_document_and_loses_those_of_a_value() -> None:
    redactor = Redactor(["secret"])
    mapping = {
        "secret": ("secret", 1, None, True, Severity.ERROR, FixedWord("secret"), frozenset({"a secret"}))
    }
    changed = ("***", 1, None, True, Severity.ERROR, "secret", frozenset({"a ***"}))
    assert redactor.document(mapping) == {"secret": changed}
    assert redactor.value(mapping) == {"***": changed}


@pytest.mark.parametrize(
    "disguised",
    ["HUNTER2 hunter2 EXAMPLE", "h-u-n-t-e-r-2-hunter2-example", b"hunter2-hunter2-example".hex(":")],
)
def test_a_disguised_secret_takes_the_whole_value_with_it(disguised: str) -> None:
    redactor = Redactor(["hunter2-hunter2-example"])
    assert redactor.line(f"it says {disguised}!") == "***"
    report = Report.of(demo())
    told = replace(report, findings=(replace(report.findings[0], message=disguised),))
    assert redactor.value(told).findings[0].message == "***"


def test_a_command_is_redacted_between_its_separators() -> None:
    commands = "::error file=a/secret.yml,line=1,title=x::a secret, told\n::notice title=crreg::secret\n"
    assert Redactor(["secret", "notice title=", "::error"]).commands(commands) == (
        "::error file=a/***.yml,line=1,title=x::a ***, told\n::notice title=crreg::***\n"
    )


@given(st.text(max_size=40), st.lists(st.text(min_size=6, max_size=12), max_size=3))
def test_every_report_stays_a_document(text: str, secrets: list[str]) -> None:
    report = Report.of(hostile_facts(text + "".join(secrets)))
    document = json.loads(render(report, Format.JSON, Redactor(secrets)))
    assert set(document) == set(REPORT_KEYS)
    assert report.status is Redactor(secrets).value(report).status is Status.UNHEALTHY
