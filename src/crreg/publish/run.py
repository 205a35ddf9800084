"""One run of publish, for both the command and the action: ask, build, send, tag, verify."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from crreg.configuration.settings import Publication
from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery
from crreg.engine.private_folder import private_folder
from crreg.exits.unexpected import describe
from crreg.findings.finding import Finding
from crreg.github.access import GitHubAccess
from crreg.github.connection import Connection
from crreg.net.concurrency import OncePerKey, Pool
from crreg.net.deadline import DEFAULT_BUDGET, TRANSFER_BUDGET, Deadline
from crreg.publish.apply import Tools, apply
from crreg.publish.ask import Asked, Asker, late
from crreg.publish.keys import keys_of
from crreg.publish.labels import Provenance
from crreg.publish.planning import ignored_refusals, plan
from crreg.publish.published import Published, Publishing
from crreg.publish.target import Publisher, Target
from crreg.publish.verify import verified
from crreg.registry.client import RegistryClient
from crreg.registry.reference import ImageReference
from crreg.workspace.checkout import revision_of

if TYPE_CHECKING:
    from crreg.engine.engine import Engine

_NOT_ASKED = "It is not known whether codespaces may pull it, since there is no token to ask GitHub with."
_UNKNOWN = "It is not known whether codespaces may pull it."
_AT_ONCE = 16
"""The number of targets to ask about at the same time."""


@dataclass(frozen=True)
class Publish:
    """What a caller asks to be published."""

    publications: tuple[Publication, ...]
    repository: str | None
    """`owner/name`, or None if unknown; needed for GitHub's registry, and to link an image."""
    workspace: Path
    access: GitHubAccess
    values: Mapping[str, str] = field(repr=False)
    """The environment, which has the triples and says where the engine is."""
    allow_insecure: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    """Rules whose findings are left out."""
    budget: float = DEFAULT_BUDGET
    """Seconds for all questions before anything is sent."""
    dry_run: bool = False
    say: Callable[[str], None] = lambda _: None
    """Called with what is going on, for the person who waits."""
    progress: Callable[[str], None] = lambda _: None
    """Called whenever there is progress to show that person."""
    conceal: Callable[[Sequence[str]], None] = lambda _: None
    """Called with the texts of a token that was made in the run, before anything uses it; in any thread."""
    log: Callable[[str], None] = lambda _: None
    """Called with each line of a build's output, which may hold anything: escape it."""


def run(publish: Publish) -> Publishing:
    """Publish everything, or nothing. Raises nothing for what registries, GitHub and the engine answer."""
    waits: list[str] = []

    def note_wait(text: str) -> None:
        waits.append(text)
        publish.say(text)

    connection = Connection(
        publish.access, publish.repository or "", Deadline.after(publish.budget), note_wait, publish.conceal
    )
    with (
        contextlib.closing(connection),
        private_folder() as scratch,
        RegistryClient(
            allow_insecure=publish.allow_insecure, budget=TRANSFER_BUDGET, conceal=publish.conceal
        ) as registries,
    ):
        ran = _Run(publish, connection, registries, _publisher(publish, connection), scratch)
        results, findings, left_out = ran.results()
    return Publishing(publish.repository, results, findings, publish.dry_run, (*waits, *left_out))


def _publisher(publish: Publish, connection: Connection) -> Publisher:
    access = publish.access
    registry = access.container_registry or ""
    named = {
        (text or "").partition("/")[0].lower()
        for publication in publish.publications
        for text in (publication.image, publication.copy)
    }
    token = None
    if registry in named and access.given:
        try:
            token = connection.token()
        except Exception as error:  # noqa: BLE001 - other registries need no token of GitHub's
            publish.say(describe(error))
    return Publisher(keys_of(publish.values, registry, token), access.web_url, publish.repository)


@dataclass(frozen=True)
class _Run:
    publish: Publish
    connection: Connection
    registries: RegistryClient
    publisher: Publisher
    scratch: Path
    engines: "OncePerKey[str, Engine]" = field(default_factory=OncePerKey)

    def results(self) -> tuple[tuple[Published, ...], tuple[Finding, ...], tuple[str, ...]]:
        """Return each publication's result, the findings, and a sentence for each refusal that is left out of them."""
        planned = plan(self._ask(), dry_run=self.publish.dry_run)
        ends: tuple[Published | None, ...] = ()
        failures: tuple[Finding, ...] = ()
        if planned.todo:
            ends, failures = apply(planned.todo, self._tools())
            # Sending may have used up the time for asking GitHub.
            self.connection.prolong(Deadline.after(self.publish.budget))
        findings = [*planned.findings, *failures]
        left_out = ignored_refusals(findings, self.publish.ignore)
        results = []
        for asked, end in zip(planned.asked, planned.ends(ends, failed=bool(failures)), strict=True):
            result, finding = self._verified(asked.target, end)
            results.append(result)
            findings += filter(None, [finding])
        kept = (finding for finding in findings if finding.rule not in self.publish.ignore)
        return tuple(results), tuple(kept), left_out

    def _ask(self) -> list[Asked]:
        """Ask about all targets at the same time."""
        targets = [
            Target(publication, ImageReference.parse(publication.image), self.publisher)
            for publication in self.publish.publications
        ]
        self.publish.say("Asking the registries")
        package = self.connection.package if self._asks_github else None
        repository = self.connection.repository if self._asks_github else lambda: None
        asker = Asker(self.registries, self._origin(), self._engine, package, repository)
        pool = Pool(_AT_ONCE)
        running = [pool.submit(lambda target=target: asker.ask(target)) for target in targets]  # type: ignore[misc] # mypy can't infer a lambda's default
        wait(running, timeout=self.publish.budget)
        return [
            future.result() if future.done() else late(target, self.publish.budget)
            for target, future in zip(targets, running, strict=True)
        ]

    @property
    def _asks_github(self) -> bool:
        return self.publish.access.given and self.publish.repository is not None

    @cached_property
    def _discovery(self) -> Discovery:
        return discover(self.publish.workspace, self.publish.values)

    def _verified(self, target: Target, result: Published) -> tuple[Published, Finding | None]:
        if not (result.is_there and target.at_github):
            return result, None
        if not self._asks_github:
            return replace(result, notes=(*result.notes, _NOT_ASKED)), None
        try:
            return verified(
                target,
                result,
                self.connection.package,
                self.connection.repository,
                packages_of=lambda: self._discovery.packages_of,
                sleep=time.sleep,
            )
        except Exception as error:  # noqa: BLE001 - whatever GitHub answers, the images are published
            return replace(result, notes=(*result.notes, f"{_UNKNOWN} {describe(error)}")), None

    def _origin(self) -> Provenance:
        publish = self.publish
        revision = publish.values.get("GITHUB_SHA") or revision_of(publish.workspace)
        return Provenance(publish.repository, publish.access.web_url, revision, datetime.now(UTC))

    def _engine(self) -> "Engine":
        # Imported here, since a copy from registry to registry needs no engine.
        from crreg.engine.engine import Engine

        return self.engines.get("", lambda: Engine.connect(self.publish.values))

    def _tools(self) -> Tools:
        publish = self.publish
        return Tools(
            self._engine,
            self._origin(),
            publish.workspace,
            self.publisher.keys.logins,
            self.registries.shown,
            self.scratch,
            publish.say,
            publish.progress,
            publish.log,
        )
