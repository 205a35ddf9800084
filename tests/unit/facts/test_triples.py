from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crreg.configuration.settings import RegistrySettings, Settings
from crreg.facts.model import Holding, MisnamedSecret, PartFact, TripleFact
from crreg.facts.proof import Proof, State
from crreg.facts.receipts import CopiedFrom, Receipt, format_receipts
from crreg.facts.triples import observe_misnamed, observe_triples, server_of
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Secret
from crreg.github.levels import Level
from crreg.github.origins import Origin, Origins, Store
from crreg.registry.login.password import PasswordKind
from crreg.triple import Part, Triple

MOMENT = datetime(2026, 1, 2, tzinfo=UTC)


def secret(name: str, level: Level, *, assigned: bool | None = True, visibility: str | None = None) -> Secret:
    return Secret(name, level, MOMENT, visibility, assigned)


def inventory(*secrets: Secret) -> Inventory:
    return Inventory(
        None,
        tuple(
            LevelInventory(
                level, LevelStatus.LISTED, tuple(secret for secret in secrets if secret.level is level)
            )
            for level in Level
        ),
    )


def test_a_misnamed_secret_at_several_levels_is_reported_at_the_one_that_wins() -> None:
    name = "ACR_CONTAINER_REGISTRY_USERNAME"
    stored = inventory(secret(name, Level.ORGANIZATION), secret(name, Level.REPOSITORY))
    [found] = observe_misnamed([], stored, ["ACR"])
    assert found.level is Level.REPOSITORY


def test_the_parts_of_a_triple_come_together_from_all_levels() -> None:
    found = observe_triples(
        {"ACR": Triple("ACR", "acme.azurecr.io", None, "opaque")},
        inventory(
            secret("ACR_CONTAINER_REGISTRY_SERVER", Level.REPOSITORY),
            secret("ACR_CONTAINER_REGISTRY_USER", Level.ORGANIZATION, assigned=False, visibility="selected"),
            secret("ACR_CONTAINER_REGISTRY_USER", Level.USER, visibility="selected"),
            secret("UNRELATED", Level.REPOSITORY),
        ),
        Settings(),
    )
    assert found == (
        TripleFact(
            "ACR",
            {
                Part.SERVER: PartFact((Holding(Level.REPOSITORY, True, MOMENT),), at_hand=True),  # noqa: FBT003 - assigned, as the next lines name it
                Part.USER: PartFact(
                    (
                        Holding(Level.USER, assigned=True, updated_at=MOMENT, visibility="selected"),
                        Holding(Level.ORGANIZATION, assigned=False, updated_at=MOMENT, visibility="selected"),
                    )
                ),
                Part.PASSWORD: PartFact((), at_hand=True),
            },
            server="acme.azurecr.io",
            server_at_hand=True,
            password_kind=PasswordKind.OPAQUE,
        ),
    )


def test_a_list_that_could_not_be_read_is_no_ground_to_call_a_secret_unassigned() -> None:
    [triple] = observe_triples(
        {},
        inventory(
            secret("ACR_CONTAINER_REGISTRY_USER", Level.ORGANIZATION, assigned=None, visibility="selected")
        ),
        Settings(),
    )
    assert triple.parts[Part.USER].holdings[0].assigned is True


def test_a_triple_that_only_the_configuration_knows_has_its_expected_server() -> None:
    entry = RegistrySettings("ACR", None, server="https://ACME.azurecr.io/")
    [triple] = observe_triples({}, None, Settings({"ACR": entry}))
    assert (triple.server, triple.server_at_hand, triple.configured) == ("acme.azurecr.io", False, entry)


def test_the_value_at_hand_goes_before_the_configuration() -> None:
    entry = RegistrySettings("ACR", None, server="other.azurecr.io")
    server = server_of(Triple("ACR", "acme.azurecr.io"), entry)
    assert (server.registry, server.at_hand) == ("acme.azurecr.io", True)


def test_a_value_that_names_no_host_leaves_the_server_unknown() -> None:
    assert server_of(Triple("ACR", "not a host"), None).registry is None


def test_nearly_right_names_are_told_with_what_was_meant() -> None:
    found = observe_misnamed(
        ["PATH", "ACR_CONTAINER_REGISTRY_PASS"],
        inventory(secret("ACR_CONTAINER_REGISTRY_USERNAME", Level.REPOSITORY, assigned=None)),
        ["ACR"],
    )
    assert found == (
        MisnamedSecret("ACR_CONTAINER_REGISTRY_PASS", "ACR_CONTAINER_REGISTRY_PASSWORD", None),
        MisnamedSecret("ACR_CONTAINER_REGISTRY_USERNAME", "ACR_CONTAINER_REGISTRY_USER", Level.REPOSITORY),
    )


def test_a_name_without_an_identifier_is_meant_for_the_only_triple_there_is() -> None:
    stored = inventory(secret("CONTAINER_REGISTRY_PASSWORD", Level.REPOSITORY, assigned=None))
    assert [found.meant for found in observe_misnamed([], stored, ["ACR"])] == [
        "ACR_CONTAINER_REGISTRY_PASSWORD"
    ]
    assert [found.meant for found in observe_misnamed([], stored, ["ACR", "HUB"])] == [
        "REGISTRY_CONTAINER_REGISTRY_PASSWORD"
    ]


def test_a_registry_of_something_else_is_left_alone_unless_it_belongs_to_a_triple() -> None:
    lone = inventory(secret("NPM_REGISTRY_PASSWORD", Level.REPOSITORY, assigned=None))
    assert observe_misnamed([], lone, ["ACR"]) == ()
    half = inventory(secret("ACR_REGISTRY_SERVER", Level.REPOSITORY, assigned=None))
    assert observe_misnamed([], half, ["ACR"]) == (
        MisnamedSecret("ACR_REGISTRY_SERVER", "ACR_CONTAINER_REGISTRY_SERVER", Level.REPOSITORY),
    )


def test_several_near_misses_of_one_identifier_are_a_triple_that_is_meant() -> None:
    stored = inventory(
        secret("ACR_REGISTRY_SERVER", Level.REPOSITORY, assigned=None),
        secret("ACR_REGISTRY_USERNAME", Level.REPOSITORY, assigned=None),
    )
    assert [found.meant for found in observe_misnamed([], stored, [])] == [
        "ACR_CONTAINER_REGISTRY_SERVER",
        "ACR_CONTAINER_REGISTRY_USER",
    ]


NAME = "ACR_CONTAINER_REGISTRY_PASSWORD"
SOURCE = MOMENT - timedelta(hours=1)


def with_receipt(level: Level, *secrets: Secret) -> Inventory:
    """A run whose value was copied to that level, and the secret not changed since."""
    receipt = Receipt(NAME, level, MOMENT, CopiedFrom(Store.REPOSITORY_SECRET, SOURCE))
    text, _ = format_receipts({(NAME, level): receipt})
    origins = Origins(
        repository_receipts=text,
        found={NAME: (Origin(Store.REPOSITORY_SECRET, SOURCE),)},
        began_at=MOMENT + timedelta(hours=1),
    )
    return replace(inventory(*secrets), origins=origins)


def proof_of(found: Inventory) -> Proof | None:
    [triple] = observe_triples({"ACR": Triple("ACR", None, None, "opaque")}, found, Settings())
    return triple.parts[Part.PASSWORD].proof


@pytest.mark.parametrize("other", [Level.REPOSITORY, Level.ORGANIZATION])
def test_a_receipt_of_a_user_s_secret_proves_nothing_beside_another_of_that_name(other: Level) -> None:
    own, second = secret(NAME, Level.USER, visibility="selected"), secret(NAME, other)
    alone = proof_of(with_receipt(Level.USER, own))
    assert alone is not None
    assert alone.state is State.PROVEN
    assert proof_of(with_receipt(Level.USER, own, second)) == Proof(
        State.NOT_PROVEN, "GitHub does not document which of several stored secrets a codespace gets."
    )
    unassigned = replace(second, assigned=False)
    assert proof_of(with_receipt(Level.USER, own, unassigned)) == alone


def test_a_receipt_of_a_repository_s_secret_holds_beside_the_organization_s() -> None:
    found = with_receipt(Level.REPOSITORY, secret(NAME, Level.REPOSITORY), secret(NAME, Level.ORGANIZATION))
    proof = proof_of(found)
    assert proof is not None
    assert proof.state is State.PROVEN
