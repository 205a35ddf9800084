"""Requests for the images that the dev containers need, each as soon as the login of its registry has ended."""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from crreg.exits.unexpected import isolated
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.logins import NO_ANSWER, ended
from crreg.net.concurrency import Pool
from crreg.platform import LINUX_AMD64
from crreg.registry.client import RegistryClient
from crreg.registry.image.artifact import Use
from crreg.registry.outcome import LoginOutcome, LoginResult, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.triple import Triple

MOST_IMAGES = 1_000
"""Images that one run requests: the author of the files chooses the registries, and with that the passwords used."""
_BROKEN = partial(PullResult, PullOutcome.SERVER_ERROR)
"""The result of a request that failed unexpectedly; called with a description."""
_OUT_OF_TIME = PullResult(PullOutcome.UNREACHABLE, NO_ANSWER)


@dataclass(frozen=True)
class Wanted:
    """An image to request, with the triple to use; several places may name it."""

    reference: ImageReference
    triple: str | None
    """The identifier of the triple for the image's registry; None if there is none."""
    use: Use = LINUX_AMD64


@dataclass(frozen=True)
class Logins:
    """The logins that images are requested with."""

    triples: Mapping[str, Triple]
    """By identifier."""
    ends: Mapping[str, Future[LoginResult]]
    """The results of the triples' logins, by identifier."""
    own: Triple | None = None
    """A codespace's login with its own token, used if no triple is for the registry."""


def start_pulls(
    pool: Pool,
    registries: RegistryClient,
    images: Iterable[ImageFact],
    covering: Mapping[str, str],
    logins: Logins,
) -> dict[Wanted, Future[PullResult]]:
    """Start a request for each image, at most `MOST_IMAGES`; `covering` maps registries to triples' identifiers."""
    wanted = dict.fromkeys(
        Wanted(image.reference, covering.get(image.reference.registry), image.use)
        for image in images
        if image.reference is not None
    )
    chosen = tuple(islice(wanted, MOST_IMAGES))
    for registry, count in Counter(one.reference.registry for one in chosen if one.triple).items():
        registries.expect(registry, count)
    return {one: _pull(pool, registries, one, logins) for one in chosen}


def start_anonymously(
    pool: Pool, registries: RegistryClient, images: Iterable[ImageFact], triples: Mapping[str, Triple]
) -> dict[Wanted, Future[PullResult]]:
    """Start a request without credentials for each image, at most `MOST_IMAGES`.

    An image's triple only says that the caller names its registry.
    """

    def ask(reference: ImageReference, triple: Triple | None, use: Use) -> PullResult:
        return _ask_anonymously(registries, Wanted(reference, None, use), triple)

    def start(wanted: Wanted) -> Future[PullResult]:
        triple = triples.get(wanted.triple) if wanted.triple is not None else None
        return pool.submit(partial(isolated, partial(ask, wanted.reference, triple, wanted.use), _BROKEN))

    wanted = dict.fromkeys(one for one in map(_wanted, images) if one is not None)
    return {one: start(one) for one in islice(wanted, MOST_IMAGES)}


def with_public(
    images: Iterable[ImageFact], anonymous: Mapping[Wanted, Future[PullResult]]
) -> tuple[ImageFact, ...]:
    """Return the images with the answers without credentials, where those say that an image is public."""

    def answer(image: ImageFact) -> PullResult | None:
        wanted = _wanted(image)
        request = anonymous.get(wanted) if wanted is not None else None
        found = ended(request, _OUT_OF_TIME) if request is not None else None
        return found if found is not None and found.outcome is PullOutcome.PUBLIC else image.pull

    return tuple(replace(image, pull=answer(image)) for image in images)


def _wanted(image: ImageFact) -> Wanted | None:
    if image.reference is None:
        return None
    return Wanted(image.reference, image.triple, image.use)


def with_pulls(
    images: Iterable[ImageFact],
    covering: Mapping[str, str],
    pulls: Mapping[Wanted, Future[PullResult]],
    *,
    unknown: bool,
) -> tuple[ImageFact, ...]:
    """Return the images with the results of their requests; those still running are out of time.

    `unknown` is whether an unlisted secret may cover what no given triple covers.
    """

    def asked(image: ImageFact) -> ImageFact:
        if image.reference is None:
            return image
        triple = covering.get(image.reference.registry)
        coverage = Coverage.COVERED if triple else Coverage.UNKNOWN if unknown else Coverage.NONE
        request = pulls.get(Wanted(image.reference, triple, image.use))
        pull = ended(request, _OUT_OF_TIME) if request is not None else _beyond()
        return replace(image, coverage=coverage, triple=triple, pull=pull)

    return tuple(map(asked, images))


def _beyond() -> PullResult:
    detail = f"It was not checked: a run checks at most {MOST_IMAGES} images."
    return PullResult(PullOutcome.UNREACHABLE, detail)


def _pull(pool: Pool, registries: RegistryClient, wanted: Wanted, logins: Logins) -> Future[PullResult]:
    reference, use, own = wanted.reference, wanted.use, logins.own
    triple = logins.triples.get(wanted.triple) if wanted.triple is not None else None
    if wanted.triple is None and own is not None and own.server == reference.registry:
        return pool.submit(lambda: isolated(lambda: registries.pull(reference, own, use=use), _BROKEN))
    if triple is None or triple.missing:
        return pool.submit(lambda: isolated(lambda: _ask_anonymously(registries, wanted, triple), _BROKEN))
    login = logins.ends[triple.identifier]
    ask = partial(_ask, registries, wanted, triple, login)
    return pool.submit_after(login, lambda: isolated(ask, _BROKEN))


def _ask_anonymously(registries: RegistryClient, wanted: Wanted, triple: Triple | None) -> PullResult:
    # A given SERVER comes from the caller. The configuration is a file, and so decides nothing.
    named = triple is not None and triple.server is not None
    result = registries.pull(wanted.reference, None, named=named, use=wanted.use)
    if wanted.triple is not None and result.outcome is PullOutcome.DENIED:
        # The codespace may have what is missing here, so this is not a refusal.
        return PullResult(
            PullOutcome.SKIPPED,
            "It is private, and this run does not have all values of its triple.",
            result.requests,
        )
    return result


def _ask(
    registries: RegistryClient, wanted: Wanted, triple: Triple, login: Future[LoginResult]
) -> PullResult:
    end = login.result()
    if end.outcome is not LoginOutcome.SUCCEEDED and not end.untested:
        why = f"The login with {triple.identifier} failed."
        return PullResult(end.outcome.as_pull, why, fault=end.fault, place=end.place)
    return registries.pull(wanted.reference, triple, use=wanted.use)
