"""What is written and what is missing, from literal facts."""

import re
import shlex
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from docs.generate import ROOT
from tests.unit.rules.facts_builder import ACR, REPOSITORY, facts, held, image, inventory, level, triple

from crreg.configuration.parse import parse_configuration
from crreg.facts.model import Holding, TripleFact
from crreg.github.actions_settings import ActionsSettings
from crreg.github.inventory import LevelStatus, Repository
from crreg.github.levels import Level
from crreg.report.setup import found_lines, next_lines, proposal_lines
from crreg.rules.unreadable_secrets import TOKEN
from crreg.setup.look import Seen
from crreg.setup.needs import Need, needs_of
from crreg.setup.proposal import CHECK_WORKFLOW, ORGANIZATION_WORKFLOW, Proposal, propose
from crreg.setup.workflows import check_workflow, configuration, organization_workflow
from crreg.triple import Part, names_of

NEED = Need("ACR", ACR)
SERVER, USER, PASSWORD = map(str, names_of("ACR"))
ALL = ActionsSettings(frozenset({TOKEN, PASSWORD}), frozenset({SERVER, USER}))
NOTHING = ActionsSettings(frozenset(), frozenset())
ANYTHING = "\x1b[31m'; touch /tmp/x #${{ secrets.X }}\n- run: x"
"""What a host can't be, since references and SERVER are parsed; the texts hold all the same."""


def given() -> TripleFact:
    """A triple that is stored and at hand."""
    return triple(server_at_hand=True)


def lines(proposal: Proposal) -> list[str]:
    return [setting.paste for setting in proposal.settings]


def test_a_repository_without_anything_gets_the_workflow_and_every_line() -> None:
    proposal = propose(Seen(facts(image(pull="denied")), NOTHING), [NEED])
    assert [(file.path, file.text) for file in proposal.files] == [(CHECK_WORKFLOW, check_workflow([NEED]))]
    assert lines(proposal) == [
        f"gh secret set {TOKEN} --app actions --repo org/app",
        f"printf %s {ACR} | gh variable set {SERVER} --repo org/app",
        f"gh variable set {USER} --repo org/app",
        f"gh secret set {PASSWORD} --app actions --repo org/app",
        f"printf %s {ACR} | gh secret set {SERVER} --app codespaces --repo org/app",
        f"gh secret set {USER} --app codespaces --repo org/app",
        f"gh secret set {PASSWORD} --app codespaces --repo org/app",
    ]


def test_no_value_is_in_the_arguments_of_gh() -> None:
    proposal = propose(Seen(facts(image(pull="denied")), NOTHING), [NEED])
    words = [setting.line.words for setting in proposal.settings if hasattr(setting.line, "words")]
    assert len(words) == len(proposal.settings)
    assert [word for each in words for word in each if word == "--body" or ACR in word] == []


def test_a_second_run_finds_nothing_missing() -> None:
    seen = Seen(
        facts(given(), image(covered_by="ACR", pull="available")),
        ALL,
        {CHECK_WORKFLOW: check_workflow([NEED])},
        frozenset({CHECK_WORKFLOW}),
    )
    proposal = propose(seen, needs_of(seen.facts))
    assert proposal == Proposal((), kept=(CHECK_WORKFLOW,))
    assert list(next_lines(proposal, proposal.settings, written=True)) == ["Nothing is missing."]


def test_an_existing_workflow_is_told_which_lines_it_lacks() -> None:
    other = Need("HUB", "docker.io")
    seen = Seen(
        facts(given(), triple("HUB", server="docker.io")),
        ALL,
        {CHECK_WORKFLOW: check_workflow([NEED])},
        frozenset({CHECK_WORKFLOW}),
    )
    proposal = propose(seen, [NEED, other])
    assert proposal.lacking == tuple(
        f"{name}: ${{{{ {'secrets' if name.part is Part.PASSWORD else 'vars'}.{name} }}}}"
        for name in names_of("HUB")
    )
    assert [file.path for file in proposal.files] == [".github/crreg.yml"]


def test_a_check_in_another_workflow_is_enough() -> None:
    path = ".github/workflows/ci.yml"
    seen = Seen(facts(given()), ALL, {path: check_workflow([NEED])})
    assert propose(seen, [NEED]) == Proposal((), kept=(path,))


def test_a_schedule_is_no_check_of_pull_requests() -> None:
    called = "uses: org/crreg-action/.github/workflows/registry-health.yml@v1\non: schedule\n"
    proposal = propose(Seen(facts(given()), ALL, {".github/workflows/health.yml": called}), [NEED])
    assert [file.path for file in proposal.files] == [CHECK_WORKFLOW]


def test_a_file_of_the_same_name_that_does_not_run_crreg_is_left_alone() -> None:
    proposal = propose(Seen(facts(given()), ALL, paths=frozenset({CHECK_WORKFLOW})), [NEED])
    assert (proposal.files, proposal.kept, proposal.strange) == ((), (CHECK_WORKFLOW,), True)
    assert "It does not run crreg." in " ".join(proposal_lines(proposal))


def test_a_configuration_of_either_suffix_is_left_alone() -> None:
    seen = Seen(facts(given()), ALL, paths=frozenset({".github/crreg.yaml"}))
    proposal = propose(seen, [NEED, Need("HUB", "docker.io")])
    assert [file.path for file in proposal.files] == [CHECK_WORKFLOW]
    assert proposal.kept == (".github/crreg.yaml",)


@pytest.mark.parametrize(
    ("at_hand", "needs", "is_written"),
    [
        ("SERVER USER PASSWORD", [NEED], False),
        ("", [NEED], True),
        ("", [Need("ACR", None)], False),
        ("SERVER USER PASSWORD", [NEED, Need("HUB", "docker.io")], True),
    ],
)
def test_the_configuration_is_written_where_it_says_what_crreg_can_not_see(
    at_hand: str, needs: list[Need], *, is_written: bool
) -> None:
    seen = Seen(
        facts(triple(at_hand=at_hand, server_at_hand=bool(at_hand)), triple("HUB", server="docker.io")), ALL
    )
    paths = [file.path for file in propose(seen, needs).files]
    assert (".github/crreg.yml" in paths) is is_written


def test_the_missing_sibling_of_an_organizations_secret_goes_there_with_the_same_readers() -> None:
    stored: dict[str, Holding | tuple[Holding, ...]] = {
        part: held(Level.ORGANIZATION, visibility="selected") for part in (Part.SERVER, Part.USER)
    }
    proposal = propose(Seen(facts(triple(stored=stored)), ALL), [NEED])
    [setting] = proposal.settings
    assert setting.name == PASSWORD
    assert setting.paste.startswith(
        f"gh secret set {PASSWORD} --app codespaces --org org --visibility selected --repos "
    )


def test_an_organization_gets_its_own_workflow_and_secrets_for_private_repositories() -> None:
    proposal = propose(Seen(facts(), NOTHING), [NEED], "org")
    assert [(file.path, file.text) for file in proposal.files] == [
        (ORGANIZATION_WORKFLOW, organization_workflow("org", [NEED]))
    ]
    assert lines(proposal)[-1] == (
        f"gh secret set {PASSWORD} --app codespaces --org org --visibility private"
    )


def test_a_first_run_without_a_token_says_how_to_get_one() -> None:
    said = "It has no GitHub token. Log in with gh auth login, or set GH_TOKEN, and run crreg init again."
    without = propose(Seen(facts(inventory=None)), [NEED])
    refused = propose(
        Seen(facts(inventory=inventory(repository=None, detail="GitHub answered 401."))), [NEED]
    )

    assert said in next_lines(without, (), written=False)
    assert "GitHub answered 401. When that is fixed, run crreg init again." in next_lines(
        refused, (), written=False
    )


def test_what_could_not_be_listed_is_said_and_no_unseen_codespaces_secret_is_replaced() -> None:
    hidden = facts(inventory=inventory(level(Level.ORGANIZATION, LevelStatus.UNREADABLE)))
    proposal = propose(Seen(hidden), [NEED])
    assert proposal.unseen == ("the Actions secrets", "the Actions variables", "the Codespaces secrets")
    assert proposal.why_unseen.startswith(
        'The token may lack the repository permissions "Secrets" and "Variables".'
    )
    assert [line for line in lines(proposal) if "--app codespaces" in line] == []
    assert len(lines(proposal)) == 4


@pytest.mark.parametrize(
    ("owner_is_organization", "organization", "permissions"),
    [
        (True, None, {"organization_codespaces_secrets": "read", "target_name": "org"}),
        (False, None, {"codespaces_user_secrets": "read"}),
        (
            True,
            "org",
            {"organization_codespaces_secrets": "read", "target_name": "org", "contents": "read"},
        ),
    ],
)
def test_the_tokens_page_asks_for_what_a_check_needs(
    organization: str | None, permissions: dict[str, str], *, owner_is_organization: bool
) -> None:
    owned = replace(REPOSITORY, owner_is_organization=owner_is_organization)
    proposal = propose(Seen(facts(inventory=inventory(repository=owned)), NOTHING), [NEED], organization)
    assert proposal.token is not None
    asked = {name: value for name, [value] in parse_qs(urlsplit(proposal.token.url).query).items()}
    assert asked == {"name": "crreg", "expires_in": "90", "codespaces_secrets": "write", **permissions}


@pytest.mark.parametrize("owner_is_organization", [True, False])
def test_the_guide_has_the_very_address_that_init_prints(*, owner_is_organization: bool) -> None:
    owned = Repository("acme/app", 1, "private", "acme", owner_is_organization)
    proposal = propose(Seen(facts(inventory=inventory(repository=owned)), NOTHING), [NEED])
    assert proposal.token is not None
    guide = (ROOT / "docs/first-check.md").read_text(encoding="utf-8")
    assert proposal.token.url in re.findall(r"https://[^\s>]+", guide)


@pytest.mark.parametrize("identifier", ["ACR", "NO", "ON", "NULL", "Y", "TRUE", "_", "_1"])
def test_every_identifier_is_a_key_of_the_configuration(identifier: str) -> None:
    text = configuration([Need(identifier, "acme.azurecr.io:5000")])
    settings = parse_configuration(text, ".github/crreg.yml", rules=frozenset())
    assert settings.registries[identifier].server == "acme.azurecr.io:5000"


def test_a_hostile_host_stays_one_string_in_the_configuration_and_one_word_in_the_shell() -> None:
    loaded = yaml.safe_load(configuration([Need("X", ANYTHING)]))
    assert list(loaded["registries"]) == ["X"]
    assert set(loaded["registries"]["X"]) == {"server"}
    proposal = propose(Seen(facts(), NOTHING), [Need("X", ANYTHING)])
    server = next(line for line in lines(proposal) if "X_CONTAINER_REGISTRY_SERVER" in line)
    words = shlex.split(server)
    assert (len(words), words[3:6], "\n" in server) == (10, ["|", "gh", "variable"], False)


def test_no_host_and_no_image_is_in_a_workflow() -> None:
    hostile = Need("X", ANYTHING, (ANYTHING,))
    assert "touch" not in check_workflow([hostile]) + organization_workflow("org", [hostile])


def test_an_organization_whose_name_is_a_number_stays_a_string() -> None:
    loaded = yaml.safe_load(organization_workflow("1234", []))
    assert loaded["jobs"]["health"]["with"]["organization"] == "1234"


def test_what_was_found_names_the_registries_and_three_images_each() -> None:
    images = tuple(f"{ACR}/{letter}:1" for letter in "abcde")
    assert list(found_lines("org/app", [Need("ACR", ACR, images), Need("LONGER", None)], ["x/y:1"], 0)) == [
        "org/app needs a login for 2 registries:",
        f"  ACR     {ACR}, for {ACR}/a:1, {ACR}/b:1, {ACR}/c:1 and 2 more",
        "  LONGER  a registry that only the stored SERVER names",
        "crreg could not request these images, so it can't tell whether they need a login:",
        "  x/y:1",
    ]


@pytest.mark.parametrize(
    ("undecided", "problems", "verb"),
    [((), 0, "needs"), (("x/y:1",), 0, "is known to need"), ((), 1, "is known to need")],
)
def test_an_image_that_was_not_seen_may_need_a_login(
    undecided: tuple[str, ...], problems: int, verb: str
) -> None:
    first, *others = found_lines("org/app", (), undecided, problems)
    assert first == f"crreg found no image of org/app that {verb} a login."
    assert [line for line in others if "have 1 problem," in line] == others[len(others) - problems :]
