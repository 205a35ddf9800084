"""SERVER values as people store them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.registry.server import InvalidServer, Server, parse_server, registry_of

DOCKER_HUB = Server("docker.io", "registry-1.docker.io", "registry-1.docker.io", None)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("https://index.docker.io/v1/", DOCKER_HUB),
        ("index.docker.io", DOCKER_HUB),
        ("docker.io", DOCKER_HUB),
        ("https://docker.io", DOCKER_HUB),
        (
            "registry-1.docker.io",
            Server("registry-1.docker.io", "registry-1.docker.io", "registry-1.docker.io", None),
        ),
        ("ghcr.io", Server("ghcr.io", "ghcr.io", "ghcr.io", None)),
        ("https://ghcr.io", Server("ghcr.io", "ghcr.io", "ghcr.io", None)),
        ("http://ghcr.io/", Server("ghcr.io", "ghcr.io", "ghcr.io", None)),
        ("oci://ghcr.io/acme", Server("ghcr.io", "ghcr.io", "ghcr.io", None)),
        ("ghcr.io/acme/app", Server("ghcr.io", "ghcr.io", "ghcr.io", None)),
        ("ghcr.io:443", Server("ghcr.io:443", "ghcr.io:443", "ghcr.io", 443)),
        ("Acme.azurecr.io", Server("Acme.azurecr.io", "Acme.azurecr.io", "Acme.azurecr.io", None)),
        ("localhost:5000", Server("localhost:5000", "localhost:5000", "localhost", 5000)),
        ("[::1]:5000", Server("[::1]:5000", "[::1]:5000", "::1", 5000)),
        ("[fc00::1]", Server("[fc00::1]", "[fc00::1]", "fc00::1", None)),
        ("ghcr.io\n", Server("ghcr.io", "ghcr.io", "ghcr.io", None, trimmed=True)),
        ("  ghcr.io", Server("ghcr.io", "ghcr.io", "ghcr.io", None, trimmed=True)),
    ],
)
def test_a_server_is_read_as_docker_login_reads_it(text: str, server: Server) -> None:
    assert parse_server(text) == server


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("ghcr .io", "contains white space or a control character"),
        ("ghcr.io/a b", "contains white space or a control character"),
        ("ghcr\x00.io", "contains white space or a control character"),
        ("ghcr.io\u202e", "contains white space or a control character"),
        ("me:secret@ghcr.io", "has a user name before the host; store only the host"),
        ("https://me@ghcr.io", "has a user name before the host; store only the host"),
        ("ghcr.io:", "has a port that is not between 1 and 65535"),
        ("ghcr.io:0", "has a port that is not between 1 and 65535"),
        ("ghcr.io:65536", "has a port that is not between 1 and 65535"),
        ("ghcr.io:" + "9" * 5000, "has a port that is not between 1 and 65535"),
        ("ghcr.io:http", "is not a host that an image name could start with"),
        ("ghcr.io?x", "is not a host that an image name could start with"),
        ("-ghcr.io", "is not a host that an image name could start with"),
        ("ghcr..io", "is not a host that an image name could start with"),
        ("https://", "is not a host that an image name could start with"),
        ("/v2/", "is not a host that an image name could start with"),
        ("::1", "is not a host that an image name could start with"),
        ("a." * 127 + "io", "is not a host that an image name could start with"),
        ("b\u00fccher.example", "is not a host that an image name could start with"),
        ("[:::]", "has brackets around something other than an IPv6 address"),
    ],
)
def test_what_names_no_host_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidServer) as raised:
        parse_server(text)
    assert str(raised.value) == reason


@given(st.text() | st.text(alphabet="aA0.:/@-[] \n", max_size=60))
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        server = parse_server(text)
    except InvalidServer:
        return
    assert server.host in server.address


@pytest.mark.parametrize(
    ("text", "registry"),
    [
        ("https://index.docker.io/v1/", "docker.io"),
        ("ACME.azurecr.io", "acme.azurecr.io"),
        ("https://r.example:5000/v2/", "r.example:5000"),
        ("", None),
        (None, None),
        ("me:secret@ghcr.io", None),
    ],
)
def test_a_server_names_a_registry_as_images_do(text: str | None, registry: str | None) -> None:
    assert registry_of(text) == registry
