"""The page that PyPI shows is README, whose relative links lead nowhere there."""

import re
import subprocess
import sys

import pytest
from docs.generate import ROOT

from crreg import __version__

LINKS = re.compile(r'\]\(([^)]+)\)|(?:src|srcset)="([^"]+)"')


@pytest.fixture(scope="module")
def page() -> str:
    command = [sys.executable, "-m", "hatchling", "metadata", "readme"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_link_of_the_page_on_pypi_is_absolute(page: str) -> None:
    targets = [first or second for first, second in LINKS.findall(page)]

    assert len(targets) > 20
    assert [target for target in targets if not target.startswith(("https://", "#"))] == []


def test_files_of_the_page_on_pypi_are_those_of_the_release(page: str) -> None:
    prefix = re.compile(
        r"https://(?:github\.com/org/crreg-action/blob|raw\.githubusercontent\.com/org/crreg-action)/(v[^/]+)/([^)\s\"#]+)"
    )
    files = prefix.findall(page)

    assert {version for version, _ in files} == {f"v{__version__}"}
    assert [path for _, path in files if not (ROOT / path).exists()] == []
