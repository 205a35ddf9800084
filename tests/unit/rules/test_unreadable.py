"""Each reason why the secrets could not be listed has a remedy of its own."""

from dataclasses import replace

import pytest
from tests.unit.rules.facts_builder import facts, image, inventory, level, login, triple

from crreg.facts.model import Facts
from crreg.github.errors import Reason
from crreg.github.inventory import LevelInventory, LevelStatus
from crreg.github.levels import Level
from crreg.rules.catalog import judge

PERMISSION = 'organization permission "Organization codespaces secrets" (read)'
PASSED = "  token: ${{ secrets.CODESPACES_ADMIN_TOKEN }}"
STORED = "  gh secret set CODESPACES_ADMIN_TOKEN --app actions --repo org/app"
ASKED = "  read -rs GH_TOKEN && export GH_TOKEN"
GH = "gh auth token --hostname github.com"
LOG_IN = "  gh auth login --hostname github.com"


def remedy(found: Facts) -> str:
    (finding,) = (finding for finding in judge(found) if finding.rule == "unreadable-secrets")
    return finding.remedy


def unlisted(reason: Reason) -> LevelInventory:
    return level(
        Level.ORGANIZATION, LevelStatus.UNREADABLE, detail="no", permission=PERMISSION, reason=reason
    )


WORDS = {
    Reason.MALFORMED_TOKEN: "Store the token again, as one line with no space before or after it",
    Reason.BAD_TOKEN: "Create a new token with the same permissions: https://github.com/settings/tokens",
    Reason.SINGLE_SIGN_ON: "Authorize the token for the single sign-on of org under Configure SSO: "
    "https://github.com/settings/tokens",
    Reason.IP_ALLOW_LIST: "IP allow list: https://github.com/organizations/org/settings/security",
    Reason.FREE_PLAN: "https://github.com/organizations/org/settings/billing",
    Reason.NOT_FOUND: f"It needs the {PERMISSION}. GitHub gives the same answer if the organization's plan is Free",
    Reason.FORBIDDEN: f"It needs the {PERMISSION}.",
    Reason.NO_CA_FILE: "Correct the path in that environment variable, or unset it.",
    Reason.RATE_LIMITED: "Run crreg again later",
    Reason.UNREACHABLE: "HTTPS_PROXY",
}


def test_no_two_reasons_share_a_remedy() -> None:
    remedies = {remedy(facts(triple(), inventory=inventory(unlisted(reason)))) for reason in Reason}

    assert len(remedies) == len(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_level_has_the_remedy_of_its_reason(reason: Reason) -> None:
    assert WORDS[reason] in remedy(facts(triple(), inventory=inventory(unlisted(reason))))


@pytest.mark.parametrize("reason", Reason)
def test_a_repository_has_the_remedy_of_its_reason(reason: Reason) -> None:
    found = remedy(facts(triple(), inventory=inventory(repository=None, detail="no", reason=reason)))

    if reason is Reason.NOT_FOUND:
        assert found.startswith("Check the repository's name.")
    else:
        assert WORDS[reason].replace(PERMISSION, 'repository permission "Codespaces secrets"') in found


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("is_server", [False, True])
def test_no_token_helps_where_there_are_no_codespaces(*, is_server: bool, whole: bool) -> None:
    missing = (
        inventory(repository=None, detail="no", reason=Reason.NOT_FOUND)
        if whole
        else inventory(unlisted(Reason.NOT_FOUND))
    )
    missing = replace(missing, is_enterprise_server=is_server)
    # The name of a host proves nothing: a proxy or a stand-in may have any.
    found = remedy(facts(triple(), inventory=missing, web_url="https://git.corp.example"))
    assert ("git.corp.example is a GitHub Enterprise Server" in found) is is_server
    assert ("plan is Free" in found or "give the token access" in found) is not is_server


def test_one_level_that_is_not_found_is_no_enterprise_server() -> None:
    """Where the repository's secrets are listed, there are Codespaces, whatever the host is called."""
    listed = inventory(level(Level.REPOSITORY), unlisted(Reason.NOT_FOUND))
    (finding,) = judge(facts(triple(), inventory=listed, web_url="https://git.corp.example"))
    assert finding.message.startswith("The organization's Codespaces secrets could not be listed: no")
    assert WORDS[Reason.NOT_FOUND] in finding.remedy


@pytest.mark.parametrize(
    ("where", "visibility", "is_organization", "depends"),
    [
        (Level.ORGANIZATION, "public", True, True),
        (Level.REPOSITORY, "private", True, True),
        (Level.REPOSITORY, "public", True, False),
        (Level.REPOSITORY, "private", False, False),
        (Level.USER, "private", True, False),
    ],
)
def test_a_plan_is_named_only_where_one_decides(
    where: Level, visibility: str, *, is_organization: bool, depends: bool
) -> None:
    refused = level(where, LevelStatus.UNREADABLE, detail="no", reason=Reason.NOT_FOUND)
    listed = inventory(refused)
    assert listed.repository is not None
    seen = replace(listed.repository, visibility=visibility, owner_is_organization=is_organization)
    found = remedy(facts(triple(), inventory=replace(listed, repository=seen)))
    assert ("plan is Free" in found) is depends


@pytest.mark.parametrize("reason", [Reason.FORBIDDEN, Reason.NOT_FOUND])
@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (
            {"repo"},
            "Give crreg a personal access token or a GitHub App token that can list them. It needs the scope",
        ),
        ({"repo", "admin:org"}, "Give crreg the token of an owner of org. This one already has the scope"),
    ],
)
def test_a_token_with_the_scope_is_not_asked_for_it_again(
    scopes: set[str], expected: str, reason: Reason
) -> None:
    unread = replace(unlisted(reason), permission="scope `admin:org`")
    found = replace(inventory(unread), scopes=frozenset(scopes))
    assert remedy(facts(triple(), inventory=found)).startswith(f"{expected} `admin:org`.")


def test_what_could_not_be_listed_is_read_before_the_warnings_that_it_causes() -> None:
    found = judge(facts(image(pull="denied"), inventory=None))
    assert [finding.rule for finding in found] == ["unreadable-secrets", "uncovered-registry"]
    known = level(Level.USER, LevelStatus.UNREADABLE, detail="no", reason=Reason.FORBIDDEN)
    harmless = judge(
        facts(triple(login=login("unreachable")), image(pull="unreachable"), inventory=inventory(known))
    )
    assert harmless[-1].rule == "unreadable-secrets"


def lines(found: Facts) -> list[str]:
    """The lines of the remedy to paste."""
    return [line for line in remedy(found).splitlines() if line.startswith("  ")]


def test_a_step_without_a_token_is_told_how_to_pass_it_and_how_to_store_it() -> None:
    assert lines(facts(triple(), inventory=None, in_workflow=True)) == [PASSED, STORED]


def test_in_a_terminal_gh_has_no_token_either_so_it_has_to_log_in() -> None:
    assert lines(facts(triple(), inventory=None)) == [LOG_IN, ASKED]


def test_the_variable_to_set_is_the_one_that_wins() -> None:
    own = facts(triple(), inventory=None, web_url="https://github.example")
    assert lines(own)[-1] == "  read -rs GH_ENTERPRISE_TOKEN && export GH_ENTERPRISE_TOKEN"


@pytest.mark.parametrize(
    ("source", "in_workflow", "expected"), [("", True, STORED), ("", False, ASKED), (GH, False, LOG_IN)]
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_new_token_is_kept_where_the_next_run_finds_it(
    *, source: str, in_workflow: bool, expected: str, whole: bool
) -> None:
    refused = (
        inventory(repository=None, detail="no", reason=Reason.BAD_TOKEN)
        if whole
        else inventory(unlisted(Reason.BAD_TOKEN))
    )
    assert lines(facts(triple(), inventory=refused, in_workflow=in_workflow, token_source=source)) == [
        expected
    ]


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [(frozenset({"gist"}), "scope `repo`"), (None, 'repository permission "Codespaces secrets"')],
)
def test_a_token_that_can_not_see_the_repository_needs_what_its_kind_has(
    scopes: frozenset[str] | None, expected: str
) -> None:
    hidden = inventory(repository=None, detail="no", reason=Reason.NOT_FOUND, scopes=scopes)
    assert remedy(facts(triple(), inventory=hidden)).endswith(f"It needs the {expected}.")


HAS = frozenset({"repo", "read:org", "gist"})


def refresh(
    scopes: frozenset[str], *levels: Level, source: str = GH, reason: Reason = Reason.FORBIDDEN
) -> set[str]:
    """The lines with `gh auth refresh` among the remedies, if these levels are refused."""
    refused = [
        level(each, LevelStatus.UNREADABLE, detail="no", permission="p", reason=reason) for each in levels
    ]
    found = judge(facts(triple(), inventory=inventory(*refused, scopes=scopes), token_source=source))
    lines = [line for finding in found for line in finding.remedy.splitlines()]
    return {line.strip() for line in lines if "gh auth refresh" in line}


@pytest.mark.parametrize(
    ("scopes", "levels", "added"),
    [
        (HAS, (Level.ORGANIZATION,), "admin:org"),
        (HAS, (Level.ORGANIZATION, Level.USER), "admin:org,codespace:secrets"),
        (HAS | {"codespace"}, (Level.ORGANIZATION, Level.USER), "admin:org"),
        (HAS | {"admin:org"}, (Level.ORGANIZATION, Level.USER), "codespace:secrets"),
    ],
)
def test_gh_is_asked_for_exactly_the_scopes_that_its_token_lacks(
    scopes: frozenset[str], levels: tuple[Level, ...], added: str
) -> None:
    for reason in (Reason.FORBIDDEN, Reason.NOT_FOUND):
        assert refresh(scopes, *levels, reason=reason) == {f"gh auth refresh -h github.com -s {added}"}


def test_gh_can_not_help_if_the_token_has_the_scope_or_is_not_its_own() -> None:
    assert refresh(HAS | {"admin:org"}, Level.ORGANIZATION) == set()
    assert refresh(HAS, Level.ORGANIZATION, source="") == set()
    assert refresh(HAS, Level.ORGANIZATION, reason=Reason.SINGLE_SIGN_ON) == set()


def test_a_repository_that_gh_may_not_see_needs_the_scope_of_repositories() -> None:
    hidden = inventory(
        repository=None, detail="no", reason=Reason.NOT_FOUND, scopes=frozenset({"read:org", "gist"})
    )
    found = facts(triple(), inventory=hidden, token_source=GH, web_url="https://octo.ghe.com")
    assert "gh auth refresh -h octo.ghe.com -s repo" in remedy(found)
