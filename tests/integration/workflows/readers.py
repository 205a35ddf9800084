"""Programs that read a workflow: GitHub's own reader, actionlint, the published schemas, zizmor and shellcheck."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.integration.workflows.documents import PROJECT, ROOT, Document

_HERE = Path(__file__).parent
_PATIENCE = 120
_CONFIGURATION = ROOT / ".github/zizmor.yml"
Complaints = dict[str, list[str]]
"""By the document's name; nothing where nothing is wrong."""


def read(documents: Iterable[Document], files: Iterable[Document]) -> Complaints:
    """What GitHub's own reader and actionlint say, if `files` are what the project's repository holds."""
    read = list(documents)
    asked = {
        "documents": {document.file_name: document.text for document in read},
        "repository": PROJECT,
        "files": {document.name: document.text for document in files},
    }
    program = ["node", str(_HERE / "read_workflows.mjs")]
    answer = json.loads(_output(program, ROOT, json.dumps(asked)))
    return {document.name: answer[document.file_name] for document in read}


def against_schemas(documents: Iterable[Document], folder: Path) -> Complaints:
    """What the schemas say that are published for editors."""
    return {
        document.name: against_schema(
            _written(document, folder),
            "github-actions" if document.name == "action.yml" else "github-workflows",
        )
        for document in documents
    }


def against_schema(path: Path, schema: str) -> list[str]:
    """What the schema of that name, as check-jsonschema has it, says of a file."""
    program = [_beside_python("check-jsonschema"), "--builtin-schema", f"vendor.{schema}"]
    program += ["--output-format=json", str(path)]
    answer: dict[str, Any] = json.loads("\n".join(_complaints(program)))
    problems = [*answer["errors"], *answer.get("parse_errors", [])]
    return [json.dumps(problem) for problem in problems] or (
        [] if answer["status"] == "ok" else [str(answer)]
    )


def audited(documents: Iterable[Document], folder: Path) -> Complaints:
    """What zizmor says at its most pedantic, without the network."""
    paths = {str(_written(document, folder)): document.name for document in documents}
    program = [_beside_python("zizmor"), "--offline", "--no-progress", "--persona=pedantic", "--format=json"]
    program += ["--no-exit-codes", "--config", str(_CONFIGURATION)]
    found: Complaints = {name: [] for name in paths.values()}
    done = subprocess.run(
        [*program, *paths], capture_output=True, text=True, check=True, timeout=_PATIENCE, cwd=folder
    )
    for finding in json.loads(done.stdout):
        place = next(where for where in finding["locations"] if where["symbolic"]["kind"] == "Primary")
        path = place["symbolic"]["key"]["Local"]["verbatim_path"]
        line = place["concrete"]["location"]["start_point"]["row"] + 1
        found[paths[path]].append(f"zizmor: {line}: {finding['ident']}: {finding['desc']}")
    unread = [name for path, name in paths.items() if f"completed {path}" not in done.stderr]
    assert unread == [], done.stderr
    return found


def shell_checked(documents: Iterable[Document]) -> Complaints:
    """What shellcheck says of every `run`, where an expression counts as a word."""
    return {document.name: list(_shell_complaints(document)) for document in documents}


def _shell_complaints(document: Document) -> Iterator[str]:
    for job in document.content.get("jobs", {}).values():
        for step in job.get("steps", []):
            if "run" in step:
                # GitHub runs it so, and the variables of env are there.
                program = [
                    _beside_python("shellcheck"),
                    "--shell=bash",
                    "--exclude=SC2154",
                    "--format=gcc",
                    "-",
                ]
                yield from _complaints(program, step["run"])


def _complaints(program: list[str], text: str = "") -> list[str]:
    done = subprocess.run(program, input=text, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    assert done.stderr == ""
    return done.stdout.splitlines()


def _output(program: list[str], folder: Path, text: str = "") -> str:
    done = subprocess.run(
        program, input=text, capture_output=True, text=True, check=False, timeout=_PATIENCE, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _written(document: Document, folder: Path) -> Path:
    path = folder / document.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document.text)
    return path


def _beside_python(program: str) -> str:
    return str(Path(sys.executable).with_name(program))
