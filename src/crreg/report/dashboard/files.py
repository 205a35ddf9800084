"""All files of the page, by path: the page itself, the data of each organization, and the badges."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from crreg.exits.status import Status
from crreg.github.access import is_repository
from crreg.organization.state import Run, State, Verdict
from crreg.redaction.redact import Redactor
from crreg.report.dashboard.badges import badge_json, badge_svg, organization_message, repository_message
from crreg.report.dashboard.encoding import as_json, packed

MARKER = ".crreg-dashboard.json"
"""Lists the files of the page, in its folder."""
OURS = re.compile(
    r"[a-z]+\.(?:html|css|js|svg|json)|\.nojekyll|data/[a-z0-9]+\.js|badges/[^/\0]+(?:/[^/\0]+)?\.(?:svg|json)"
)
"""The paths of all files that a page of any release had."""


@dataclass(frozen=True, slots=True)
class Board:
    """One organization, as the state remembers it."""

    document: Mapping[str, Any]
    """Its newest report, as JSON documents have it."""
    runs: Sequence[Run]
    """Oldest first."""
    history: Mapping[str, Sequence[Verdict]]
    """Each repository's verdicts by name, oldest first."""


def boards_of(state: State) -> list[Board]:
    """Return what the state remembers of each organization that has a report."""
    reports = {name: state.report(name) for name in state.organizations()}
    return [
        Board(report, state.runs(name), state.history(name))
        for name, report in reports.items()
        if report is not None
    ]


def dashboard_files(boards: Sequence[Board], redactor: Redactor) -> dict[str, str]:
    """Render all files, by path relative to the folder.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, IndexError: a document does not have the shape of version 1.
    """
    made = dict(_page())
    # GitHub Pages would leave out names that begin with an underscore or a dot.
    made[".nojekyll"] = ""
    named = []
    for number, board in enumerate(boards, 1):
        value = redactor.document(packed(board.document, board.runs, board.history))
        made[f"data/{number}.js"] = f"crreg.receive({number}, {as_json(value)});\n"
        named.append(value["organization"])
        made |= _badges(board.document)
    made["data/organizations.js"] = f"crreg.organizations = {as_json(named)};\n"
    if len(boards) == 1:
        # The folder's own badge has an address that stays the same when it is the only organization.
        made |= dict(_badge("badge", named[0], *_of_organization(boards[0].document)))
    return made


def _page() -> Iterator[tuple[str, str]]:
    for entry in files("crreg.report.dashboard").joinpath("page").iterdir():
        yield entry.name, entry.read_text(encoding="utf-8")


def _badges(document: Mapping[str, Any]) -> dict[str, str]:
    """Render the badges of an organization and its repositories; one whose name can't be a path has none."""
    made: dict[str, str] = {}
    organization = document["organization"]
    if is_repository(f"{organization}/name"):
        made |= dict(_badge(f"badges/{organization}", organization, *_of_organization(document)))
    for entry in document["repositories"]:
        name, status = entry["repository"], Status(entry["status"])
        if is_repository(name):
            made |= dict(_badge(f"badges/{name}", name, status, repository_message(status)))
    return made


def _of_organization(document: Mapping[str, Any]) -> tuple[Status, str]:
    return Status(document["status"]), organization_message(document)


def _badge(path: str, name: str, status: Status, message: str) -> Iterator[tuple[str, str]]:
    yield f"{path}.svg", badge_svg(name, status, message)
    yield f"{path}.json", badge_json(status, message)
