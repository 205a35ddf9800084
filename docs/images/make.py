"""Makes every picture of the documentation from real runs; `make pictures` runs it, as root.

The terminals are drawn from what the command prints. For the job summary and the annotation, the action runs on the
demo's repository as its container runs it. Its Markdown is masked as the runner masks it, turned into HTML, and shown
in a browser without a window, in a style of our own that looks like GitHub's. What was photographed is kept beside the
pictures as text. tests/integration/test_pictures.py fails when a picture is out of date.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from docs.images.levels import DARK, LIGHT, levels
from docs.images.scenes import RECOVERY_TITLE, TITLE, recorded, recovered
from docs.images.terminal import recording, still
from markdown_it import MarkdownIt
from sandbox.command import surroundings
from sandbox.demo import COMPOSE, REPOSITORY, prepare_repository, prepare_world
from sandbox.runner_masking import Seen, seen
from sandbox.world import running_world
from tests.integration.dashboard.conftest import browse, write
from tests.integration.dashboard.remembered import remember

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
_WIDTH = 900
"""CSS pixels: about as wide as a README is shown."""
_TALLEST = 4000


@dataclass(frozen=True, slots=True)
class Annotation:
    """An annotation of a file's line, as GitHub shows it."""

    path: str
    line: int
    title: str
    text: str

    def as_text(self) -> str:
        """All of it, to be kept and compared."""
        return f"{self.path}:{self.line}: {self.title}\n\n{self.text}\n"


SUMMARY_TEXT = FOLDER / "job-summary.txt"
ANNOTATION_TEXT = FOLDER / "annotation.txt"
DASHBOARD_TEXT = FOLDER / "dashboard.txt"
TERMINAL = FOLDER / "terminal.svg"
DOCTOR = FOLDER / "doctor.svg"
LEVELS = {FOLDER / "levels.svg": LIGHT, FOLDER / "levels-dark.svg": DARK}


def main() -> int:
    """Write every picture beside this file, and what the photographs show."""
    for path, theme in LEVELS.items():
        path.write_text(levels(theme), encoding="utf-8")
    TERMINAL.write_text(recording(recorded(), TITLE), encoding="utf-8")
    DOCTOR.write_text(still(recovered(), RECOVERY_TITLE), encoding="utf-8")
    told = run_the_action()
    annotation = shown_annotation(told)
    SUMMARY_TEXT.write_text(told.summary, encoding="utf-8")
    ANNOTATION_TEXT.write_text(annotation.as_text(), encoding="utf-8")
    light = (FOLDER / "style.css").read_text(encoding="utf-8")
    dark = light + (FOLDER / "dark.css").read_text(encoding="utf-8")
    bodies = {"job-summary": summary_body(told.summary), "annotation": annotation_body(annotation, COMPOSE)}
    for name, body in bodies.items():
        photograph(page(body, light), FOLDER / f"{name}.png")
        photograph(page(body, dark), FOLDER / f"{name}-dark.png")
    DASHBOARD_TEXT.write_text(dashboard(FOLDER), encoding="utf-8")
    return 0


def run_the_action() -> Seen:
    """The demo's world, and one step of a workflow in it, whose passwords and token are Actions secrets."""
    with tempfile.TemporaryDirectory(prefix="crreg-pictures-") as name, running_world(Path(name)) as world:
        folder = Path(name)
        workspace = prepare_repository(folder / "shop")
        given = {**world.environment(), **prepare_world(world)}
        # The action takes its token as an input.
        token = given.pop("GITHUB_TOKEN")
        summary = folder / "summary.md"
        ended = subprocess.run(
            [sys.executable, ROOT / "entrypoint.py"],
            env={
                **surroundings(),
                **given,
                "GITHUB_ACTIONS": "true",
                "GITHUB_EVENT_NAME": "pull_request",
                "GITHUB_WORKSPACE": os.fspath(workspace),
                "GITHUB_STEP_SUMMARY": os.fspath(summary),
                "INPUT_TOKEN": token,
                "INPUT_REPOSITORY": REPOSITORY,
                "INPUT_GITHUB-API-URL": given["GITHUB_API_URL"],
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode != 1:
            raise SystemExit(
                f"crreg ended with {ended.returncode}, not with findings:\n{ended.stdout}{ended.stderr}"
            )
        hidden = [token, *(value for name, value in given.items() if name.endswith("_PASSWORD"))]
        return seen(ended.stdout, summary.read_text(encoding="utf-8"), "", hidden)


def dashboard(pictures: Path | None = None) -> str:
    """What the page about the example's organization says first; photographed, light and dark, if a folder is given."""
    with tempfile.TemporaryDirectory(prefix="crreg-pictures-") as name:
        state, site = Path(name) / "crreg.state", Path(name) / "site"
        remember(state)
        ended = write(state, site)
        if ended.returncode:
            raise SystemExit(ended.stderr)
        shown: str = browse(
            "picture.mjs", (site / "index.html").as_uri(), *([str(pictures)] if pictures else [])
        )
        return shown


def shown_annotation(told: Seen) -> Annotation:
    """The one that is photographed: the first."""
    return annotations(told)[0]


def annotations(told: Seen) -> list[Annotation]:
    """Every annotation of a file's line, in the order in which they were written."""
    return [
        Annotation(
            one.properties["file"], int(one.properties["line"]), one.properties.get("title", ""), one.message
        )
        for one in told.annotations
        if "file" in one.properties
    ]


def summary_body(markdown: str) -> str:
    """The job summary as it stands on a run's page, under the name of its job."""
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(markdown)
    return (
        f'<section class="card"><header>check <b>summary</b></header><article>{rendered}</article></section>'
    )


def annotation_body(annotation: Annotation, file: str) -> str:
    """The file as a pull request adds it, down to the annotated line, and the annotation under that."""
    rows = "".join(
        f"<tr><td class=number>{number}</td><td class=code>+ {html.escape(text)}</td></tr>"
        for number, text in enumerate(file.splitlines()[: annotation.line], 1)
    )
    return (
        f'<section class="card diff"><header><code>{html.escape(annotation.path)}</code></header>'
        f"<table>{rows}</table>"
        f"<aside><p class=where><b>Check failure</b> on line {annotation.line} in {html.escape(annotation.path)}</p>"
        f"<p class=by>GitHub Actions / check</p><h4>{html.escape(annotation.title)}</h4>"
        f"<pre>{html.escape(annotation.text)}</pre></aside></section>"
    )


def page(body: str, style: str) -> str:
    """A whole document, which writes its own height where a dump of it shows it."""
    measure = "document.body.dataset.height = Math.ceil(document.body.getBoundingClientRect().height)"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>crreg</title><style>{style}</style>'
        f"<body>{body}<script>{measure}</script></body></html>"
    )


def photograph(document: str, picture: Path) -> None:
    """Write the document as a PNG of three pixels to two CSS pixels, cropped to its height."""
    with tempfile.TemporaryDirectory(prefix="crreg-browser-") as name:
        source = Path(name) / "page.html"
        source.write_text(document, encoding="utf-8")
        dumped = _browse(Path(name), source, f"--window-size={_WIDTH},{_TALLEST}", "--dump-dom")
        measured = re.search(r'data-height="(\d+)"', dumped)
        if measured is None:
            raise SystemExit("The browser did not say how tall the page is.")
        size = f"--window-size={_WIDTH},{measured[1]}"
        _browse(Path(name), source, size, "--force-device-scale-factor=1.5", f"--screenshot={picture}")


def _browse(profile: Path, source: Path, *options: str) -> str:
    ended = subprocess.run(
        [
            "chromium",
            "--headless=new",
            # The page is ours and holds no script but the one above; root, as in a container, can have no sandbox.
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            "--disable-background-networking",
            f"--user-data-dir={profile / 'profile'}",
            *options,
            source.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if ended.returncode:
        raise SystemExit(f"The browser failed:\n{ended.stderr}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
