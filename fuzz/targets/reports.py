"""Whole reports in every format, about facts in which everything under a stranger's control is generated."""

import json
import re

from fuzz.target import ensure, target
from fuzz.targets.rendering import FORGED, MARKDOWN, commands
from tests.unit.report.hostile import hostile_facts

from crreg.check.report import Report
from crreg.redaction.redact import Redactor
from crreg.report.formats import Format
from crreg.report.render import render

_OWN = re.compile(
    r"https://github\.com/[\w/.%?=&:+#-]*|https://app\.docker\.com/[a-z/-]*|https://org\.github\.io/[a-z0-9/#-]*",
    re.ASCII,
)
_REDACTOR = Redactor(())
_KINDS = {"html_block", "html_inline", "image", "code_block", "blockquote_open", "hr"}


@target("report", longest=256, weight=3)
def report(text: str) -> None:
    """No format contains a stranger's command, link, mention or escape sequence, and JSON and SARIF are valid JSON."""
    found = Report.of(hostile_facts(text))
    written = {form: render(found, form, _REDACTOR, width=60) for form in Format}
    for form in (Format.TEXT, Format.MARKDOWN, Format.JSON, Format.SARIF):
        ensure(commands(written[form]) == [], f"{form} forges a command")
    ensure(
        all(each == "\n" or each.isprintable() for each in written[Format.TEXT]), "a terminal gets an escape"
    )
    for line in written[Format.GITHUB].splitlines():
        ensure(re.match(r"::(?:error|warning|notice) [^:]*::", line), "a line is no annotation")
    ensure(json.loads(written[Format.JSON])["repository"] == text, "JSON holds another text")
    for result in json.loads(written[Format.SARIF])["runs"][0]["results"]:
        ensure(
            not re.search(r"[\[\]]", re.sub(r"\\[\\\[\]]", "", result["message"]["text"])),
            "SARIF holds a link",
        )
    _markdown(written[Format.MARKDOWN])


def _markdown(written: str) -> None:
    tokens = MARKDOWN.parse(written)
    inline = [child for token in tokens for child in token.children or []]
    kinds = {token.type for token in (*tokens, *inline)}
    ensure(not kinds & _KINDS, f"Markdown holds {', '.join(kinds & _KINDS)}")
    linked = False
    for token in inline:
        if token.type == "link_open":
            ensure(_OWN.fullmatch(str(token.attrs["href"])), "Markdown links to a stranger")
        linked = token.type == "link_open" or (linked and token.type != "link_close")
        if token.type == "text" and not linked:
            ensure(not FORGED.search(token.content), "GitHub links a part of the text")
