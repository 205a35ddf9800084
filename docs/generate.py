"""Write docs/inputs.md from action.yml and the workflows, docs/assumptions.md from live/claims, and docs/schemas.

`make docs` runs it; tests/unit/docs and tests/unit/live/test_table.py fail where one of them is stale.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from docs.schemas import schemas
from live import page as assumptions

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "inputs.md"
SCHEMAS = ROOT / "docs" / "schemas"
_WORKFLOWS = (
    "registry-health.yml",
    "organization-health.yml",
    "organizations-health.yml",
    "organization-page.yml",
    "registry-ensure.yml",
    "publish-ghcr.yml",
)
_OPENING = """\
# Inputs and outputs

<!-- Written by docs/generate.py (make docs) from action.yml and the workflows: change those, not this page. -->

This page lists those of the [action](#the-action), and of the reusable workflows, which it also
[compares](#the-workflows-compared): {workflows}.
An input that is left out, or empty, has its default. In a terminal, `crreg COMMAND --help` lists the options.
"""
_EXIT_CODES = """\
### Exit codes

| code | when |
|---|---|
| 0 | no finding at or above `fail-on`, and all was proven; or no credentials were passed, and GitHub took the token |
| 1 | findings at or above `fail-on`, or a change that failed |
| 2 | a wrong input or configuration, or an empty workspace; the message names it |
| 3 | something needed was not proven: GitHub or a registry did not answer, or the token lacks a permission. \
Also if changes are left for another run, because GitHub's limits or the run's time ended this one |
"""
_REST = {
    "registry-health.yml": "Checks, on a schedule or by hand.",
    "organization-health.yml": "Checks every repository of an organization.",
    "organizations-health.yml": "Checks large organizations, or a whole enterprise, in a matrix of jobs.",
    "organization-page.yml": "Publishes the page about an organization to GitHub Pages.",
    "registry-ensure.yml": "Creates, updates and assigns secrets.",
    "publish-ghcr.yml": "Publishes images to GHCR.",
}
_EXAMPLES = {
    "registry-health.yml": ("schedule.yml",),
    "organization-health.yml": ("organization.yml",),
    "organizations-health.yml": ("organizations.yml",),
    "organization-page.yml": ("organization-page.yml",),
    "registry-ensure.yml": ("ensure.yml",),
    "publish-ghcr.yml": ("mirror-to-ghcr.yml",),
}


def main() -> None:
    """Write the pages and the schemas."""
    PAGE.write_text(page(), encoding="utf-8")
    assumptions.PAGE.write_text(assumptions.page(), encoding="utf-8")
    SCHEMAS.mkdir(exist_ok=True)
    for name, text in schemas():
        (SCHEMAS / name).write_text(text, encoding="utf-8")


def page() -> str:
    """The whole page."""
    names = ", ".join(f"[{name}](#{anchor(name)})" for name in _WORKFLOWS)
    return "\n".join([_OPENING.format(workflows=names), *_action(), *_compared(), *_workflows()])


def anchor(heading: str) -> str:
    """The fragment by which GitHub links to a heading of plain text."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def read_yaml(path: Path) -> dict[Any, Any]:
    """A file of YAML that holds a mapping; a workflow's `on` is then the key True, as YAML 1.1 has it."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise TypeError(f"{path} holds no mapping")
    return document


def _action() -> Iterator[str]:
    metadata = read_yaml(ROOT / "action.yml")
    yield "## The action\n"
    yield "`uses: org/crreg-action@v1`, under `with:`.\n"
    yield _inputs(metadata["inputs"])
    yield "### Outputs\n"
    yield _outputs(metadata["outputs"])
    yield _EXIT_CODES


def _compared() -> Iterator[str]:
    offers = {name: _offer(read_yaml(ROOT / f".github/workflows/{name}")) for name in _WORKFLOWS}
    rows = dict.fromkeys(key for offer in offers.values() for key in offer)
    kinds = ("input", "secret", "output", "permission")
    header = ("", *(f"[{name.removesuffix('.yml')}](#{anchor(name)})" for name in _WORKFLOWS))
    yield "## The workflows compared\n"
    yield "A caller must grant all permissions of a workflow, also for what it does not use.\n"
    yield _table(
        header,
        (
            (f"{kind} `{key}`", *(offers[name].get((kind, key), "") for name in _WORKFLOWS))
            for kind, key in sorted(rows, key=lambda row: kinds.index(row[0]))
        ),
    )


def _offer(workflow: Mapping[Any, Any]) -> dict[tuple[str, str], str]:
    """What a workflow to call takes, gives and asks for, by kind and name; the text is for a cell."""
    call = workflow[True]["workflow_call"]
    offer = {(kind, key): "yes" for kind in ("input", "secret", "output") for key in call.get(f"{kind}s", {})}
    for job in workflow["jobs"].values():
        offer |= {("permission", key): level for key, level in job["permissions"].items()}
    return offer


def _workflows() -> Iterator[str]:
    for name in _WORKFLOWS:
        path = f".github/workflows/{name}"
        workflow = read_yaml(ROOT / path)
        call = workflow[True]["workflow_call"]
        callers = " and ".join(f"[examples/{caller}](../examples/{caller})" for caller in _EXAMPLES[name])
        yield f"## {name}\n"
        yield f"{_REST[name]} `uses: org/crreg-action/{path}@v1`; to copy:\n{callers}.\n"
        yield _inputs(call["inputs"])
        if "secrets" in call:
            yield "### Secrets\n"
            yield _table(
                ("secret", "what it is"), ((f"`{key}`", _cell(of)) for key, of in call["secrets"].items())
            )
        yield "### Outputs\n"
        yield _outputs(call["outputs"])


def _inputs(inputs: Mapping[str, Any]) -> str:
    rows = ((f"`{name}`", _cell(of), _default(of.get("default"))) for name, of in inputs.items())
    return _table(("input", "what it is", "default"), rows)


def _outputs(outputs: Mapping[str, Any]) -> str:
    return _table(("output", "what it is"), ((f"`{name}`", _cell(of)) for name, of in outputs.items()))


def _cell(described: Mapping[str, Any]) -> str:
    words = " ".join(str(described["description"]).split())
    return re.sub(r"([\\|_*<`\[\]])", r"\\\1", words)


def _default(value: object) -> str:
    if value in (None, ""):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    lines += [re.sub(r"\|  (?=\|)", "| ", f"| {' | '.join(row)} |") for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
