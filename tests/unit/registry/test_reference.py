"""Image names, held to the cases of the distribution project's own tests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.speed import within

from crreg.registry.reference import ImageReference, InvalidReference

HEX = "1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a"
SHA256 = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("ubuntu", "docker.io", "library/ubuntu", None, None),
        ("ubuntu:24.04", "docker.io", "library/ubuntu", "24.04", None),
        ("library/ubuntu", "docker.io", "library/ubuntu", None, None),
        ("docker.io/ubuntu", "docker.io", "library/ubuntu", None, None),
        ("index.docker.io/ubuntu", "docker.io", "library/ubuntu", None, None),
        ("index.docker.io/acme/app", "docker.io", "acme/app", None, None),
        ("acme/app", "docker.io", "acme/app", None, None),
        ("library/foo/bar", "docker.io", "library/foo/bar", None, None),
        ("ghcr.io/acme/app:1", "ghcr.io", "acme/app", "1", None),
        (f"ghcr.io/acme/app@{SHA256}", "ghcr.io", "acme/app", None, SHA256),
        (f"busybox:latest@{SHA256}", "docker.io", "library/busybox", "latest", SHA256),
        ("localhost/app", "localhost", "app", None, None),
        ("localhost:5000/app:1", "localhost:5000", "app", "1", None),
        ("localhost:5000", "docker.io", "library/localhost", "5000", None),
        ("registry:5000/app", "registry:5000", "app", None, None),
        ("127.0.0.1:8000/private/moonbase", "127.0.0.1:8000", "private/moonbase", None, None),
        ("[fc00::1]:5000/docker", "[fc00::1]:5000", "docker", None, None),
        ("[fc00:1:2:3:4:5:6:7]/debian", "[fc00:1:2:3:4:5:6:7]", "debian", None, None),
        ("LOCALDOMAIN/debian", "LOCALDOMAIN", "debian", None, None),
        ("Foo/bar", "Foo", "bar", None, None),
        ("192.168.0.1", "docker.io", "library/192.168.0.1", None, None),
        ("192.168.0.1:80", "docker.io", "library/192.168.0.1", "80", None),
        ("docker---rules/dock__er", "docker.io", "docker---rules/dock__er", None, None),
        (f"docker.io/{HEX}", "docker.io", f"library/{HEX}", None, None),
        ("a" * 255 + "/b", "docker.io", None, None, None),
        ("host.example/" + "a" * 255, "host.example", "a" * 255, None, None),
        ("app:" + "t" * 128, "docker.io", "library/app", "t" * 128, None),
        (f"app@sha512:{HEX}{HEX}", "docker.io", "library/app", None, f"sha512:{HEX}{HEX}"),
    ],
)
def test_a_name_is_read_as_docker_reads_it(
    text: str,
    registry: str,
    repository: str | None,
    tag: str | None,
    digest: str | None,
) -> None:
    if repository is None:
        with pytest.raises(InvalidReference):
            ImageReference.parse(text)
    else:
        assert ImageReference.parse(text) == ImageReference(registry, repository, tag, digest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "/app",
        ":tag",
        "app:",
        "app@",
        "app@sha256:",
        f"app@sha256:{HEX[:-1]}",
        f"app@sha256:{HEX.upper()}",
        f"app@md5:{HEX[:32]}",
        f"app@sha512:{HEX}",
        HEX,
        "https://github.com/docker/docker",
        "docker/Docker",
        "Docker",
        "-docker",
        "-docker/docker",
        "-docker.io/docker/docker",
        "docker///docker",
        "docker.io/docker/Docker",
        "docker.io/docker///docker",
        "[fc00::1]",
        "[fc00::1]:5000",
        "fc00::1:5000/debian",
        "[fe80::1%eth0]:5000/debian",
        "[2001:db8:3:4::192.0.2.33]:5000/debian",
        "____/____",
        "_docker/_docker",
        "dock..er/docker",
        "dock_.er/docker",
        "dock-.er/docker",
        "docker-/docker",
        "docker/",
        "a___b",
        "host.example/" + "a" * 256,
        "app:" + "t" * 129,
        "app:-t",
        "app:.t",
        "app\n",
        "app:1\n",
        "\u0430pp",
        "app:\u0661",
        " app",
        "app name",
        "my_host.example/app",
    ],
)
def test_what_is_no_name_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(InvalidReference) as raised:
        ImageReference.parse(text)
    assert text.strip() == "" or len(text) < 8 or text not in str(raised.value)


@pytest.mark.parametrize("scheme", ["https://", "http://"])
def test_an_address_as_browsers_take_it_is_told_from_a_name(scheme: str) -> None:
    with pytest.raises(InvalidReference) as raised:
        ImageReference.parse(f"{scheme}ghcr.io/acme/dev:1")
    assert str(raised.value) == "a name starts with the registry's host, not with a scheme such as https://"


@pytest.mark.parametrize(
    ("text", "full", "target"),
    [
        ("ubuntu", "docker.io/library/ubuntu", "latest"),
        ("ghcr.io/a/b:1", "ghcr.io/a/b:1", "1"),
        (f"ghcr.io/a/b:1@{SHA256}", f"ghcr.io/a/b:1@{SHA256}", SHA256),
    ],
)
def test_the_full_name_adds_no_tag_though_latest_is_what_is_asked_for(
    text: str, full: str, target: str
) -> None:
    reference = ImageReference.parse(text)
    assert (str(reference), reference.target) == (full, target)


@given(st.text() | st.text(alphabet="aA0.:/@-_[]", max_size=80))
def test_no_text_raises_anything_else_and_a_full_name_reads_as_itself(text: str) -> None:
    try:
        reference = ImageReference.parse(text)
    except InvalidReference:
        return
    assert ImageReference.parse(str(reference)) == reference


@pytest.mark.speed
@pytest.mark.parametrize(
    "piece",
    ["a", "A", "a-", "a.", "a/", "a:", "a@", "[", "_", "a__", "0", "-", "é", "a.b-c/", "host.example/a-"],
)
def test_a_megabyte_takes_less_than_a_second(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    with within(1):
        for prefix in ("", "a/", "host:1/", "host.example/a:"):
            try:
                ImageReference.parse(prefix + text)
            except InvalidReference:
                continue
