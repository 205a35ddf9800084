"""The configuration file, the inputs and the variables."""

from fuzz.target import ensure, target

from crreg.action.inputs import InputError, read_inputs
from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.parse import parse_configuration, parse_registries
from crreg.configuration.publications import parse_publications
from crreg.net.deadline import BudgetError, read_budget
from crreg.registry.reference import ImageReference
from crreg.rules.catalog import RULES

_RULES = frozenset(rule.id for rule in RULES)
_LONGEST = 1_000_000
"""Seconds."""
_INPUTS = (
    "allow-insecure",
    "credentials",
    "dry-run",
    "fail-on",
    "github-api-url",
    "issue",
    "level",
    "mode",
    "publish",
    "registries",
    "repository",
    "token",
)


@target("configuration", raises=(ConfigurationError,), longest=4096, weight=2)
def configuration(text: str) -> None:
    """Settings contain only valid rules, images and registries."""
    found = parse_configuration(text, ".github/crreg.yml", rules=_RULES)
    ensure(found.ignore <= _RULES, "a rule is ignored that does not exist")
    for publication in found.publications:
        ImageReference.parse(publication.image)
    ensure(
        all(identifier == identifier.upper() for identifier in found.registries),
        "an identifier is in lower case",
    )


@target("registries", raises=(ConfigurationError,), longest=2048)
def registries(text: str) -> None:
    """Each registry is stored under its identifier."""
    found = parse_registries(text)
    ensure(
        all(identifier == entry.identifier for identifier, entry in found.items()), "filed under another name"
    )


@target("publications", raises=(ConfigurationError,), longest=4096)
def publications(text: str) -> None:
    """A publication has an image's name without a tag, and valid tags."""
    for publication in parse_publications(text, ()):
        reference = ImageReference.parse(f"{publication.image}:{publication.tags[0]}")
        ensure(reference.tag == publication.tags[0], "a tag is invalid")
        ensure(publication.location is None, "an input has a place in a file")


@target("inputs", raises=(InputError,), longest=1024)
def inputs(text: str) -> None:
    """Inputs are parsed or refused."""
    environment = {"GITHUB_REPOSITORY": "o/r"}
    for line in text.split("\n"):
        name, _, value = line.partition("=")
        if name in _INPUTS:
            environment[f"INPUT_{name.upper()}"] = value.replace("\t", "\n")
    found = read_inputs(environment)
    ensure(found.repository.count("/") == 1, "a repository has an owner and a name")


@target("budget", raises=(BudgetError,), longest=64)
def budget(text: str) -> None:
    """A budget is a valid number of seconds for a run."""
    seconds = read_budget({"CRREG_TIMEOUT": text})
    ensure(0 < seconds < _LONGEST, "a run can't have that many seconds")
