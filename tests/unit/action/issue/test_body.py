"""The issue's text: bounded, and nothing in it but text, whatever files and servers say."""

import re

from hypothesis import example, given, settings
from markdown_it import MarkdownIt
from tests.unit.report.hostile import FRAGMENTS, TEXTS, hostile_facts
from tests.unit.rules.facts_builder import ACR, facts, image, login, triple

from crreg.action.issue.body import WorkflowRepository, body, comment
from crreg.action.issue.compare import Comparison, compare
from crreg.action.issue.state import IssueState, marker, subject_of
from crreg.check.report import Report

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
PLACE = WorkflowRepository("octo/app", "https://github.com")
GITHUBS_LIMIT = 65_536
ADDRESS = re.compile(
    r"https://github\.com/[A-Za-z0-9/._?=&:+%#-]*|https://app\.docker\.com/[a-z/-]*|https://org\.github\.io/[a-z0-9/#-]*"
)


def comparison_of(report: Report) -> Comparison:
    return compare(report, IssueState())


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example("".join(FRAGMENTS))
@example("+")
@example("%")
def test_nothing_mentions_links_or_refers_to_anything(text: str) -> None:
    report = Report.of(hostile_facts(text))
    comparison = comparison_of(report)
    for written in (
        body(report, comparison, PLACE, "17", needed=True),
        comment("Changed", comparison, PLACE, "17"),
    ):
        tokens = MARKDOWN.parse(written)
        inline = [child for token in tokens for child in token.children or []]
        kinds = {token.type for token in (*tokens, *inline)}
        assert kinds.isdisjoint({"html_block", "html_inline", "image", "code_block", "blockquote_open"})
        linked = False
        for token in inline:
            linked = token.type == "link_open" or (linked and token.type != "link_close")
            if token.type == "link_open":
                assert ADDRESS.fullmatch(str(token.attrs["href"]))
            if token.type == "text" and not linked:
                assert not re.search(r"@\w|#\w|://|www\.|GH-\d|\b[0-9a-f]{7,40}(?![\w-]|\.\w)", token.content)
        assert subject_of(written) is None


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example("--> <img src=x>\n")
def test_the_marker_stays_a_comment_to_its_end(text: str) -> None:
    report = Report.of(hostile_facts(text))
    line = marker("octo/app", IssueState(comparison_of(report).problems, "17"))
    assert (line.count("-->"), line.endswith("-->"), line.count("<"), "\n" in line) == (1, True, 1, False)


def test_however_much_is_wrong_github_takes_the_text() -> None:
    images = [
        image(f"{ACR}/{'é@#' * 60}{number}:1", covered_by="ACR", pull="not-found", line=number)
        for number in range(1, 400)
    ]
    named = [image(f"{ACR}/dev/{number}:1", covered_by="ACR", pull="not-found") for number in range(400)]
    report = Report.of(facts(triple(login=login()), *images, *named))
    comparison = comparison_of(report)
    text = body(report, comparison, PLACE, "17", needed=True)
    whole = f"{marker('octo/app', IssueState(comparison.problems, '17'))}\n{text}\n"
    told = comment("Changed", comparison, PLACE, "17")
    assert len(whole) < GITHUBS_LIMIT
    assert len(told) < GITHUBS_LIMIT
    assert "more, which do not fit here: see the run." in text
    assert "crreg keeps this text current" in text
    assert re.search(r"- and \d+ more", told)
