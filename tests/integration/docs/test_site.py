"""The documentation's site builds without a warning, has every page that findings link to, and needs no server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from docs.generate import ROOT, SCHEMAS
from docs.site.__main__ import rewritten
from tests.integration.dashboard.conftest import browse
from tests.unit.docs.pages import PAGES, anchors_of

from crreg.findings.documentation import HOME, MAJOR, SITE, operations_page, registry_page, rule_page
from crreg.registry.providers import PROVIDERS
from crreg.rules.catalog import RULES

FILES = f"{HOME}/blob/{MAJOR}"
ELSEWHERE = re.compile(
    r"""<(?:script|img|iframe|link rel="(?:stylesheet|preload)")[^>]*(?:src|href)="(?:https?:)?//"""
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "docs.site", folder], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def leads_somewhere(site: Path, address: str) -> bool:
    """Whether the site has a page with that address and, on it, the place that its fragment names."""
    path, _, fragment = address.removeprefix(f"{SITE}/").partition("#")
    page = site / path / "index.html"
    return page.is_file() and (not fragment or f'id="{fragment}"' in page.read_text(encoding="utf-8"))


def test_it_has_every_place_that_crreg_links_to(site: Path) -> None:
    addresses = [
        *(rule_page(rule.id) for rule in RULES),
        *(registry_page(provider.page) for provider in PROVIDERS),
        operations_page("ecr-without-a-long-lived-key"),
    ]
    assert [address for address in addresses if not leads_somewhere(site, address)] == []
    assert not leads_somewhere(site, rule_page("no-such-rule"))


def test_its_headings_have_the_anchors_that_they_have_on_github(site: Path) -> None:
    rules = ROOT / "docs/rules.md"
    assert [name for name in anchors_of(rules) if not leads_somewhere(site, rule_page(name))] == []


def test_every_page_can_be_searched_and_asks_no_other_server(site: Path) -> None:
    pages = [
        page.relative_to(ROOT / "docs").with_suffix("") for page in PAGES if ROOT / "docs" in page.parents
    ]
    names = re.search(r'"docnames":\s*(\[[^]]*\])', (site / "searchindex.js").read_text(encoding="utf-8"))
    assert names is not None
    found = [page.as_posix().replace("README", "index") for page in pages]
    assert [name for name in [*found, "index"] if f'"{name}"' not in names[1]] == []
    html = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert [path for path, text in html.items() if ELSEWHERE.search(text)] == []


@pytest.mark.npm
def test_its_search_finds_what_people_have_before_them(site: Path) -> None:
    pages = {"403": "troubleshooting", "expired password": "rules", "not assigned": "rules"}
    page = (site / "search/index.html").as_uri()
    found = browse("../docs/search.mjs", page, *pages, "qwertz")
    assert {text: name for text, name in pages.items() if f"../{name}/" not in found[text]} == {}
    assert found["qwertz"] == []


@pytest.mark.npm
def test_axe_finds_nothing_in_pages_of_every_kind(site: Path) -> None:
    """With text and pictures, with wide blocks, with wide tables, of a deeper folder, and the search."""
    names = ("index.html", "architecture/index.html", "command/index.html", "registries/azure/index.html")
    pages = [(site / name).as_uri() for name in (*names, "search/index.html")]
    found = browse("../docs/accessibility.mjs", *pages)
    assert len(found) == 2 * len(pages)
    assert {page: said for page, said in found.items() if said} == {}


def test_it_has_every_picture(site: Path) -> None:
    pictures = [
        (page, found[1])
        for page in site.rglob("*.html")
        for found in re.finditer(r'<(?:img|source)[^>]*? (?:src|srcset)="([^":]+)"', page.read_text("utf-8"))
    ]
    assert len(pictures) > 4
    assert [each for each in pictures if not (each[0].parent / each[1]).is_file()] == []


def test_it_has_the_schemas_as_they_are(site: Path) -> None:
    published = {path.name: path.read_bytes() for path in (site / "schemas").iterdir()}
    assert published == {path.name: path.read_bytes() for path in SCHEMAS.iterdir()}


@pytest.mark.parametrize(
    ("path", "link", "on_the_site"),
    [
        ("README.md", "docs/rules.md#the-rules", "rules.md#the-rules"),
        ("README.md", "examples/ensure.yml", f"{FILES}/examples/ensure.yml"),
        ("README.md", "docs/images/job-summary.png", "images/job-summary.png"),
        ("docs/rules.md", "operations.md", "operations.md"),
        ("docs/rules.md", "#rules", "#rules"),
        ("docs/rules.md", "../README.md#use", "index.md#use"),
        ("docs/rules.md", "../src/crreg/rules", f"{FILES}/src/crreg/rules"),
        ("docs/rules.md", "https://example.com/docs/a.md", "https://example.com/docs/a.md"),
        ("docs/registries/ghcr.md", "../publish.md", "../publish.md"),
        ("docs/registries/ghcr.md", "../../README.md", "../index.md"),
        ("docs/registries/ghcr.md", "README.md#all", "index.md#all"),
        ("docs/first-check.md", "registries/README.md", "registries/index.md"),
        ("docs/architecture.md", "../docs", f"{FILES}/docs"),
        ("docs/architecture.md", "images/make.py", f"{FILES}/docs/images/make.py"),
    ],
)
def test_a_link_leads_to_the_page_or_to_github(path: str, link: str, on_the_site: str) -> None:
    assert rewritten(f"See [this]({link}).", path) == f"See [this]({on_the_site})."


def test_a_picture_in_html_is_named_as_seen_from_the_folder_of_its_page() -> None:
    assert rewritten('<img src="images/a.svg">', "docs/doctor.md") == '<img src="../images/a.svg">'
    assert rewritten('<img src="docs/images/a.svg">', "README.md") == '<img src="images/a.svg">'


def test_a_fenced_block_stays_as_it_is() -> None:
    text = "```text\n[a](../b)\n```\n"
    assert rewritten(text, "docs/rules.md") == text
