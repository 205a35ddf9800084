"""Renders the list of `crreg images` as text, apart from the other texts, which load much more."""

from crreg.facts.model import Facts
from crreg.findings.finding import Severity
from crreg.printable import plain
from crreg.report.new_page import new_page
from crreg.report.wording import MOST, at
from crreg.rules.invalid_reference import problems_of_files

_LONGEST_LINE = 2000


def images_text(facts: Facts, *, color: bool, width: int) -> str:
    """The output of `crreg images`."""
    page = new_page(color=color, width=width)
    problems = problems_of_files(facts)
    for problem in problems[:MOST]:
        page.line(f"{plain(at(problem.location), _LONGEST_LINE)}: {plain(problem.message)}", "yellow")
    page.more(len(problems), "problems")
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
        page.more(len(facts.images), "images")
    elif any(problem.severity is Severity.ERROR for problem in problems):
        page.line("Correct the files first: they may name more images.")
    elif problems:
        page.line("crreg could not find out which images the dev container configurations name.")
    elif facts.discovery.configurations:
        page.line("The dev container configurations name no image.")
    else:
        why = (
            "the folder is not the top folder of a checkout"
            if facts.discovery.is_elsewhere
            else "codespaces use GitHub's default image"
        )
        page.line(f"No dev container configuration was found: {why}.")
    return page.text()
