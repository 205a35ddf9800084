"""Secrets' names are taken apart, and names that are nearly right are recognised."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.speed import within

from crreg.triple import (
    NO_IDENTIFIER,
    Part,
    SecretName,
    Triple,
    find_triples,
    may_be_part,
    meant_names,
    names_of,
    near_miss,
    parse_name,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ACR_CONTAINER_REGISTRY_SERVER", SecretName("ACR", Part.SERVER)),
        ("ACR_CONTAINER_REGISTRY_USER", SecretName("ACR", Part.USER)),
        ("ACR_CONTAINER_REGISTRY_PASSWORD", SecretName("ACR", Part.PASSWORD)),
        ("acr_Container_Registry_server", SecretName("ACR", Part.SERVER)),
        ("MY_2ND_CONTAINER_REGISTRY_USER", SecretName("MY_2ND", Part.USER)),
        ("__CONTAINER_REGISTRY_USER", SecretName("_", Part.USER)),
        ("A_CONTAINER_REGISTRY_CONTAINER_REGISTRY_USER", SecretName("A_CONTAINER_REGISTRY", Part.USER)),
        ("CONTAINER_REGISTRY_CONTAINER_REGISTRY_USER", SecretName("CONTAINER_REGISTRY", Part.USER)),
        ("CONTAINER_REGISTRY_SERVER", None),
        ("_CONTAINER_REGISTRY_SERVER", None),
        ("2ACR_CONTAINER_REGISTRY_SERVER", None),
        ("A-B_CONTAINER_REGISTRY_SERVER", None),
        ("ACR_CONTAINER_REGISTRY_SERVER\n", None),
        (" ACR_CONTAINER_REGISTRY_SERVER", None),
        ("ACR_CONTAINER_REGISTRY_USERNAME", None),
        ("ACR_CONTAINER_REGISTRY", None),
        ("ÄCR_CONTAINER_REGISTRY_USER", None),
        ("", None),
    ],
)
def test_a_name_is_taken_apart(name: str, expected: SecretName | None) -> None:
    assert parse_name(name) == expected


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ACR_CONTAINER_REGISTRY_USERNAME", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_CONTAINER_REGISTRY_PASS", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("ACR_CONTAINER_REGISTRY_URL", "ACR_CONTAINER_REGISTRY_SERVER"),
        ("ACR_REGISTRY_SERVER", "ACR_CONTAINER_REGISTRY_SERVER"),
        ("CONTAINER_REGISTRY_SERVER", f"{NO_IDENTIFIER}_CONTAINER_REGISTRY_SERVER"),
        ("CONTAINER_REGISTRY_USER", f"{NO_IDENTIFIER}_CONTAINER_REGISTRY_USER"),
        ("CONTAINER_REGISTRY_PASSWORD", f"{NO_IDENTIFIER}_CONTAINER_REGISTRY_PASSWORD"),
        ("_CONTAINER_REGISTRY_PASSWORD", f"{NO_IDENTIFIER}_CONTAINER_REGISTRY_PASSWORD"),
        ("acr_container_registry_pwd", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("ACR_CONTAINER_REGISTRY_PASSWD", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("ACR_CONTAINER_REGISTRY_TOKEN", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("ACR_CONTAINER_REGISTRY_LOGIN_SERVER", "ACR_CONTAINER_REGISTRY_SERVER"),
        ("ACR_CONTAINER_REGISTRY_LOGIN", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_CONTAINER_REGISTRY_HOSTNAME", "ACR_CONTAINER_REGISTRY_SERVER"),
        ("ACR_CONTAINER_REGISTRY_USER_NAME", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_CONTAINERREGISTRY_USER", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_CONTAINER_REGISTRYUSER", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACRCONTAINER_REGISTRY_USER", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_REGISTRY_USERNAME", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_REGISTRY_PASSWORD", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("2ACR_CONTAINER_REGISTRY_USER", "_2ACR_CONTAINER_REGISTRY_USER"),
        ("A-B_REGISTRY_USER", "A_B_CONTAINER_REGISTRY_USER"),
        ("GITHUB_REGISTRY_USER", "GH_CONTAINER_REGISTRY_USER"),
        ("GITHUB_EU_REGISTRY_USER", "GH_EU_CONTAINER_REGISTRY_USER"),
        ("GITHUBBER_REGISTRY_USER", "GITHUBBER_CONTAINER_REGISTRY_USER"),
        ("ACR_CONTAINER_REGISTRY_PASWORD", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("ACR_CONTAINER_REGISTRY_PASSWROD", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("ACR_CONTAINER_REGISTRY_SEVER", "ACR_CONTAINER_REGISTRY_SERVER"),
        ("ACR_CONTAINER_REGISTY_USER", "ACR_CONTAINER_REGISTRY_USER"),
        ("ACR_CONTANIER_REGISTRY_PASSWORD", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ("CONTAINER_REGISTRY_USR", f"{NO_IDENTIFIER}_CONTAINER_REGISTRY_USER"),
    ],
)
def test_a_name_that_is_nearly_right_tells_what_was_meant(name: str, meant: str) -> None:
    assert str(near_miss(name)) == meant


@pytest.mark.parametrize(
    "name",
    [
        "ACR_CONTAINER_REGISTRY_SERVER",
        "acr_container_registry_user",
        "NPM_REGISTRY_URL",
        "NPM_REGISTRY_TOKEN",
        "REGISTRY_HOST",
        "DOCKER_PASSWORD",
        "DATABASE_USER",
        "USER",
        "PASSWORD",
        "ACR_CONTAINER_REGISTRY",
        "ACR_CONTAINER_REGISTRY_SERVICE",
        "ACR_CONTAINER_REGISTRY_PATH",
        "ACR_CONTAINER_REGISTRY_NAME",
        "ACR_CONTAINER_REGISTRIES",
        "CONTAINER_REGISTRY",
        "REGISTRY",
        "PATH",
        "",
        "_",
    ],
)
def test_a_name_that_is_right_or_means_something_else_is_no_near_miss(name: str) -> None:
    assert near_miss(name) is None


def test_triples_are_found_in_an_environment_complete_or_not() -> None:
    environment = {
        "PATH": "/bin",
        "ZOT_CONTAINER_REGISTRY_PASSWORD": "",
        "ACR_CONTAINER_REGISTRY_SERVER": "acme.azurecr.io",
        "acr_container_registry_user": "me",
        "ACR_CONTAINER_REGISTRY_PASSWORD": "hunter2",
        "ACR_CONTAINER_REGISTRY_USERNAME": "no part",
    }
    triples = find_triples(environment)
    assert list(triples.items()) == [
        ("ACR", Triple("ACR", "acme.azurecr.io", "me", "hunter2")),
        ("ZOT", Triple("ZOT", None, None, "")),
    ]
    assert [triple.missing for triple in triples.values()] == [(), (Part.SERVER, Part.USER)]


def test_no_environment_has_no_triples() -> None:
    assert find_triples({}) == {}


def test_the_representation_of_a_triple_holds_neither_user_nor_password() -> None:
    assert repr(Triple("ACR", "acme.azurecr.io", "me", "hunter2")) == (
        "Triple(identifier='ACR', server='acme.azurecr.io')"
    )


def test_the_names_of_a_triple_are_three_and_begin_with_the_server() -> None:
    assert [str(name) for name in names_of("ACR")] == [
        "ACR_CONTAINER_REGISTRY_SERVER",
        "ACR_CONTAINER_REGISTRY_USER",
        "ACR_CONTAINER_REGISTRY_PASSWORD",
    ]


NAME = st.builds(
    "{}{}{}{}".format,
    st.text("_A1-\nßé", max_size=4) | st.sampled_from(["GITHUB", "github_x", "CONTAINER_REGISTRY"]),
    st.sampled_from(["_CONTAINER_REGISTRY_", "CONTAINER_REGISTRY", "_REGISTRY_", "_containerregistry_", "_"]),
    st.sampled_from(["SERVER", "USER", "USERNAME", "PASSWORD", "PASS", "url", "USER_NAME", "X"]),
    st.sampled_from(["", "", "", "_", "\n", "S"]),
) | st.text(max_size=30)
IDENTIFIER = st.from_regex(r"[A-Z_][A-Z0-9_]{0,20}", fullmatch=True)


@settings(deadline=None)
@given(IDENTIFIER)
def test_every_name_of_a_triple_parses_back_and_is_no_near_miss(identifier: str) -> None:
    for name in names_of(identifier):
        assert parse_name(str(name)) == parse_name(str(name).lower()) == name
        assert near_miss(str(name)) is None


@settings(deadline=None)
@given(NAME)
def test_any_name_is_a_part_or_nearly_one_or_neither_and_never_both(name: str) -> None:
    assert parse_name(name) is None or near_miss(name) is None


@settings(deadline=None)
@given(NAME)
def test_what_a_near_miss_suggests_is_a_name_that_github_takes(name: str) -> None:
    meant = near_miss(name)
    assert meant is None or (parse_name(str(meant)) == meant and not str(meant).startswith("GITHUB_"))


@settings(deadline=None)
@given(st.dictionaries(NAME, st.text(max_size=5)))
def test_every_value_found_comes_from_the_environment(environment: dict[str, str]) -> None:
    for identifier, triple in find_triples(environment).items():
        assert triple.identifier == identifier
        assert {triple.server, triple.user, triple.password} - {None} <= set(environment.values())


@pytest.mark.speed
@pytest.mark.parametrize(
    "piece", ["_CONTAINER_REGISTRY", "_", "A", "CONTAINER_REGISTRY_USER", "_REGISTRY_SERVER", "é"]
)
def test_a_long_name_takes_no_longer_than_a_second_a_megabyte(piece: str) -> None:
    name = piece * (1_000_000 // len(piece))
    with within(1):
        parse_name(name)
        near_miss(name + "X_REGISTRY_USER")


def test_whether_a_near_miss_counts_depends_on_the_names_beside_it() -> None:
    alone = ["NPM_REGISTRY_PASSWORD"]
    meant = SecretName("NPM", Part.PASSWORD)
    assert meant_names(alone, ()) == {}
    assert meant_names(alone, {"NPM"}) == {alone[0]: meant}
    assert meant_names([*alone, "NPM_REGISTRY_USER"], ())[alone[0]] == meant


@pytest.mark.parametrize("name", ["ACR_CONTAINER_REGISTRY_USER", "NPM_REGISTRY_PASSWORD", "PATH"])
def test_every_name_that_can_count_may_be_a_part(name: str) -> None:
    counts = parse_name(name) is not None or name in meant_names([name], {"ACR", "NPM"})
    assert may_be_part(name) is counts
