"""Run `python -m docs.site FOLDER` to build the documentation's site into a folder; `make site` does.

Sphinx reads a copy of the pages, with README as the first one. GitHub shows the originals, whose links lead to any file
of the repository. The site has only the pages, so the copy's other links lead to GitHub.
"""

import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crreg.findings.documentation import HOME, MAJOR

ROOT = Path(__file__).parents[2]
FIRST = "README.md"
_DOCS = "docs/"
_LINK = re.compile(r"""(?P<before>\]\(|\b(?:href|src|srcset)=")(?P<target>[^)"\s]+)""")
_BADGE = re.compile(r"^\[!\[[^]]*\]\(https://[^)]*\)\]\([^)]*\)\n", re.MULTILINE)
_FENCE = re.compile(r"^( *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_PUBLISHED = (".json", ".sh", ".png", ".svg")
"""The ends of the names of what the site has besides the pages."""
_CONTENTS = {
    "Start": ("first-check", "command", "many-repositories", "terraform"),
    "Use it": (
        "inputs",
        "rules",
        "operations",
        "publish",
        "doctor",
        "organizations",
        "scale",
        "reports",
        "integrations",
        "troubleshooting",
        "upgrading",
    ),
    "Registries": tuple(
        f"registries/{name}"
        for name in ("index", "ghcr", "azure", "docker-hub", "ecr-oidc", "ecr-keys", "google", "others")
    ),
    "How it is made": ("security", "architecture", "wording", "assumptions", "live"),
}
"""The pages by section; Sphinx fails for one that is missing here."""
_ACCESSIBLE = {
    '<p class="caption" role="heading">': '<p class="caption" role="heading" aria-level="2">',
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="All pages">',
    '<aside class="toc-drawer': '<aside aria-label="On this page" class="toc-drawer',
    '<div class="content-icon-container">': '<div class="content-icon-container" role="region" aria-label="This page">',
    # The keyboard scrolls only what it can focus: blocks with long lines, and tables on a phone.
    "<pre>": '<pre tabindex="0">',
    '<div class="table-wrapper': '<div tabindex="0" class="table-wrapper',
    '<div id="search-results">': '<h1>Search</h1>\n<div id="search-results">',
}
"""What the theme writes, and what a screen reader and a keyboard need instead."""


def main() -> None:
    """Build the site into the folder that the command line names."""
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder))
        # Not one warning is fine: most are links that lead nowhere.
        options = ("--builder", "dirhtml", "--fail-on-warning", "--keep-going", "--quiet")
        subprocess.run([sys.executable, "-m", "sphinx", *options, folder, target], check=True)
    for page in target.rglob("*.html"):
        page.write_text(accessible(page.read_text(encoding="utf-8")), encoding="utf-8")


def stage(folder: Path) -> None:
    """Copy to a folder what Sphinx reads."""
    shutil.copy(Path(__file__).with_name("conf.py"), folder)
    for page in (ROOT / "docs").rglob("*.md"):
        path = page.relative_to(ROOT).as_posix()
        _write(folder / _page(path), rewritten(page.read_text(encoding="utf-8"), path))
    # Badges come from other servers, which a reader of the site has not asked for.
    readme = _BADGE.sub("", (ROOT / FIRST).read_text(encoding="utf-8"))
    first = rewritten(readme, FIRST)
    _write(folder / "index.md", "\n".join([first, *_contents()]))
    for file in (ROOT / "docs").rglob("*"):
        if file.suffix in _PUBLISHED:
            # Sphinx finds what pages link to beside them, and publishes `extra` as it is.
            for place in (folder, folder / "extra"):
                copy = place / file.relative_to(ROOT / "docs")
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, copy)


def accessible(html: str) -> str:
    """Return a page of the site with what the theme leaves out."""
    for written, better in _ACCESSIBLE.items():
        html = html.replace(written, better)
    return html


def rewritten(text: str, path: str) -> str:
    """Return a page whose links work on the site; `path` is its path in the repository."""

    def link(match: re.Match[str]) -> str:
        target = _target(match["target"], path)
        if match["before"].endswith('="') and ":" not in target and not _page(path).endswith("index.md"):
            # Sphinx leaves HTML as it is, and gives every page a folder of its own.
            target = f"../{target}"
        return match["before"] + target

    # Every second piece is a fenced block, which holds no link.
    pieces = _FENCE.split(text)
    return "".join(piece if number % 2 else _LINK.sub(link, piece) for number, piece in enumerate(pieces))


def _target(target: str, path: str) -> str:
    file, hash_sign, fragment = target.partition("#")
    if not file or ":" in file:
        return target
    folder = posixpath.dirname(path)
    named = posixpath.normpath(posixpath.join(folder, file))
    here = folder.removeprefix("docs").lstrip("/") or "."
    if named == FIRST or (named.startswith(_DOCS) and named.endswith((".md", *_PUBLISHED))):
        return posixpath.relpath(_page(named), here) + hash_sign + fragment
    return f"{HOME}/blob/{MAJOR}/{named}{hash_sign}{fragment}"


def _page(path: str) -> str:
    """Where the site has a file of the repository; a README is the first page of its folder there."""
    return path.removeprefix(_DOCS).replace("README.md", "index.md")


def _contents() -> Iterator[str]:
    for title, pages in _CONTENTS.items():
        yield f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n"
        yield from pages
        yield "```"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
