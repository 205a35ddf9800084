"""Every link of README and the documentation leads somewhere."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from docs.generate import ROOT
from tests.unit.docs.pages import NAMES, PAGES, anchors_of, links_of


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_relative_link_leads_to_a_file_and_a_heading_of_it(page: Path) -> None:
    assert [link for link in links_of(page) if not leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_other_link_is_a_whole_https_address(page: Path) -> None:
    others = [urlsplit(link) for link in links_of(page) if urlsplit(link).scheme]

    assert [link.geturl() for link in others if link.scheme != "https" or "." not in link.netloc] == []


def test_every_page_of_the_documentation_can_be_reached_from_readme() -> None:
    reached = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        linked = {target(page, link)[0] for link in links_of(page) if not urlsplit(link).scheme}
        waiting += [path for path in linked if path.suffix == ".md" and path not in reached]

    assert {name for name, page in zip(NAMES, PAGES, strict=True) if page not in reached} == set()


@pytest.mark.parametrize(
    "link", ["nothing-here.md", "docs/rules.md#no-such-rule", "../elsewhere.md", "#nowhere"]
)
def test_a_link_that_leads_nowhere_is_found_out(link: str) -> None:
    assert not leads_somewhere(ROOT / "README.md", link)


def leads_somewhere(page: Path, link: str) -> bool:
    if urlsplit(link).scheme:
        return True
    path, fragment = target(page, link)
    if not path.is_relative_to(ROOT) or not path.exists():
        return False
    return not fragment or (path.suffix == ".md" and fragment in anchors_of(path))


def target(page: Path, link: str) -> tuple[Path, str]:
    """The file and the fragment that a relative link means."""
    parts = urlsplit(link)
    return ((page.parent / unquote(parts.path)).resolve() if parts.path else page), parts.fragment
