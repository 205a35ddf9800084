"""From what was seen to what `crreg init` writes and which values are missing; pure functions."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from crreg.configuration.load import DEFAULT_CONFIGURATION
from crreg.facts.model import Facts
from crreg.facts.questions import absence_known, missing_parts, stored_parts
from crreg.findings.documentation import guide
from crreg.findings.remedy import Command, Link, Shell, command, shell
from crreg.github.gh import gh_words
from crreg.github.levels import Level
from crreg.printable import sentence
from crreg.remedies.commands import (
    environment,
    set_actions_secret,
    set_for_actions,
    set_secret,
    set_secret_like,
)
from crreg.remedies.providers import known_values
from crreg.rules.unreadable_secrets import TOKEN
from crreg.setup.look import WORKFLOWS, Seen
from crreg.setup.needs import Need
from crreg.setup.workflows import ACTION, check_workflow, configuration, organization_workflow
from crreg.triple import Part, SecretName, names_of

CHECK_WORKFLOW = f"{WORKFLOWS}/registry-check.yml"
ORGANIZATION_WORKFLOW = f"{WORKFLOWS}/organization-health.yml"
_SEVERAL = 2
"""From this many registries on, a configuration says which triple is for which."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to write."""

    path: str
    """Relative to the root of the checkout."""
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A secret or variable that does not exist yet, or that could not be seen."""

    name: str
    line: Command | Shell
    """The `gh` command that sets it and asks for its value; only a Command can be run without a shell."""
    value: str | None = None
    """The value, if it is no secret and the same for everybody."""

    @property
    def paste(self) -> str:
        """The line to paste. A known value is not an argument of gh here either: the shell writes it to gh's input."""
        return (
            self.line.line
            if self.value is None
            else f"{shell('printf', '%s', self.value)} | {self.line.line}"
        )


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a repository, or an organization, lacks."""

    files: tuple[NewFile, ...]
    kept: tuple[str, ...] = ()
    """The files that would have been written and exist already, in whatever form."""
    lacking: tuple[str, ...] = ()
    """The lines of `env:` that the existing workflow does not have."""
    strange: bool = False
    """Whether the existing file of the workflow's name does not run crreg."""
    token: Link | None = None
    """Where to create the token; None if it is stored already."""
    settings: tuple[Setting, ...] = ()
    """What Actions lacks, then what Codespaces lacks."""
    unseen: tuple[str, ...] = ()
    """What could not be listed, as the ends of sentences: it may be missing too."""
    why_unseen: str = ""
    """Why not, and what to do, in sentences; empty if everything could be listed."""


def propose(seen: Seen, needs: Sequence[Need], organization: str | None = None) -> Proposal:
    """Compare what there is with what these registries need, in a repository or, if given, an organization."""
    facts = seen.facts
    path = ORGANIZATION_WORKFLOW if organization is not None else CHECK_WORKFLOW
    existing = _existing(seen, path, organization)
    settings = seen.configuration
    # A check of an organization reads the configuration of each repository.
    useful = organization is None and settings is None and _is_useful(facts, needs)
    wanted = configuration(needs) if useful else ""
    kept = tuple(each for each in (existing or (path if path in seen.paths else None), settings) if each)
    text = organization_workflow(organization, needs) if organization is not None else check_workflow(needs)
    token = seen.settings.has(TOKEN, variable=False)
    uses_token = existing is None or TOKEN in seen.workflows[existing]
    unseen = tuple(_unseen(seen, needs))
    return Proposal(
        files=tuple(
            [NewFile(path, text)] * (existing is None and path not in seen.paths)
            + [NewFile(DEFAULT_CONFIGURATION, wanted)] * bool(wanted)
        ),
        kept=kept,
        lacking=tuple(_lacking(seen.workflows[existing], needs)) if existing is not None else (),
        strange=existing is None and path in seen.paths,
        token=_token_page(facts, organization) if token is not True and uses_token else None,
        settings=(
            *([Setting(TOKEN, set_actions_secret(facts, TOKEN))] * (token is not True and uses_token)),
            *_for_actions(seen, needs),
            *_for_codespaces(facts, needs, organization),
        ),
        unseen=unseen,
        why_unseen=_why_unseen(facts) if unseen else "",
    )


def _existing(seen: Seen, path: str, organization: str | None) -> str | None:
    """Return the workflow that does this already: the one of the usual name, else the first other; None without one."""
    if path in seen.workflows:
        return path
    marks = (f"{ACTION}@", "pull_request") if organization is None else (f"{ORGANIZATION_WORKFLOW}@",)
    return next((each for each, text in seen.workflows.items() if all(mark in text for mark in marks)), None)


def _is_useful(facts: Facts, needs: Sequence[Need]) -> bool:
    """Whether a configuration says what crreg can't see: the registry of a triple whose SERVER is only stored."""
    known = {triple.identifier for triple in facts.triples if triple.server_at_hand}
    stored = {triple.identifier for triple in facts.triples if triple.stored}
    return len(needs) >= _SEVERAL or any(
        need.identifier in stored - known and need.registry is not None for need in needs
    )


def _lacking(text: str, needs: Iterable[Need]) -> Iterator[str]:
    for need in needs:
        for name in names_of(need.identifier):
            if str(name) not in text:
                yield environment(str(name)).line


def _for_actions(seen: Seen, needs: Iterable[Need]) -> Iterator[Setting]:
    """Yield what workflows lack: SERVER and USER as variables, and PASSWORD as a secret."""
    for need in needs:
        for name in names_of(need.identifier):
            if seen.settings.has(str(name), variable=name.part is not Part.PASSWORD) is not True:
                yield Setting(str(name), set_for_actions(seen.facts, str(name)), _value(need, name))


def _for_codespaces(facts: Facts, needs: Iterable[Need], organization: str | None) -> Iterator[Setting]:
    """Yield the Codespaces secrets that are certainly missing: an unseen one may exist, with other readers."""
    if not absence_known(facts):
        return
    for need in needs:
        triple = facts.triple(need.identifier)
        stored = stored_parts(triple) if triple is not None else ()
        missing = missing_parts(facts, triple) if triple is not None else tuple(Part)
        for part in missing:
            name = SecretName(need.identifier, part)
            if stored:
                line = set_secret_like(facts, str(name), stored[0].name, stored[0].holding)
            elif organization is not None:
                line = _for_all(facts, str(name), organization)
            else:
                line = set_secret(facts, str(name), Level.REPOSITORY)
            yield Setting(str(name), line, _value(need, name))


def _for_all(facts: Facts, name: str, organization: str) -> Command:
    """Make the command that stores a secret for codespaces of every private repository of an organization."""
    place = ("--app", "codespaces", "--org", organization, "--visibility", "private")
    return command(*gh_words(facts.web_url), "secret", "set", name, *place)


def _value(need: Need, name: SecretName) -> str | None:
    return known_values(need.registry).get(name.part) if need.registry is not None else None


def _unseen(seen: Seen, needs: Sequence[Need]) -> Iterator[str]:
    if seen.settings.secrets is None:
        yield "the Actions secrets"
    if needs and seen.settings.variables is None:
        yield "the Actions variables"
    if needs and not absence_known(seen.facts):
        yield "the Codespaces secrets"


def _why_unseen(facts: Facts) -> str:
    inventory = facts.inventory
    if inventory is None:
        return "It has no GitHub token. Log in with gh auth login, or set GH_TOKEN, and run crreg init again."
    details = [inventory.detail] if inventory.repository is None else []
    details += [level.detail for level in inventory.levels if level.level is not Level.USER]
    why = next(
        filter(None, details), 'The token may lack the repository permissions "Secrets" and "Variables".'
    )
    return f"{sentence(why)} When that is fixed, run crreg init again."


def _token_page(facts: Facts, organization: str | None) -> Link:
    """Link to the page that makes a token with exactly the permissions of a check.

    Source: https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens#pre-filling-fine-grained-personal-access-token-details-using-url-parameters
    """
    known = facts.inventory.repository if facts.inventory is not None else None
    owner = organization or (known.owner if known is not None and known.owner_is_organization else None)
    if owner is None and known is None:
        return Link("Create a token that may list Codespaces secrets", guide("first-check.md#the-token"))
    asked = {"name": "crreg", "expires_in": "90", "codespaces_secrets": "write"}
    if organization is not None:
        asked["contents"] = "read"
    asked |= (
        {"organization_codespaces_secrets": "read", "target_name": owner}
        if owner is not None
        else {"codespaces_user_secrets": "read"}
    )
    where = "all repositories" if organization is not None else f"only {facts.repository}"
    return Link(
        f"Create a token here that can access {where}",
        f"{facts.web_url}/settings/personal-access-tokens/new?{urlencode(asked)}",
    )
