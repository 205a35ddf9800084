"""The data of a sandbox GitHub: accounts, repositories, secrets, packages, issues, Apps and tokens."""

import base64
import functools
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.github.git_objects import History
from sandbox.github.identity import Identity
from sandbox.github.sealed import SealingKey

ROLES = ("read", "triage", "write", "maintain", "admin")
"""Repository roles, weakest first."""
FOUNDED = datetime(2020, 1, 1, tzinfo=UTC)
"""When everything was created, unless a test says otherwise."""


@dataclass
class Account:
    """A user or an organization."""

    id: int
    login: str
    is_organization: bool
    plan: str
    """`free`, `team` or `enterprise`; an organization on `free` has no Codespaces secrets."""
    members: dict[str, str] = field(default_factory=dict)
    """Login in lower case to `member` or `admin`."""
    enterprise: str = ""
    """The slug of the enterprise that an organization belongs to; empty for none."""
    saml: bool = False
    """Whether a classic token must be authorized for this organization."""
    forbids_classic: bool = False
    """Whether this organization accepts no classic tokens."""
    base_role: str = "read"
    """What its members may do in a repository that they are no collaborators of: "Base permissions"."""
    creates_packages: bool = True
    """Whether its members and workflows may create packages: "Package creation" of an organization's settings."""
    packages_inherit: bool = True
    """Whether a new package inherits the access of its linked repository: "Default package setting"."""
    created_at: datetime = FOUNDED


@dataclass
class Repository:
    """A repository of an account."""

    id: int
    owner: str
    name: str
    visibility: str
    """`public`, `private` or `internal`."""
    collaborators: dict[str, str] = field(default_factory=dict)
    """Login in lower case to role."""
    created_at: datetime = FOUNDED
    pushed_at: datetime = FOUNDED
    default_branch: str = "main"
    archived: bool = False
    has_issues: bool = True
    fork: bool = False
    topics: tuple[str, ...] = ()
    properties: dict[str, str | list[str]] = field(default_factory=dict)
    """The values of custom properties by name."""
    trouble: tuple[str, str] | None = None
    """The type and message of the error that GraphQL gives instead of it, if a test says so."""
    source: Callable[[], History] = field(default=History, repr=False)
    """Makes the commits when they are first needed, since an organization may have thousands of repositories."""

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @functools.cached_property
    def history(self) -> History:
        """The branches and commits; empty for a repository that nobody has pushed to."""
        return self.source()


@dataclass
class Secret:
    """A stored secret with its value, which the API never shows."""

    name: str
    value: bytes = field(repr=False)
    created_at: datetime
    updated_at: datetime
    visibility: str | None = None
    repositories: list[int] = field(default_factory=list)
    """The repositories of a secret with visibility `selected`."""


@dataclass
class SecretStore:
    """The secrets of one application (Codespaces, Actions) at one level of one owner."""

    key: SealingKey = field(default_factory=SealingKey)
    secrets: dict[str, Secret] = field(default_factory=dict)

    def listed(self) -> list[Secret]:
        """In the order in which GitHub lists them."""
        return sorted(self.secrets.values(), key=lambda secret: secret.name)


@dataclass
class Variable:
    """An Actions variable; the list shows its value."""

    name: str
    value: str
    created_at: datetime
    updated_at: datetime
    visibility: str | None = None
    repositories: list[int] = field(default_factory=list)
    """The repositories of a variable with visibility `selected`."""


@dataclass
class Environment:
    """A deployment environment of a repository; its secrets and variables are stores of their own."""

    id: int
    name: str


@dataclass
class WorkflowRun:
    """A run of a workflow."""

    id: int
    repository: str
    created_at: datetime
    """When it was first queued."""
    run_started_at: datetime
    """When its latest attempt started."""
    path: str = ".github/workflows/crreg.yml"
    event: str = "schedule"
    status: str = "in_progress"
    conclusion: str | None = None
    token: str = field(default="", repr=False)
    """Its GITHUB_TOKEN."""
    log: str = ""
    """What its only job printed."""


@dataclass
class PackageVersion:
    """One manifest of a container package."""

    id: int
    digest: str
    tags: tuple[str, ...]
    created_at: datetime


@dataclass
class Package:
    """A container package of an account."""

    id: int
    owner: str
    name: str
    visibility: str
    repository: str | None
    """`owner/name` of the repository that it is linked to."""
    versions: list[PackageVersion]
    created_at: datetime
    inherits: bool = True
    """Whether it inherits the linked repository's access, apart from visibility."""
    publisher: str | None = None
    """The login of the user who first pushed it, who has the admin role."""
    actions_access: dict[int, str] = field(default_factory=dict)
    """Role by repository id: "Manage Actions access"."""
    codespaces_access: set[int] = field(default_factory=set)
    """Repository ids: "Manage Codespaces access"."""


@dataclass
class Comment:
    """A comment on an issue."""

    id: int
    author: str
    body: str
    created_at: datetime


@dataclass
class Issue:
    """An issue of a repository."""

    id: int
    number: int
    author: str
    title: str
    body: str | None
    labels: list[str]
    state: str
    created_at: datetime
    updated_at: datetime
    state_reason: str | None = None
    """Why the state last changed; None if it never did."""
    locked: bool = False
    comments: list[Comment] = field(default_factory=list)


@dataclass
class App:
    """A GitHub App."""

    id: int
    client_id: str
    """Another valid value of `iss`, in addition to the id."""
    slug: str
    owner: str
    public_key: str
    """PEM."""
    permissions: dict[str, str]


@dataclass
class Installation:
    """An App installed on an account."""

    id: int
    app_id: int
    account: str
    permissions: dict[str, str]
    repositories: frozenset[int] | None
    """None for all of the account's."""
    suspended: bool = False


@dataclass
class World:
    """All data of a server; a reset replaces it."""

    accounts: dict[str, Account] = field(default_factory=dict)
    """By login in lower case."""
    repositories: dict[str, Repository] = field(default_factory=dict)
    """By full name in lower case; `add` and `remove` keep the other two tables."""
    by_id: dict[int, Repository] = field(default_factory=dict)
    by_owner: dict[str, dict[int, Repository]] = field(default_factory=dict)
    """By the owner's login in lower case, and then by id, oldest first."""
    renamed: dict[str, int] = field(default_factory=dict)
    """The repository's id by a former full name in lower case."""
    listings: dict[object, list[Repository]] = field(default_factory=dict)
    """What queries listed, by what they asked, until a test changes something."""
    stores: dict[tuple[str, str, str], SecretStore] = field(default_factory=dict)
    variables: dict[tuple[str, str], dict[str, Variable]] = field(default_factory=dict)
    """By level (`repository`, `organization`, `environment`) and owner, each by name."""
    environments: dict[int, list[Environment]] = field(default_factory=dict)
    """By repository id."""
    runs: dict[int, WorkflowRun] = field(default_factory=dict)
    packages: list[Package] = field(default_factory=list)
    issues: dict[int, list[Issue]] = field(default_factory=dict)
    """By repository id."""
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    tokens: dict[str, Identity] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: itertools.count(1001))

    def account(self, login: str) -> Account | None:
        """The account of that login, in any case."""
        return self.accounts.get(login.lower())

    def organization(self, login: str) -> Account | None:
        """The organization of that login."""
        found = self.account(login)
        return found if found is not None and found.is_organization else None

    def repository(self, full_name: str) -> Repository | None:
        """The repository of that full name, in any case."""
        return self.repositories.get(full_name.lower())

    def repository_by_id(self, identifier: int) -> Repository | None:
        """The repository of that id."""
        return self.by_id.get(identifier)

    def moved(self, full_name: str) -> Repository | None:
        """The repository that had that full name before it was renamed."""
        return self.by_id.get(self.renamed.get(full_name.lower(), 0))

    def repositories_of(self, login: str) -> Iterable[Repository]:
        """The repositories of an account, oldest first."""
        return self.by_owner.get(login.lower(), {}).values()

    def add(self, repository: Repository) -> None:
        """Add a repository."""
        name = repository.full_name.lower()
        self.repositories[name] = self.by_id[repository.id] = repository
        self.by_owner.setdefault(repository.owner.lower(), {})[repository.id] = repository
        self.renamed.pop(name, None)

    def remove(self, repository: Repository) -> None:
        """Remove a repository."""
        del self.repositories[repository.full_name.lower()], self.by_id[repository.id]
        del self.by_owner[repository.owner.lower()][repository.id]

    def rename(self, repository: Repository, name: str) -> None:
        """Rename a repository; its secrets and variables stay with it."""
        before = repository.full_name.lower()
        del self.repositories[before]
        repository.name = name
        after = repository.full_name.lower()
        self.repositories[after] = repository
        self.renamed[before] = repository.id
        for application in ("codespaces", "actions"):
            store = self.stores.pop((application, "repository", before), None)
            if store is not None:
                self.stores[application, "repository", after] = store
        variables = self.variables.pop(("repository", before), None)
        if variables is not None:
            self.variables["repository", after] = variables

    def package(self, owner: str, name: str) -> Package | None:
        """The container package of that name of an account, whose login may be in any case."""
        wanted = (owner.lower(), name)
        return next((each for each in self.packages if (each.owner.lower(), each.name) == wanted), None)

    def store(self, application: str, level: str, owner: str) -> SecretStore:
        """The secrets of an application at a level (`repository`, `organization`, `user`) of an owner."""
        key = (application, level, owner.lower())
        if key not in self.stores:
            # Not `setdefault`, which would make a key pair at every call.
            self.stores[key] = SecretStore()
        return self.stores[key]

    def variables_of(self, level: str, owner: str) -> dict[str, Variable]:
        """The Actions variables at a level of an owner, by name."""
        return self.variables.setdefault((level, owner.lower()), {})

    def role(self, login: str, repository: Repository) -> str | None:
        """A user's role in a repository; None if they can't see it."""
        # Assumes GH-ROLES.
        person, owner = login.lower(), self.accounts[repository.owner.lower()]
        if person == owner.login.lower() or owner.members.get(person) == "admin":
            return "admin"
        given = repository.collaborators.get(person)
        if given is None and person in owner.members:
            return owner.base_role
        if given is None and repository.visibility == "public":
            return "read"
        return given


def node_id(kind: str, identifier: int) -> str:
    """The identifier of an object in GraphQL."""
    return base64.b64encode(f"0{len(kind)}:{kind}{identifier}".encode()).decode()


def timestamp(moment: datetime) -> str:
    """A date in GitHub's format."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
