"""The example that shows a report best: one healthy image, and three that would keep a codespace from starting."""

from tests.unit.rules.facts_builder import facts, held, image, login, triple

from crreg.discovery.found import Source
from crreg.facts.model import Facts
from crreg.facts.tried_logins import TriedLogin, TriedLogins
from crreg.github.levels import Level

HUB = "registry.hub.example.com"
REPORT_KEYS = (
    "schema_version",
    "repository",
    "status",
    "errors",
    "warnings",
    "unchecked",
    "triples",
    "images",
    "findings",
)
"""The members of the JSON report, in order."""


LOGINS = TriedLogins(
    (
        TriedLogin("ACR", "acme.azurecr.io", login("succeeded", "It took the password.")),
        TriedLogin("HUB", "docker.io", login("denied", "It says \x1b[31mno.")),
    ),
    (("HUB_CONTAINER_REGISTRY_PASS", "HUB_CONTAINER_REGISTRY_PASSWORD"),),
)


def demo() -> Facts:
    organization = held(Level.ORGANIZATION, visibility="selected", assigned=False)
    return facts(
        triple("ACR", login=login("succeeded", "logged in as codespaces")),
        triple(
            "ECR",
            server="123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            stored={"SERVER": held(), "USER": held()},
            at_hand="",
            login=login("skipped", "PASSWORD is not at hand"),
        ),
        triple(
            "HARBOR",
            server="harbor.acme.example",
            login=login("denied", "401 Unauthorized: authentication required"),
        ),
        triple(
            "SHARED",
            server="shared.acme.example:5000",
            stored=dict.fromkeys(("SERVER", "USER", "PASSWORD"), organization),
            login=login("succeeded", "logged in as robot"),
        ),
        image("acme.azurecr.io/dev/base:1", line=3, covered_by="ACR", pull="available"),
        image(
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/dev/tools:2026.06",
            line=7,
            source=Source.BUILD,
            covered_by="ECR",
            pull="denied",
        ),
        image(
            "harbor.acme.example/dev/db:16",
            line=11,
            source=Source.COMPOSE,
            covered_by="HARBOR",
            pull="denied",
        ),
        image(
            "shared.acme.example:5000/dev/cache:latest",
            line=15,
            source=Source.COMPOSE,
            covered_by="SHARED",
            pull="available",
        ),
    )
