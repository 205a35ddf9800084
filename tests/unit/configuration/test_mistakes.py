"""Mistakes that people make in .github/crreg.yml: each message is at the place to correct, and says how."""

import pytest

from crreg.configuration.nodes import ConfigurationError
from crreg.configuration.parse import parse_configuration
from crreg.rules.catalog import RULE_NAMES

UNCLOSED = "invalid YAML: the quotation mark that opens here is not closed on its line"


def mistake(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(text, "f", rules=RULE_NAMES)
    return str(caught.value)


def registry(*lines: str) -> str:
    return "registries:\n  ACR:\n" + "".join(f"    {line}\n" for line in lines)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    said = mistake(
        "ignore: [unused]\n" + registry("servr: a.example", "level: user", "max-age: 90") + "foo: 1\n"
    )
    assert said == (
        "f:1:10: ignore names 'unused' (did you mean `unused-triple`?), which is not a rule: see `crreg rules`. Also, "
        "line 4: unknown key `servr` in registries.ACR (did you mean `server`?): expected server, level, visibility, "
        "repositories, images, max-age, rotate or allow; line 6: registries.ACR.max-age must be a number of hours, "
        "days or weeks, such as 12h, 90d or 4w; line 7: unknown key `foo` in the configuration: expected registries, "
        "ignore or publish"
    )


def test_a_file_with_many_mistakes_is_told_some_of_them_and_their_number() -> None:
    said = mistake("".join(f"k{number}: 1\n" for number in range(8)))
    assert [f"`k{number}`" in said for number in range(8)] == [True] * 6 + [False] * 2
    assert said.endswith("; 2 more mistakes")


@pytest.mark.parametrize(
    "lines",
    [
        ('server: "acme.azurecr.io', "level: user"),
        ("server: 'acme.azurecr.io", "level: user"),
        # The mark that opens the next string closes this one, so the parser complains about the next.
        ('server: "acme.azurecr.io', 'level: "user"'),
        ("server: 'acme.azurecr.io", "level: 'user'"),
    ],
)
def test_a_quotation_mark_that_is_not_closed_is_shown_where_it_opens(lines: tuple[str, ...]) -> None:
    assert mistake(registry(*lines)) == f"f:3:13: {UNCLOSED}"


@pytest.mark.parametrize(
    ("lines", "column", "bracket"),
    [
        (('images: ["a"', "level: user"), 13, "["),
        (("images: [", "level: user"), 13, "["),
        (('images: ["a",', '  "b"', "level: user"), 13, "["),
        (('images: ["a",',), 13, "["),
        (("max-age: {days: 3", "level: user"), 14, "{"),
        (("images: !list [a", "level: user"), 19, "["),
    ],
)
def test_a_bracket_that_is_not_closed_is_shown_where_it_opens(
    lines: tuple[str, ...], column: int, bracket: str
) -> None:
    assert (
        mistake(registry(*lines))
        == f"f:3:{column}: invalid YAML: the {bracket} that opens here is not closed"
    )


def test_a_mistake_between_brackets_is_shown_where_it_is() -> None:
    text = registry("images: [", '  "a",', '  "b" "c",', "]")
    assert (
        mistake(text)
        == "f:5:11: invalid YAML: did not find expected ',' or ']' while parsing a flow sequence"
    )


def test_a_string_of_several_lines_is_not_blamed_for_a_later_mistake() -> None:
    text = registry('images: ["a', '  b"]', "level: user: x")
    assert mistake(text) == "f:5:16: invalid YAML: mapping values are not allowed in this context"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("registries: {}\n---\nignore: []\n", 2),
        ("---\nregistries: {}\n\n---\n", 4),
        ("# nothing\n---\n---\nignore: []\n", 3),
    ],
)
def test_a_second_document_is_shown_where_it_starts(text: str, line: int) -> None:
    assert mistake(text) == f"f:{line}:1: a second document starts here, but only one is allowed"


@pytest.mark.parametrize(
    ("identifier", "said"),
    [
        (
            "GITHUB",
            (
                "GitHub refuses names that start with GITHUB_, such as GITHUB_CONTAINER_REGISTRY_SERVER; choose "
                "another, such as GHCR"
            ),
        ),
        (
            "X_CONTAINER_REGISTRY",
            "it is what comes before _CONTAINER_REGISTRY_ in the names of the secrets, so write X",
        ),
        (
            "acr_container_registry_server",
            "it is what comes before _CONTAINER_REGISTRY_ in the names of the secrets, so write ACR",
        ),
        (
            "_CONTAINER_REGISTRY",
            "it is what comes before _CONTAINER_REGISTRY_ in the names of the secrets, so write a name of your own",
        ),
    ],
)
def test_an_identifier_is_only_the_beginning_of_a_name_that_github_accepts(
    identifier: str, said: str
) -> None:
    text = f"registries:\n  {identifier}: {{level: user}}\n"
    assert mistake(text) == f"f:2:3: {identifier!r} can't be an identifier: {said}"


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("5000", " is 5000, but must be a host such as acme.azurecr.io"),
        ("1.5", " is 1.5, but must be a host such as acme.azurecr.io"),
        ("true", " is true, but must be a host such as acme.azurecr.io"),
        ("/srv/registry", " is the path '/srv/registry', but must be a host such as acme.azurecr.io"),
        ("./registry", " is the path './registry', but must be a host such as acme.azurecr.io"),
        ("~/x", " is the path '~/x', but must be a host such as acme.azurecr.io"),
        (
            "acme.azurecr.io/dev/base",
            (
                " is 'acme.azurecr.io/dev/base', but must be only the host: write acme.azurecr.io, and list images "
                "under images"
            ),
        ),
        (
            "acme_dev",
            " is not a host that an image name could start with: expected a host such as acme.azurecr.io",
        ),
    ],
)
def test_a_server_is_a_host(server: str, said: str) -> None:
    assert mistake(registry(f"server: {server}")) == f"f:3:13: registries.ACR.server{said}"


@pytest.mark.parametrize(
    "server",
    [
        *("acme.azurecr.io", "registry", "localhost:5000", "10.0.0.1:5000", "https://acme.azurecr.io/"),
        *("https://index.docker.io/v1/", "acme.azurecr.io/v2/", "'[::1]:5000'"),
    ],
)
def test_every_form_that_docker_login_takes_is_a_server(server: str) -> None:
    settings = parse_configuration(registry(f"server: {server}"), "f", rules=RULE_NAMES)
    assert settings.registries["ACR"].server == server.strip("'")


@pytest.mark.parametrize("order", [1, -1])
def test_only_ecr_has_tokens_to_rotate(order: int) -> None:
    lines = ("server: acme.azurecr.io", "rotate: ecr-token")[::order]
    place = f"{3 + lines.index('rotate: ecr-token')}:13"
    assert mistake(registry(*lines)) == (
        f"f:{place}: registries.ACR.rotate works only with Amazon ECR, and acme.azurecr.io is another registry: "
        "remove this line, or correct server"
    )


def test_a_rotated_registry_may_leave_its_server_to_the_secret_or_be_at_ecr() -> None:
    for lines in (
        ("rotate: ecr-token",),
        ("server: 123456789012.dkr.ecr.eu-west-1.amazonaws.com", "rotate: ecr-token"),
    ):
        settings = parse_configuration(registry(*lines), "f", rules=RULE_NAMES)
        assert settings.registries["ACR"].rotate == "ecr-token"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "level: organisation",
            "3:12: registries.ACR.level is 'organisation' (did you mean `organization`?), but must be one of ",
        ),
        (
            "level: repo",
            "3:12: registries.ACR.level is 'repo' (did you mean `repository`?), but must be one of ",
        ),
        ("level: team", "3:12: registries.ACR.level is 'team', but must be one of user, "),
        (
            "visibility: Selected",
            "3:17: registries.ACR.visibility is 'Selected' (did you mean `selected`?), but ",
        ),
        ("rotate: ecr_token", "3:13: registries.ACR.rotate is 'ecr_token' (did you mean `ecr-token`?), but "),
    ],
)
def test_a_misspelled_value_brings_the_nearest_one(line: str, said: str) -> None:
    assert mistake(registry(line)).startswith(f"f:{said}")


def test_a_misspelled_rule_brings_the_nearest_one() -> None:
    assert mistake("ignore: [unused-triple, unused-tripel]\n") == (
        "f:1:25: ignore names 'unused-tripel' (did you mean `unused-triple`?), which is not a rule: see `crreg rules`"
    )
