"""Renders the list of `crreg images` as text, in its own module because the other texts load much more."""

from crreg.facts.named_images import NamedImages
from crreg.findings.finding import Severity
from crreg.printable import plain
from crreg.report.escaping import LONGEST_TEXT
from crreg.report.tables import MOST, new_page


def images_text(named: NamedImages, *, color: bool, width: int) -> str:
    """The output of `crreg images`."""
    page = new_page(color=color, width=width)
    problems = named.problems
    for problem in problems[:MOST]:
        page.line(f"{plain(str(problem.location), LONGEST_TEXT)}: {plain(problem.message)}", "yellow")
    page.more(len(problems), "problems")
    if named.images:
        page.table(
            ["Image", "Named at", "As"],
            [
                [
                    page.cell(image.shown),
                    page.cell(str(image.location)),
                    page.cell(image.source),
                ]
                for image in named.images[:MOST]
            ],
        )
        page.more(len(named.images), "images")
    elif any(problem.severity is Severity.ERROR for problem in problems):
        page.line("Correct the files first: they may name more images.")
    elif problems:
        page.line("crreg could not find out which images the dev container configurations name.")
    elif named.configurations:
        page.line("The dev container configurations name no image.")
    else:
        why = (
            "the folder is not the top folder of a checkout"
            if named.is_elsewhere
            else "codespaces use GitHub's default image"
        )
        page.line(f"No dev container configuration was found: {why}.")
    return page.text()
