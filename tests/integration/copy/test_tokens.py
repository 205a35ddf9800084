from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sandbox import credentials
from sandbox.authority import Authority
from sandbox.images import Pusher
from sandbox.registry import Htpasswd, Registry, TokenAuth, running_registry
from sandbox.token_server import Account, TokenServer
from tests.integration.copy.scene import copy, opened
from tests.integration.copy.weather import Front, Rule, redirect, refuse, upload_at

from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.triple import Triple

ALL = {"*": frozenset({"pull", "push"})}


@dataclass(frozen=True, slots=True)
class Guarded:
    """A registry that wants a token of a server, for which it signs."""

    registry: Registry
    tokens: TokenServer
    owner: credentials.Credential

    def triple(self, address: str = "") -> Triple:
        """The owner's triple."""
        return Triple("R", address or self.registry.address, self.owner.user, self.owner.password)

    def push(self, repository: str) -> None:
        """Put an image there, and forget how often that was asked for."""
        header = self.tokens.authorization(self.owner.user, repository)
        Pusher(self.registry.url, authorization=header).push(repository, "1")
        self.registry.clear()

    @property
    def scopes(self) -> list[list[str]]:
        """What tokens were asked for, those of logins aside."""
        asked = (parse_qs(urlsplit(request.path).query) for request in self.tokens.journal.requests)
        return [query["scope"] for query in asked if "scope" in query]


@pytest.fixture
def guarded(tmp_path: Path, authority: Authority) -> Iterator[Guarded]:
    owner = credentials.credential("octocat")
    accounts = [Account(owner, ALL)]
    with TokenServer(authority, service="guarded", accounts=accounts) as tokens:
        auth = TokenAuth(f"{tokens.url}/token", "guarded", tokens.issuer, authority.certificate)
        with running_registry(tmp_path / "guarded", auth=auth) as registry:
            yield Guarded(registry, tokens, owner)


def test_one_token_serves_all_threads_and_mounting_asks_for_both_repositories(guarded: Guarded) -> None:
    guarded.push("dev/base")
    name = guarded.registry.address
    source = opened(f"{name}/dev/base", triple=guarded.triple())
    target = opened(f"{name}/o/r", push=True, triple=guarded.triple())

    copied = copy(source, target, "1", "2", "3")

    assert copied.transferred is not None
    assert (copied.transferred.blobs_mounted, copied.transferred.blobs_sent) == (2, 0)
    assert guarded.scopes == [
        ["repository:dev/base:pull"],
        ["repository:o/r:pull,push"],
        ["repository:o/r:pull,push", "repository:dev/base:pull"],
    ]


def test_a_mount_that_the_target_may_not_make_is_sent_instead(tmp_path: Path, authority: Authority) -> None:
    reader, writer = credentials.credential("reader"), credentials.credential("writer")
    accounts = [
        Account(reader, {"dev/base": frozenset({"pull", "push"})}),
        Account(writer, {"o/r": frozenset({"pull", "push"})}),
    ]
    with TokenServer(authority, service="two", accounts=accounts) as tokens:
        auth = TokenAuth(f"{tokens.url}/token", "two", tokens.issuer, authority.certificate)
        with running_registry(tmp_path / "two", auth=auth) as registry:
            Guarded(registry, tokens, reader).push("dev/base")
            source, target = (
                opened(
                    f"{registry.address}/{repository}",
                    push=True,
                    triple=Guarded(registry, tokens, owner).triple(),
                )
                for repository, owner in (("dev/base", reader), ("o/r", writer))
            )
            copied = copy(source, target, "1")

    assert copied.transferred is not None
    assert (copied.transferred.blobs_mounted, copied.transferred.blobs_sent) == (0, 2)


def test_a_token_that_expires_in_the_middle_is_renewed_once(guarded: Guarded) -> None:
    guarded.push("dev/base")
    expired = refuse(401, "UNAUTHORIZED", "token expired")
    rules = [Rule(method, "/v2/dev/base/", expired) for method in ("PUT", "POST", "HEAD", "GET")]
    with Front(guarded.registry.backend) as front:
        # The blobs come from another registry of the same content, so that they are sent and not mounted.
        source = opened(f"{guarded.registry.address}/dev/base", triple=guarded.triple())
        target = opened(f"{front.address}/o/r", push=True, triple=guarded.triple(front.address))
        front.rules += [Rule(rule.method, "/v2/o/r/", rule.act) for rule in rules]
        copy(source, target, "1")

    assert guarded.scopes.count(["repository:o/r:pull,push"]) == 1 + 3
    assert front.named("PUT", "/manifests/1") != []


def test_an_upload_and_a_blob_elsewhere_are_asked_for_without_the_login(guarded: Guarded) -> None:
    guarded.push("dev/base")
    with Front(
        "http://127.0.0.1:1", Rule("PUT", "/elsewhere", refuse(403, "DENIED", "no"), times=9)
    ) as storage:
        rules = [
            Rule("GET", "/blobs/", redirect(storage.url), times=9),
            Rule("POST", "/blobs/uploads/", upload_at(storage.url), times=9),
        ]
        storage.rules.append(Rule("GET", "/blobs/", lambda handler: handler.respond(404, b""), times=9))
        with Front(guarded.registry.backend, *rules) as front:
            triple = guarded.triple(front.address)
            source = opened(f"{front.address}/dev/base", triple=triple)
            target = opened(f"{front.address}/o/r", push=True, triple=triple)
            blob = source.fetch("1").blobs[0]
            with pytest.raises(TransferError), source.open_blob(blob):
                pass
            location = target.open_upload()
            target.ask("PUT", location)
            target.cancel_upload(location)

    assert [(seen.method, seen.authorized) for seen in storage.seen] == [
        ("GET", False),
        ("PUT", False),
        ("DELETE", False),
    ]
    assert all(seen.authorized for seen in front.seen if seen.path != "/v2/")


def test_who_may_only_pull_is_refused_before_anything_is_sent(tmp_path: Path, authority: Authority) -> None:
    reader = credentials.credential("reader")
    accounts = [Account(reader, {"*": frozenset({"pull"})})]
    with TokenServer(authority, service="pull", accounts=accounts) as tokens:
        auth = TokenAuth(f"{tokens.url}/token", "pull", tokens.issuer, authority.certificate)
        with running_registry(tmp_path / "pull", auth=auth) as registry:
            triple = Triple("R", registry.address, reader.user, reader.password)
            with pytest.raises(TransferError) as raised:
                opened(f"{registry.address}/o/r", push=True, triple=triple).check_push()

    assert raised.value.cause is TransferCause.DENIED
    assert raised.value.says == "UNAUTHORIZED: authentication required"
    assert reader.password not in raised.value.detail


def test_a_password_is_asked_for_and_shown(tmp_path: Path) -> None:
    owner = credentials.credential("octocat")
    with running_registry(tmp_path / "basic", auth=Htpasswd([owner])) as registry:
        name = f"{registry.address}/o/r"
        triple = Triple("R", registry.address, owner.user, owner.password)
        opened(name, push=True, triple=triple).check_push()
        with pytest.raises(TransferError) as wrong:
            opened(name, triple=Triple("R", registry.address, owner.user, "wrong password"))
        with pytest.raises(TransferError) as nobody:
            opened(name).resolve("1")
        with pytest.raises(TransferError) as elsewhere:
            opened("127.0.0.1:1/o/r", triple=triple)

    causes = [error.value.cause for error in (wrong, nobody, elsewhere)]
    assert causes == [TransferCause.DENIED, TransferCause.DENIED, TransferCause.INVALID]
    assert Counter(request.method for request in registry.requests)["DELETE"] == 1
