"""The answers of the sandbox's GHCR to unusual requests."""

import hashlib

import pytest
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pusher, PushError
from sandbox.serving import Request
from sandbox.tests.ghcr_scene import IMAGE, RawGhcr, Skopeo, add_acme, person, workflow

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def github(github: GitHubSandbox) -> GitHubSandbox:
    add_acme(github)
    return github


@pytest.fixture
def raw(ghcr: Ghcr, github: GitHubSandbox) -> RawGhcr:
    """A workflow that has logged in to GHCR."""
    raw = RawGhcr(ghcr, workflow(github))
    assert raw.log_in() == (200, "")
    return raw


def test_it_answers_on_loopback_as_under_its_name(ghcr: Ghcr, github: GitHubSandbox, skopeo: Skopeo) -> None:
    token, image = workflow(github), f"{ghcr.address}/acme/dev:1"
    assert [skopeo.push(token, image), skopeo.pull(token, image), skopeo.pull(token)] == ["", "", ""]
    assert {request.authorized for request in ghcr.blob_requests} == {False}


def test_the_challenge_names_where_the_client_came(ghcr: Ghcr) -> None:
    raw = RawGhcr(ghcr, None)
    assert raw("HEAD", f"{ghcr.url}/v2/").status == 405
    ping = raw("GET", f"{ghcr.url}/v2/")
    tags = raw("GET", "tags/list")
    assert [answer.headers["WWW-Authenticate"] for answer in (ping, tags)] == [
        f'Bearer realm="{ghcr.url}/token",service="ghcr.io",scope="repository:user/image:pull"',
        f'Bearer realm="{ghcr.url}/token",service="ghcr.io",scope="repository:acme/dev:pull"',
    ]


def test_a_token_is_good_for_its_scopes_alone(ghcr: Ghcr, github: GitHubSandbox) -> None:
    github.add_package("acme", "dev", repository="acme/app")
    raw = RawGhcr(ghcr, workflow(github), actions="pull")
    raw.log_in()
    statuses = [raw("HEAD", "manifests/1").status, raw("POST", "blobs/uploads/").status]
    raw.log_in("repository:acme/other:pull repository:acme/dev:pull,push")
    assert [*statuses, raw("POST", "blobs/uploads/").status] == [404, 401, 202]


def test_a_token_ends_with_the_one_it_was_exchanged_for(ghcr: Ghcr, github: GitHubSandbox) -> None:
    password = person(github, "mona")
    raw = RawGhcr(ghcr, password)
    raw.log_in()
    first = raw("POST", "blobs/uploads/").status
    github.revoke_token(password)
    assert (first, raw("POST", "blobs/uploads/").status) == (202, 401)


def test_an_upload_cannot_be_cancelled(raw: RawGhcr) -> None:
    opened = raw("POST", "blobs/uploads/")
    upload = opened.headers["Location"].removeprefix("/v2/acme/dev/")
    assert (opened.status, raw("DELETE", upload).status) == (202, 405)


def test_a_blob_is_mounted_only_from_where_its_bearer_may_pull(
    ghcr: Ghcr, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    content = b"a blob"
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert skopeo.push(workflow(github)) == ""
    raw = RawGhcr(ghcr, workflow(github))
    raw.log_in()
    upload = raw("POST", "blobs/uploads/").headers["Location"].removeprefix("/v2/acme/dev/")
    assert raw("PUT", f"{upload}&digest={digest}", content).status == 201
    path = f"{ghcr.url}/v2/acme/other/blobs/uploads/?mount={digest}&from=acme/dev"
    statuses = []
    for scope in (
        "repository:acme/other:pull,push",
        "repository:acme/other:pull,push repository:acme/dev:pull",
    ):
        raw.log_in(scope)
        statuses.append(raw("POST", path).status)
    assert statuses == [202, 201]


def test_a_blob_is_elsewhere_and_a_credential_there_is_noted(
    ghcr: Ghcr, github: GitHubSandbox, skopeo: Skopeo, raw: RawGhcr
) -> None:
    assert skopeo.push(workflow(github)) == ""
    layer = raw("GET", "manifests/1", headers={**raw.headers, "Accept": MANIFEST}).json()["layers"][0][
        "digest"
    ]
    ghcr.clear()
    redirected = raw("GET", f"blobs/{layer}")
    address = redirected.headers["Location"]
    fetched = raw("GET", address, headers={"Accept": "*/*"})
    assert (redirected.status, f"sha256:{hashlib.sha256(fetched.data).hexdigest()}") == (307, layer)
    forged = raw("GET", address.replace("sig=", "sig=x"), headers={"Accept": "*/*"})
    missing = raw("GET", f"blobs/sha256:{'0' * 64}")
    assert (forged.status, missing.status, ghcr.violations) == (403, 404, [])
    assert [request.method for request in ghcr.requests] == ["GET", "GET"]
    refused = raw("GET", address)
    path = address.partition("?")[0].removeprefix(ghcr._storage.url)
    assert (refused.status, ghcr.blob_requests[-1].authorized) == (400, True)
    assert ghcr.take_violations() == [f"GET {path} came to the storage with an Authorization header"]


def test_what_is_pushed_behind_it_is_no_package(ghcr: Ghcr, github: GitHubSandbox) -> None:
    Pusher(ghcr.backend).push("acme/dev")
    with pytest.raises(PushError):
        Pusher(ghcr.url).push("acme/dev")
    assert github.packages.get("acme", "dev") is None
    assert ghcr.requests == [Request("POST", "/v2/acme/dev/blobs/uploads/", authorized=False)]


@pytest.mark.usefixtures("ghcr")
def test_a_manifest_that_is_none_makes_no_package(github: GitHubSandbox, raw: RawGhcr) -> None:
    manifest = b'{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}'
    answer = raw("PUT", "manifests/1", manifest)
    assert (400 <= answer.status < 500, github.packages.get("acme", "dev")) == (True, None)


def test_an_image_that_is_public_needs_no_login(ghcr: Ghcr, github: GitHubSandbox, skopeo: Skopeo) -> None:
    assert skopeo.push(workflow(github)) == ""
    github.packages.set("acme", "dev", visibility="public")
    anonymous = RawGhcr(ghcr, None)
    assert (skopeo.pull(None, f"{IMAGE}:1"), anonymous.log_in()) == ("", (200, ""))
    pushed = anonymous("POST", "blobs/uploads/")
    assert (pushed.status, pushed.json()["errors"][0]["message"]) == (
        401,
        "unauthenticated: User cannot be authenticated with the token provided.",
    )
