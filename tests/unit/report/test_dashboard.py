"""The page's data and badges: what they hold, and that no text of a stranger gets out of its place."""

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.report.hostile import FRAGMENTS

from crreg.exits.status import Status
from crreg.organization.state import Run, Verdict
from crreg.redaction.redact import Redactor
from crreg.report.dashboard.badges import badge_json, badge_svg, organization_message
from crreg.report.dashboard.encoding import as_json, packed
from crreg.report.dashboard.files import OURS, Board, dashboard_files

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RUNS = (Run(1, NOW - timedelta(days=1), "healthy", 2, 0, 0), Run(2, NOW, "unhealthy", 1, 1, 0))
SVG = "{http://www.w3.org/2000/svg}"


def image(reference: str = "acme.azurecr.io/dev:1", **more: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "registry": "acme.azurecr.io",
        "source": "image",
        "path": ".devcontainer/devcontainer.json",
        "line": 3,
        "pull": {"outcome": "denied", "detail": "401"},
        **more,
    }


def triple(level: str = "organization", identifier: str = "ACR") -> dict[str, Any]:
    part = {"level": level, "updated_at": "2026-01-01T00:00:00Z"}
    return {
        "identifier": identifier,
        "server": "acme.azurecr.io",
        "parts": {"SERVER": part, "USER": part, "PASSWORD": part},
        "login": {"outcome": "denied", "detail": "401", "expires_at": "2026-12-01T00:00:00Z"},
    }


def finding(rule: str = "login-failed", message: str = "The login fails.", **more: Any) -> dict[str, Any]:
    return {
        "rule": rule,
        "severity": "error",
        "message": message,
        "steps": [
            {"kind": "command", "value": "gh secret set A"},
            {"kind": "link", "value": "https://a", "text": "A"},
        ],
        "documentation": "https://example.com/rules",
        "triple": "ACR",
        "registry": "acme.azurecr.io",
        "location": None,
        **more,
    }


def repository(name: str = "acme/app", status: str = "unhealthy", **more: Any) -> dict[str, Any]:
    entry = {
        "repository": name,
        "status": status,
        "unchecked": [],
        "findings": [],
        "images": [],
        "triples": [],
    }
    return {**entry, **more}


def document(*repositories: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "organization": "acme",
        "status": "unhealthy",
        "verdict": "Unhealthy: 1 of 2",
        "listed": 9,
        "unchecked": [],
        "notes": [],
        "repositories": list(repositories),
        "findings": [finding()],
        **more,
    }


def test_what_repositories_share_is_there_once() -> None:
    shared: dict[str, Any] = {"images": [image()], "triples": [triple()], "findings": [0]}
    value = packed(document(repository("acme/a", **shared), repository("acme/b", **shared)), RUNS, {})

    assert value["registries"] == ["acme.azurecr.io"]
    assert value["images"] == [("acme.azurecr.io/dev:1", 0)]
    assert value["uses"] == [(0, "image", ".devcontainer/devcontainer.json", 3, "denied", "401")]
    assert (value["used"], value["holding"], value["findings"]) == ([[0], [0]], [[0], [0]], [[0], [0]])
    assert value["credentials"] == [
        (
            "ACR",
            "acme.azurecr.io",
            "organization",
            "2026-12-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "denied",
            "401",
            -1,
        )
    ]
    assert value["statuses"] == "00"
    assert value["at"] == NOW.isoformat()
    assert value["runs"][1] == [NOW.isoformat(), "unhealthy", 1, 0, 1]


@pytest.mark.parametrize("level", ["repository", "user"])
def test_a_credential_of_one_repository_is_its_own(level: str) -> None:
    entries = [repository(name, triples=[triple(level)]) for name in ("acme/a", "acme/b")]

    assert [each[-1] for each in packed(document(*entries), RUNS, {})["credentials"]] == [0, 1]


def test_what_is_not_known_is_empty() -> None:
    bare = {**triple(), "server": None, "login": None, "parts": dict.fromkeys(("SERVER", "USER", "PASSWORD"))}
    value = packed(
        document(repository(images=[image(registry=None, pull=None)], triples=[bare], status="unknown")),
        (),
        {},
    )

    assert value["credentials"] == [("ACR", "", "", None, None, "", "", -1)]
    assert value["uses"][0][-2:] == ("", "")
    assert value["images"][0][1] == -1
    assert (value["at"], value["statuses"]) == (None, "1")


def test_the_newest_of_a_repositorys_verdicts_are_kept() -> None:
    verdicts = [Verdict(run, NOW + timedelta(days=run), "healthy", ()) for run in range(60)]
    verdicts += [Verdict(60, NOW, "gone", ()), Verdict(61, NOW, "unhealthy", ("login-failed",))]
    value = packed(document(repository()), RUNS, {"acme/app": verdicts, "acme/other": verdicts})

    [history] = value["history"]
    assert len(history) == 50
    assert history[-2][1:] == [3, []]
    assert history[-1][1:] == [0, [0]]
    assert value["rules"] == ["login-failed"]


def test_a_causes_address_stays_the_same_when_its_words_change() -> None:
    def addresses(*findings: dict[str, Any]) -> list[str]:
        return [cause["id"] for cause in packed(document(findings=list(findings)), RUNS, {})["causes"]]

    about_file = finding(triple=None, registry=None, location={"path": "a", "line": 2})
    [first, second, third] = addresses(finding(), finding(), about_file)
    assert len({first, second, third}) == 3
    assert addresses(finding(message="Other words.")) == [first]
    assert addresses({**about_file, "message": "Another place."}) != [third]


@pytest.mark.parametrize("missing", ["verdict", "repositories", "findings", "status"])
def test_another_shape_is_an_error(missing: str) -> None:
    broken = {name: value for name, value in document(repository()).items() if name != missing}

    with pytest.raises(KeyError):
        packed(broken, RUNS, {})


def test_no_text_ends_a_script_or_a_line() -> None:
    hostile = "".join(FRAGMENTS) + "</script><!--<script>\u2028\u2029\0\ud800'\"\\"
    entry = repository(
        hostile,
        images=[image(hostile, registry=hostile, path=hostile)],
        triples=[triple(identifier=hostile)],
        unchecked=[hostile],
        findings=[0],
    )
    report = document(
        entry, verdict=hostile, notes=[hostile], findings=[finding(hostile, hostile, triple=hostile)]
    )
    text = as_json(packed(report, RUNS, {}))

    assert text.isascii()
    assert text.isprintable()
    assert not set("<>&") & set(text)
    value = json.loads(text)
    assert value["names"][0].isprintable()
    assert value["causes"][0]["message"].isprintable()


def test_a_text_that_names_a_prototype_is_no_key() -> None:
    entry = repository(
        "__proto__", images=[image("__proto__", registry="__proto__")], unchecked=["__proto__"]
    )

    assert '"__proto__":' not in as_json(packed(document(entry), RUNS, {"__proto__": ()}))


def test_a_secret_is_redacted_again() -> None:
    made = dashboard_files(
        [Board(document(repository(unchecked=["s3cr3t-value"])), RUNS, {})], Redactor(["s3cr3t-value"])
    )

    assert "s3cr3t" not in "".join(made.values())
    assert "***" in made["data/1.js"]


def test_every_file_is_one_that_a_later_run_may_delete() -> None:
    board = Board(document(repository("acme/.github"), repository("acme/a_b-c.d")), RUNS, {})
    made = dashboard_files([board], Redactor([]))

    assert [path for path in made if not OURS.fullmatch(path)] == []
    assert {
        "index.html",
        "data/1.js",
        "badge.svg",
        "badges/acme.json",
        "badges/acme/.github.svg",
    } <= made.keys()


@pytest.mark.parametrize(
    "name", ["../../x", "acme/..", "/etc/passwd", "acme/a/b", "acme/\0", "acme", "acme/a\n"]
)
def test_a_name_that_leads_elsewhere_has_no_badge(name: str) -> None:
    made = dashboard_files([Board(document(repository(name), organization="../x"), RUNS, {})], Redactor([]))

    assert [path for path in made if path.startswith("badges/")] == []


def test_two_organizations_share_a_page() -> None:
    boards = [
        Board(document(repository(f"{name}/app"), organization=name), RUNS, {}) for name in ("acme", "beta")
    ]
    made = dashboard_files(boards, Redactor([]))

    assert made["data/organizations.js"] == 'crreg.organizations = ["acme","beta"];\n'
    assert {"data/1.js", "data/2.js", "badges/acme.svg", "badges/beta/app.json"} <= made.keys()
    assert "badge.svg" not in made


def test_the_page_loads_every_script_and_nothing_else() -> None:
    made = dashboard_files([Board(document(), RUNS, {})], Redactor([]))
    page = made["index.html"]

    assert all(f'"{name}"' in page for name in made if name.endswith((".js", ".css")) and name != "data/1.js")
    assert "http:" not in page
    assert "https:" not in page
    for name, text in made.items():
        if name.endswith(".js") and not name.startswith("data/"):
            assert not [
                sink
                for sink in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(")
                if sink in text
            ]


@pytest.mark.parametrize(
    ("status", "statuses", "message"),
    [
        ("healthy", ["healthy"], "healthy"),
        ("healthy", [], "healthy"),
        ("unhealthy", ["healthy", "unhealthy", "unknown"], "1 of 3 failing"),
        ("unknown", ["healthy", "unknown"], "1 of 2 unknown"),
        ("unknown", ["healthy"], "unknown"),
    ],
)
def test_the_organizations_badge_says_how_many(status: str, statuses: list[str], message: str) -> None:
    entries = [repository(f"acme/{number}", each) for number, each in enumerate(statuses)]

    assert organization_message(document(*entries, status=status)) == message


@pytest.mark.parametrize("status", list(Status))
def test_a_badge_for_shields_has_its_members(status: Status) -> None:
    badge = json.loads(badge_json(status, "1 of 3"))

    assert badge["schemaVersion"] == 1
    assert (badge["label"], badge["message"]) == ("codespaces", "1 of 3")
    assert badge["isError"] is (status is Status.UNHEALTHY)
    assert len(badge["color"]) == 6


@pytest.mark.parametrize("fragment", [*FRAGMENTS, "]]>", "\0", "\ufffe"])
def test_a_badge_is_a_picture_whatever_the_name(fragment: str) -> None:
    root = ET.fromstring(badge_svg(f"acme/{fragment}", Status.UNKNOWN, "unknown"))  # noqa: S314 - our own

    assert {each.tag for each in root.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "rect", "path", "g", "text")
    }
    assert [each.text for each in root.iter(f"{SVG}text")] == ["codespaces", "unknown"]


def test_the_page_is_in_the_package() -> None:
    page = Path(__file__).parents[3] / "src/crreg/report/dashboard/page"
    made = dashboard_files([Board(document(), RUNS, {})], Redactor([]))

    assert {path.name for path in page.iterdir()} <= made.keys()
