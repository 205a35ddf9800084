"""Each reason why the secrets could not be listed has a remedy of its own."""

import pytest
from tests.unit.rules.facts_builder import facts, inventory, level, triple

from crreg.facts.model import Facts
from crreg.github.errors import Reason
from crreg.github.inventory import Level, LevelInventory, LevelStatus
from crreg.rules import judge

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
    Reason.RATE_LIMITED: "Run the check again later",
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
