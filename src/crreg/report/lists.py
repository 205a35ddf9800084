"""What `crreg images` and `crreg rules` list, as text and as JSON."""

from collections.abc import Iterable

from crreg.discovery.found import Problem
from crreg.facts.model import Facts
from crreg.findings.finding import Severity
from crreg.printable import plain
from crreg.report.documents import ImagesDocument, ProblemDocument, RulesDocument
from crreg.report.json import image_json, location_json
from crreg.report.rendering import dumped
from crreg.report.wording import MOST, at
from crreg.rules import Rule
from crreg.rules.invalid_reference import problems_of_files

_LONGEST_LINE = 2000


def images_document(facts: Facts) -> ImagesDocument:
    """The output of `crreg images`."""
    return {
        "images": [image_json(image) for image in facts.images],
        "problems": [_problem(problem) for problem in problems_of_files(facts)],
    }


def _problem(problem: Problem) -> ProblemDocument:
    return {
        "severity": problem.severity,
        "message": problem.message,
        **location_json(problem.location),
    }


def images_text(facts: Facts, *, color: bool, width: int) -> str:
    """The output of `crreg images`."""
    # It loads rich, which takes a fourth of the command's time, and nothing else here needs.
    from crreg.report.page import Page, more_line

    page = Page(color=color, width=width)
    problems = problems_of_files(facts)
    for problem in problems[:MOST]:
        page.line(f"{plain(at(problem.location), _LONGEST_LINE)}: {plain(problem.message)}", "yellow")
    more_line(page, len(problems), "problems")
    if facts.images:
        page.table(
            ["Image", "Named at", "As"],
            [
                [
                    page.cell(image.shown),
                    page.cell(at(image.location)),
                    page.cell(image.source),
                ]
                for image in facts.images[:MOST]
            ],
        )
        more_line(page, len(facts.images), "images")
    elif any(problem.severity is Severity.ERROR for problem in problems):
        page.line("Correct the files first: they may name more images.")
    elif problems:
        page.line("crreg could not find out which images the dev container configurations name.")
    elif facts.discovery.configurations:
        page.line("The dev container configurations name no image.")
    else:
        page.line("No dev container configuration was found: codespaces use GitHub's default image.")
    return page.text()


def rules_json(rules: Iterable[Rule]) -> str:
    """The output of `crreg rules`."""
    document: RulesDocument = {
        "rules": [
            {
                "id": rule.id,
                "severity": rule.severity,
                "effect": rule.effect,
                "summary": rule.summary,
                "remedy": rule.remedy,
            }
            for rule in rules
        ]
    }
    return dumped(document)


def rules_text(rules: Iterable[Rule]) -> str:
    """Render each rule's name, severity, summary and remedy."""
    return "\n".join(f"{rule.id} ({rule.severity})\n  {rule.summary}\n  {rule.remedy}\n" for rule in rules)
