"""Every workflow that the project has, shows or hands out, as one text each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from crreg.setup.needs import Need
from crreg.setup.workflows import check_workflow, organization_workflow

ROOT = Path(__file__).parents[3]
PROJECT = "org/crreg-action"
# What a block of the documentation leaves out for brevity: whoever pastes it has these already.
_AROUND = {
    "name": "name: Example\n",
    "on": "on: push\n",
    "permissions": "permissions: {}\n",
    "concurrency": "concurrency: {group: example, cancel-in-progress: false}\n",
}
_JOB = """\
jobs:
  example:
    name: Example
    runs-on: ubuntu-latest
    permissions: {contents: read}
    steps:
"""


@dataclass(frozen=True, slots=True)
class Document:
    """A workflow, an action, or a block of documentation made into a workflow."""

    name: str
    """Where it is, relative to the root; of a block with the line of its fence."""
    text: str

    @property
    def file_name(self) -> str:
        """A name under which GitHub would look at it."""
        if self.name == "action.yml":
            return self.name
        return f".github/workflows/{self.name.replace('/', '-').replace(':', '-').removesuffix('.yml')}.yml"

    @property
    def content(self) -> dict[str, Any]:
        """Parsed, with `on` under its own name: YAML 1.1 takes it for a truth."""
        loaded = yaml.safe_load(self.text)
        assert isinstance(loaded, dict)
        return {"on" if key is True else key: value for key, value in loaded.items()}


def workflows() -> Iterator[Document]:
    """The project's own, those to call among them."""
    yield from _files(".github/workflows")


def examples() -> Iterator[Document]:
    """Those to copy."""
    yield from _files("examples")


def blocks() -> Iterator[Document]:
    """Those of README and documentation: YAML that is a workflow, a part of one, or a list of steps."""
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for token in MarkdownIt().parse(path.read_text()):
            if token.type == "fence" and token.info.split()[:1] in (["yaml"], ["yml"]):
                assert token.map is not None
                text = _completed(token.content)
                if text is not None:
                    yield Document(f"{path.relative_to(ROOT)}:{token.map[0] + 1}", text)


def written() -> Iterator[Document]:
    """Those that `crreg init` writes, for no registry, one and ten."""
    for count in (0, 1, 10):
        needs = [Need(f"R{number}", None) for number in range(count)]
        yield Document(f"init/check-{count}.yml", check_workflow(needs))
        organization = organization_workflow("1234", needs)
        yield Document(f"init/organization-{count}.yml", organization)


def action() -> Document:
    """The action itself."""
    return Document("action.yml", (ROOT / "action.yml").read_text())


def documents() -> dict[str, Document]:
    """All of them by name."""
    found = [*workflows(), *examples(), *blocks(), *written(), action()]
    return {document.name: document for document in found}


def _files(folder: str) -> Iterator[Document]:
    for path in sorted((ROOT / folder).glob("*.yml")):
        yield Document(str(path.relative_to(ROOT)), path.read_text())


def _completed(text: str) -> str | None:
    """A block as a whole workflow, its own lines untouched; None if it is no part of one."""
    loaded = yaml.safe_load(text)
    if isinstance(loaded, list) and any(isinstance(step, dict) and "uses" in step for step in loaded):
        indented = "".join(f"      {line}\n" for line in text.splitlines())
        return "".join(_AROUND.values()) + _JOB + indented
    if not isinstance(loaded, dict) or "jobs" not in loaded:
        return None
    present = {"on" if key is True else key for key in loaded}
    return "".join(line for key, line in _AROUND.items() if key not in present) + text
