"""Each reason why the secrets could not be listed has a remedy of its own."""

import pytest
from tests.unit.rules.facts_builder import facts, inventory, level, triple

from crreg.facts.model import Facts
from crreg.github.errors import Reason
from crreg.github.inventory import LevelInventory, LevelStatus
from crreg.github.levels import Level
from crreg.rules.catalog import judge

PERMISSION = 'organization permission "Organization codespaces secrets" (read)'
TOKEN = "  token: ${{ secrets.CODESPACES_ADMIN_TOKEN }}"
EXPORT = '  export GITHUB_TOKEN="$(env -u GITHUB_TOKEN -u GH_TOKEN gh auth token)"'
ASKED = "  read -rs GITHUB_TOKEN && export GITHUB_TOKEN"


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
    Reason.FREE_PLAN: "https://github.com/organizations/org/settings/billing",
    Reason.NOT_FOUND: f"it needs {PERMISSION}. GitHub gives the same answer if the organization's plan is Free",
    Reason.FORBIDDEN: f"It needs {PERMISSION}.",
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


@pytest.mark.parametrize(("in_workflow", "line", "new"), [(True, TOKEN, TOKEN), (False, EXPORT, ASKED)])
def test_a_token_is_handed_over_where_crreg_runs(*, in_workflow: bool, line: str, new: str) -> None:
    missing = facts(triple(), inventory=None, in_workflow=in_workflow)
    ended = facts(triple(), inventory=inventory(unlisted(Reason.BAD_TOKEN)), in_workflow=in_workflow)

    assert remedy(missing).splitlines()[-1] == line
    assert remedy(ended).splitlines()[-1] == new


GH = "gh auth token --hostname github.com"
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
