"""The desired state: which triples should exist, with which values, at which level, and who may read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from crreg.configuration.settings import Visibility
from crreg.discovery.found import Source
from crreg.facts.model import Facts, TripleFact
from crreg.facts.proof import State
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import Remedy, Step, steps
from crreg.github.errors import Reason
from crreg.github.levels import Level
from crreg.platform import Platform
from crreg.registry.outcome import LoginResult, PullResult
from crreg.remedies.wording import place_of
from crreg.rules.rule import Rule
from crreg.triple import Part, Triple, parse_name


@dataclass(frozen=True, slots=True)
class TriedImage:
    """An image that was requested with the given values."""

    text: str
    """Its name, as written in the repository."""
    platform: Platform
    result: PullResult


@dataclass(frozen=True, slots=True)
class Trial:
    """How a test of the given values ended."""

    login: LoginResult | None = None
    """None if there was nothing to try."""
    images: tuple[TriedImage, ...] = ()
    """The images that the triple is for, without caches, since a codespace starts without them."""


@dataclass(frozen=True, slots=True)
class DesiredTriple:
    """One triple as it should be."""

    identifier: str
    level: Level
    values: Mapping[Part, str] = field(default_factory=dict, repr=False)
    """The given parts."""
    trial: Trial = field(default_factory=Trial)
    registry: str | None = None
    """Host (and port) that SERVER names, as images' names have it."""
    expected: str | None = None
    """The SERVER that the configuration expects, as written there."""
    visibility: Visibility | None = None
    """The configured visibility of an organization's secret."""
    repositories: tuple[str, ...] = ()
    """Full names of those that may read it, this one first; unused at repository level."""
    max_age: timedelta | None = None
    rotated: bool = False
    """Whether USER and PASSWORD are an ECR token that is minted when it is due."""
    location: Location | None = None
    """Its place in the repository."""
    proofs: Mapping[Part, State] = field(default_factory=dict)
    """What receipts say about the parts whose stored value a codespace gets from this level."""
    failure: str = ""
    """Why no token could be minted; empty if one was, or none was due."""

    def finding(
        self,
        rule: Rule,
        message: str,
        *remedy: str | Step,
        severity: Severity = Severity.ERROR,
        effect: Effect | None = None,
        about: tuple[str, ...] = (),
    ) -> Finding:
        """Make a finding about this triple. An error keeps it from being written, whatever the rule's effect is."""
        return rule.finding(
            message,
            steps(*remedy),
            severity=severity,
            effect=effect or (Effect.STOPS if severity is Severity.ERROR else None),
            triple=self.identifier,
            registry=self.registry,
            location=self.location,
            about=about,
        )


@dataclass(frozen=True, slots=True)
class Desired:
    """The desired state of one repository's triples."""

    repository: str
    """`owner/name`."""
    triples: tuple[DesiredTriple, ...]
    """Sorted by identifier."""
    force: bool = False
    """Whether every given value is written, whatever the registry answers."""
    permissions: Mapping[Level, str] = field(default_factory=dict)
    """What the token needs to write the secrets of each level."""
    remedies: Mapping[Reason, Remedy] = field(default_factory=dict)
    """What to do if GitHub refused for a reason for which no permission helps."""
    notes: tuple[str, ...] = ()
    """Sentences on how the values were tidied."""


def desired_triples(
    facts: Facts, values: Mapping[str, Triple], level: Level | None
) -> tuple[DesiredTriple, ...]:
    """Return the triples that the configuration names, or all given ones if it names none.

    `level` overrides the configuration. If neither says anything, an organization's triple stays one, and any other
    becomes the repository's.
    """
    return tuple(
        _desired(facts, fact, values.get(fact.identifier), level)
        for fact in facts.triples
        if fact.configured is not None or (not facts.settings.registries and fact.identifier in values)
    )


def values_of(triple: Triple | None) -> dict[Part, str]:
    """Return the parts of a triple that have a value."""
    if triple is None:
        return {}
    values = {Part.SERVER: triple.server, Part.USER: triple.user, Part.PASSWORD: triple.password}
    return {part: value for part, value in values.items() if value is not None}


def _desired(facts: Facts, fact: TripleFact, value: Triple | None, level: Level | None) -> DesiredTriple:
    configured = fact.configured
    rotated = configured is not None and configured.rotate is not None
    values = values_of(value)
    if rotated:
        # The token comes from the given AWS credentials and goes to Amazon only, whatever account is named here.
        server = values.get(Part.SERVER) or (configured.server if configured else None)
        values = {Part.SERVER: server} if server else {}
    here = facts.repository or ""
    kept_at = level or (configured.level if configured else None) or _present_level(fact)
    others = configured.repositories if configured else ()
    return DesiredTriple(
        fact.identifier,
        kept_at,
        values,
        Trial() if rotated else Trial(fact.login, tuple(_tried(facts, fact))),
        fact.server,
        configured.server if configured else None,
        configured.visibility if configured else None,
        (here, *(name for name in others if name.lower() != here.lower())),
        configured.max_age if configured else None,
        rotated,
        place_of(facts, fact),
        {} if rotated else _proofs(fact, kept_at),
    )


def _proofs(fact: TripleFact, level: Level) -> dict[Part, State]:
    return {
        part: found.proof.state
        for part, found in fact.parts.items()
        if found.proof is not None and found.effective is not None and found.effective.level is level
    }


def _present_level(fact: TripleFact) -> Level:
    levels = {holding.level for part in fact.parts.values() for holding in part.holdings}
    alone = Level.ORGANIZATION in levels and Level.REPOSITORY not in levels
    return Level.ORGANIZATION if alone else Level.REPOSITORY


def _tried(facts: Facts, fact: TripleFact) -> Iterable[TriedImage]:
    for image in facts.images_with(fact.identifier):
        if image.pull is not None and image.source is not Source.CACHE:
            yield TriedImage(image.text, image.platform, image.pull)


def tidy(values: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Tidy the values that are parts of triples; return all values, and a sentence on each that was changed.

    No credential ends with line breaks. SERVER and USER have no white space around them, and `docker login` fails on
    it in SERVER.
    """
    tidied = dict(values)
    notes = []
    for name, value in values.items():
        parsed = parse_name(name)
        if parsed is None:
            continue
        kept = value.rstrip("\r\n") if parsed.part is Part.PASSWORD else value.strip()
        if kept != value:
            tidied[name] = kept
            notes.append(f"{parsed}: {_what(value)} was removed.")
    return tidied, tuple(notes)


def _what(value: str) -> str:
    return "the line break at its end" if value.endswith(("\r", "\n")) else "the white space around it"
