"""One copy from one registry to another, as `crreg publish` makes it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.serving import Request

from crreg.registry.client import RegistryClient
from crreg.registry.copy.read import read, read_root
from crreg.registry.copy.source import Content
from crreg.registry.copy.transfer import Tagged, Transferred, set_tags, tag_state, transfer
from crreg.registry.image.remote import Remote
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

CLIENTS: list[RegistryClient] = []
"""Those of the test that runs."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy came to."""

    content: Content | None
    """None where all stood already."""
    transferred: Transferred | None = None
    tagged: Tagged | None = None


def opened(name: str, *, push: bool = False, triple: Triple | None = None) -> Remote:
    """A repository, asked by a client that never waits before another attempt."""
    client = RegistryClient(budget=120)
    CLIENTS.append(client)
    client._transport._sleep = lambda _: None
    return client.remote(ImageReference.parse(name), triple, push=push, named=True)


def copy(
    source: Remote,
    target: Remote,
    *tags: str,
    name: str = "1",
    platforms: tuple[str, ...] = (),
    referrers: bool = False,
    link: Mapping[str, str] | None = None,
) -> Copied:
    """Copy `name` of the source and set the tags, unless all is there."""
    root = read_root(source, name, platforms)
    if not link and not referrers and tag_state(root.wanted, target, tags).complete:
        return Copied(None)
    content = read(source, name, platforms=platforms, referrers=referrers, link=link, root=root)
    transferred = transfer(content, source, target)
    return Copied(content, transferred, set_tags(content, target, tags))


def counted(requests: list[Request], repository: str) -> Counter[str]:
    """How often each kind of request was made: `HEAD manifests`, `POST uploads`, `PUT uploads`, `GET /v2/`."""
    return Counter(f"{request.method} {_kind(request.path, repository)}" for request in requests)


def _kind(path: str, repository: str) -> str:
    rest = path.partition("?")[0].removeprefix(f"/v2/{repository}/")
    return "uploads" if rest.startswith("blobs/uploads") else rest.partition("/")[0] if rest != path else rest
