"""The connection of a run to GitHub, which is opened when it is first needed."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from crreg.github.access import GitHubAccess
from crreg.github.errors import GitHubError
from crreg.github.inventory import Inventory, Repository
from crreg.github.origins import OriginsWanted
from crreg.github.package import Package, PackageStatus
from crreg.github.token import TokenKind, kind_of
from crreg.net.deadline import Deadline
from crreg.triple import parse_name

if TYPE_CHECKING:
    from crreg.github.client import Answers, GitHub
    from crreg.github.pacing import Pacing


class Connection:
    """One run's connection to GitHub, opened at the first request."""

    def __init__(
        self,
        access: GitHubAccess,
        repository: str,
        deadline: Deadline,
        say: Callable[[str], None],
        conceal: Callable[[Sequence[str]], None] = lambda _: None,
        *,
        pacing: "Pacing | None" = None,
    ) -> None:
        """Store how to connect; nothing is sent yet.

        Args:
            access: the API and its credentials; an App uses its installation on `repository`.
            repository: the repository (`owner/name`) whose secrets are read.
            deadline: when every request must have ended.
            say: called with a message for the user before a long wait.
            conceal: called with a newly minted token before it is used, to mask it.
            pacing: keeps the requests within GitHub's limits; None for no pace.
        """
        self._conceal = conceal
        self._pacing = pacing
        self._access = access
        self._repository = repository
        self._deadline = deadline
        self._say = say
        self._lock = threading.Lock()
        self._client: GitHub | None = None
        self._token = access.token
        self._asking = threading.Lock()
        self._known: Repository | GitHubError | None = None

    @property
    def kind(self) -> TokenKind:
        """The kind of token in use."""
        return kind_of(self._access.token) if self._access.token else TokenKind.INSTALLATION

    def client(self) -> "GitHub":
        """Return the client; raises GitHubError if an App gets no token."""
        with self._lock:
            if self._client is None:
                self._client = self._open()
            return self._client

    def inventory(self, *, actions_secrets: bool, origins: OriginsWanted | None = None) -> Inventory:
        """Read the repository's Codespaces secrets, with the dates of its Actions secrets if wanted; raises nothing.

        With `origins`, it includes the receipts of ensure and where this run's values come from.
        """
        # PyGithub takes 120 ms to import, so the import happens in this thread, while registries are asked.
        from crreg.github.secrets import read_inventory

        try:
            client = self.client()
        except GitHubError as error:
            return Inventory(None, (), detail=error.detail, reason=error.reason)
        return read_inventory(
            client,
            self._repository,
            relevant=lambda name: parse_name(name) is not None,
            actions_secrets=actions_secrets,
            known=self._repository_known,
            origins=origins,
        )

    def token(self) -> str | None:
        """The token in use; None if an App gets none."""
        if self._access.token:
            return self._access.token
        try:
            self.client()
        except GitHubError:
            return None
        return self._token

    def repository(self) -> Repository | None:
        """Read the repository; None if that fails."""
        try:
            known = self._repository_known()
        except GitHubError:
            return None
        return known if isinstance(known, Repository) else None

    def package(self, owner: str, name: str) -> Package:
        """Read a container package in GitHub's registry; raises nothing."""
        # It loads PyGithub: see `inventory`.
        from crreg.github.packages import read_package

        try:
            client = self.client()
        except GitHubError as error:
            return Package(owner, name, PackageStatus.UNREACHABLE, detail=error.detail)
        repository = self._repository_known()
        if isinstance(repository, GitHubError):
            # Access to the package depends on the repository, so there is nothing to request.
            return Package(owner, name, PackageStatus.UNREACHABLE, detail=repository.detail)
        own = owner.lower() == repository.owner.lower()
        return read_package(
            client, owner, name, owner_is_organization=repository.owner_is_organization if own else None
        )

    def prolong(self, deadline: Deadline) -> None:
        """Apply another deadline to all further requests."""
        self.close()
        with self._lock:
            self._deadline = deadline
            self._client = None

    def close(self) -> None:
        """Close all connections."""
        client = self._client
        if client is not None:
            client.close()

    def _repository_known(self) -> Repository | GitHubError:
        """Read the repository once for all callers; raises GitHubError if an App gets no token."""
        # It loads PyGithub: see `inventory`.
        from crreg.github.secrets import read_repository

        with self._asking:
            if self._known is None:
                self._known = read_repository(self.client(), self._repository)
            return self._known

    def _open(self) -> "GitHub":
        client, self._token = open_client(
            replace(self._access, token=self._token),
            self._repository,
            deadline=self._deadline,
            say=self._say,
            conceal=self._conceal,
            pacing=self._pacing,
        )
        return client


def open_client(
    access: GitHubAccess,
    target: str,
    *,
    deadline: Deadline,
    say: Callable[[str], None],
    conceal: Callable[[Sequence[str]], None],
    answers: "Answers | None" = None,
    pacing: "Pacing | None" = None,
) -> tuple["GitHub", str]:
    """Return a client and its token, which is minted if the access is an App's.

    Args:
        access: the API and its credentials.
        target: the repository (`owner/name`) or the organization that an App's token is for.
        deadline: when every request must have ended.
        say: called with a message for the user before a long wait.
        conceal: called with a newly minted token before it is used, to mask it.
        answers: earlier answers to GET requests; None to ask for everything.
        pacing: keeps the requests within GitHub's limits; None for no pace.

    Raises:
        GitHubError: the token is malformed, or an App gets none.
    """
    # They load PyGithub: see `Connection.inventory`.
    from crreg.github.app import installation_token
    from crreg.github.client import GitHub

    def mint() -> str:
        minted = installation_token(
            access.app_id or "",
            access.app_private_key or "",
            target,
            api_url=access.api_url,
            deadline=deadline,
            say=say,
        )
        conceal((minted,))
        return minted

    token = access.token or mint()
    client = GitHub.with_token(
        token,
        api_url=access.api_url,
        deadline=deadline,
        say=say,
        pacing=pacing,
        answers=answers,
        renew=None if access.token else mint,
    )
    return client, token
