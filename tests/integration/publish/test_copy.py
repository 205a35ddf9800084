"""`crreg publish` with a copy, against a GHCR with tokens, packages and their rights."""

import json

import pytest
import urllib3
from sandbox import credentials
from sandbox.credentials import Credential
from sandbox.faults import Fault, FaultHandler, FaultProxy
from sandbox.images import Pusher
from sandbox.tests.ghcr_scene import person
from sandbox.world import triple
from tests.integration.copy.shelf import MANIFEST, Shelf
from tests.integration.copy.weather import Front, Rule, refuse
from tests.integration.publish.scene import BASE, IMAGE, Scene

from crreg.registry.image.descriptor import ACCEPT


def test_a_copy_keeps_its_digest_and_makes_a_package_of_the_repository(scene: Scene) -> None:
    pushed = scene.put(index=True)
    ended = scene.copy("--tag", "latest")
    assert ended.code == 0, ended.errors
    package = scene.github.packages.get("acme", "dev")
    assert package is not None
    assert (package.visibility, package.repository, package.inherits) == ("private", "acme/app", True)
    assert {digest: set(tags) for digest, tags in package.tags.items()} == {
        pushed.digest: {"1", "latest"},
        **{child: set() for child in children(scene, pushed.digest)},
    }
    [image] = ended.document["images"]
    sent = image.pop("sent")
    assert image == {
        "image": IMAGE,
        "tags": ["1", "latest"],
        "reference": f"{IMAGE}:1",
        "digest": pushed.digest,
        "source": {"kind": "copy", "name": scene.base},
        "outcome": "published",
        "previous": {"1": None, "latest": None},
        "linked": "yes",
        "visibility": "private",
        "notes": ["The digest is the source's.", "The package is private."],
    }
    assert (sent["blobs"], sent["manifests"], sent["there"]) == (4, 3, 0)
    assert ended.document["findings"] == []


def children(scene: Scene, digest: str) -> list[str]:
    _, index = scene.manifest(digest)
    return [entry["digest"] for entry in index["manifests"]]


def test_a_second_run_asks_once_a_manifest_and_tag_and_sends_nothing(scene: Scene) -> None:
    scene.put(index=True)
    assert scene.copy("--tag", "latest").code == 0
    scene.ghcr.clear()
    scene.source.clear()
    ended = scene.copy("--tag", "latest")
    [image] = ended.document["images"]
    assert (ended.code, image["outcome"], image["sent"]) == (0, "unchanged", None)
    registry = [request.method for request in scene.ghcr.requests if request.path.startswith("/v2/acme")]
    assert registry == ["HEAD"] * 4
    assert [request.method for request in scene.source.requests if "/manifests/" in request.path] == ["GET"]


def test_a_child_that_a_cleanup_deleted_is_sent_again(scene: Scene) -> None:
    pushed = scene.put(index=True)
    assert scene.copy().code == 0
    child = children(scene, pushed.digest)[0]
    scene.forget(child)
    assert scene.manifest(child)[0] == ""
    ended = scene.copy()
    assert (ended.code, ended.document["images"][0]["outcome"]) == (0, "published")
    assert scene.manifest(child)[0] == child


def test_link_adds_label_and_the_report_says_that_the_digest_differs(scene: Scene) -> None:
    pushed = scene.put()
    first, second = scene.copy("--link"), scene.copy("--link")
    [image] = first.document["images"]
    assert image["digest"] != pushed.digest
    assert image["notes"] == [
        "Linked: the label and the annotation were added, so the digest differs from the source's.",
        "The package is private.",
    ]
    labels = scene.config("1")["config"]["Labels"]
    assert labels["org.opencontainers.image.source"] == "https://github.com/acme/app"
    assert second.document["images"][0]["outcome"] == "unchanged"
    assert second.document["images"][0]["digest"] == image["digest"]


def test_an_artifact_that_takes_no_label_is_not_said_to_be_linked_by_one(scene: Scene) -> None:
    shelf = Shelf(scene.source, BASE)
    config = shelf.blob(b"{}", "application/vnd.cncf.helm.config.v1+json")
    chart = shelf.blob(b"chart", "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
    tree = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [chart]}
    pushed = shelf.manifest(tree, "1")

    [image] = scene.copy("--link").document["images"]

    assert image["digest"] == pushed["digest"]
    assert image["notes"][0] == "Not linked: it is an artifact and not an image, so it has no label."


def test_a_dry_run_asks_and_publishes_nothing(scene: Scene) -> None:
    scene.put()
    ended = scene.copy("--dry-run")
    assert (ended.code, ended.document["images"][0]["outcome"]) == (0, "planned")
    assert scene.github.packages.get("acme", "dev") is None
    assert (
        "Unknown: 1 image, 1 to publish. This run only checked, so nothing was published."
        in scene.copy("--dry-run", "--format", "text").output
    )


def test_the_configuration_says_what_to_publish(scene: Scene) -> None:
    scene.put()
    scene.configure(
        {"image": IMAGE, "tags": ["1", "2"], "copy": scene.base},
        {"image": "ghcr.io/acme/other/tools", "copy": scene.base},
    )
    ended = scene.publish("--allow-insecure", scene.source.address)
    assert [(image["reference"], image["outcome"]) for image in ended.document["images"]] == [
        (f"{IMAGE}:1", "published"),
        ("ghcr.io/acme/other/tools:latest", "published"),
    ]
    assert scene.manifest("2")[0] == scene.manifest("latest", "acme/other/tools")[0] != ""


def test_with_several_targets_none_is_published_unless_all_may_be(scene: Scene) -> None:
    scene.put()
    scene.configure(
        {"image": IMAGE, "copy": scene.base},
        {"image": "ghcr.io/acme/foreign", "copy": scene.base},
        {"image": "ghcr.io/acme/third", "copy": f"{scene.source.address}/{BASE}:none"},
    )
    scene.github.add_package("acme", "foreign", repository="acme/api")
    ended = scene.publish("--allow-insecure", scene.source.address)
    assert ended.code == 1
    assert [image["outcome"] for image in ended.document["images"]] == ["skipped", "failed", "failed"]
    refused, missing = ended.document["findings"]
    assert (refused["rule"], refused["location"]["path"]) == ("push-refused", ".github/crreg.yml")
    assert "permission_denied: write_package" in refused["message"]
    assert "workflows of acme/app may not write it. It is linked to another repository" in refused["message"]
    assert "https://github.com/orgs/acme/packages/container/foreign/settings" in refused["remedy"]
    assert missing["rule"] == "source-not-readable"
    assert scene.github.packages.get("acme", "dev") is None


def test_a_workflow_without_the_permission_is_told_in_the_first_second(scene: Scene) -> None:
    scene.put()
    scene.use_workflow(packages="read")
    ended = scene.copy()
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "push-refused")
    assert "permissions: {contents: read, packages: write}" in finding["remedy"]
    assert not any(request.method in {"PUT", "PATCH"} for request in scene.ghcr.requests)


def test_an_organization_that_lets_nobody_create_packages_is_named_with_its_settings(scene: Scene) -> None:
    scene.put()
    scene.github.packages.set_policy("acme", creation=False)
    ended = scene.copy()
    [finding] = ended.document["findings"]
    assert "installation not allowed to Create organization package" in finding["message"]
    assert "https://github.com/organizations/acme/settings/packages" in finding["remedy"]


def test_an_immutable_tag_that_points_elsewhere_stays(scene: Scene) -> None:
    scene.put()
    before = scene.copy().document["images"][0]["digest"]
    scene.put(labels={"changed": "yes"})
    ended = scene.copy("--immutable")
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "immutable-tag")
    assert f"is immutable, and already points at {before}" in finding["message"]
    assert scene.manifest("1")[0] == before
    moved = scene.copy()
    assert moved.document["images"][0]["previous"] == {"1": before}


def test_an_immutable_tag_that_somebody_sets_during_the_run_stays(scene: Scene) -> None:
    scene.put()
    theirs: list[str] = []

    def race(handler: FaultHandler) -> None:
        if handler.command == "PUT" and "/manifests/sha256:" in handler.path and not theirs:
            theirs.append(Pusher(scene.source.backend).push("o/r", "1", labels={"by": "them"}).digest)
        handler.relay(handler.server.backend)

    with FaultProxy(scene.source.url) as proxy:
        proxy.go_wrong(Fault("race", race))
        ended = scene.copy("--immutable", to=f"{proxy.url.removeprefix('http://')}/o/r:1")
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "immutable-tag")
    assert f"is immutable, and already points at {theirs[0]}" in finding["message"]
    url = f"{scene.source.backend}/v2/o/r/manifests/1"
    tag = urllib3.request("HEAD", url, headers={"Accept": ACCEPT}, retries=False)
    assert tag.headers["Docker-Content-Digest"] == theirs[0]


def test_what_codespaces_cannot_pull_is_said_after_the_push(scene: Scene) -> None:
    scene.put()
    scene.github.packages.set_policy("acme", inheritance=False)
    scene.github.add_package("acme", "dev", repository=None)
    scene.github.packages.set("acme", "dev", actions_access={"acme/app": "write"})
    ended = scene.copy()
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "package-not-accessible")
    assert "can't pull `ghcr.io/acme/dev:1` without a secret" in finding["message"]
    assert ended.document["images"][0]["outcome"] == "published"


def test_access_that_the_dev_container_asks_for_is_a_warning_after_the_push(scene: Scene) -> None:
    scene.put()
    scene.github.packages.set_policy("acme", inheritance=False)
    scene.github.add_repository("acme/other")
    scene.github.add_package("acme", "dev", repository="acme/other")
    scene.github.packages.set("acme", "dev", actions_access={"acme/app": "write"})
    asked = {"acme/other": {"permissions": {"packages": "read"}}}
    text = json.dumps({"image": "a", "customizations": {"codespaces": {"repositories": asked}}})
    (scene.folder / ".devcontainer.json").write_text(text)
    ended = scene.copy()
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"], finding["severity"]) == (0, "package-not-accessible", "warning")
    assert "devcontainer.json asks to read packages of `acme/other`" in finding["message"]


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_every_form_names_image_tag_and_digest(scene: Scene, form: str) -> None:
    pushed = scene.put()
    ended = scene.publish("--copy", scene.base, "--to", IMAGE, form=form)
    assert ended.code == 0
    for told in (IMAGE, "latest", pushed.digest[:19], "Healthy: 1 image, 1 published. 2 blobs sent"):
        assert told in ended.output.replace("\\", "")


def test_any_registry_may_be_the_target(scene: Scene) -> None:
    pushed = scene.put()
    target = f"{scene.source.address}/mirror/base"
    ended = scene.publish("--copy", scene.base, "--to", target, GITHUB_REPOSITORY="", GITHUB_TOKEN="")
    [image] = ended.document["images"]
    assert (ended.code, image["digest"], image["linked"]) == (0, pushed.digest, "unknown")
    assert image["sent"]["mounted"] == 2


def test_a_tag_that_is_refused_after_another_moved_is_said_so(scene: Scene) -> None:
    pushed = scene.put()
    rule = Rule("PUT", "/manifests/second", refuse(403, "DENIED", "the tag is protected"))
    with Front(scene.source.backend, rule) as front:
        target = f"{front.address}/mirror/base"
        ended = scene.publish("--copy", scene.base, "--to", target, "--tag", "first", "--tag", "second")
    [image], [finding] = ended.document["images"], ended.document["findings"]
    assert (ended.code, image["outcome"], finding["rule"]) == (1, "failed", "publish-failed")
    assert "was sent, but not all of its tags were set" in finding["message"]
    assert "the tag is protected" in finding["message"]
    assert "No tag was moved" not in finding["message"]
    first = f"{scene.source.backend}/v2/mirror/base/manifests/first"
    accept = {"Accept": ACCEPT}
    assert urllib3.request("HEAD", first, headers=accept).headers["Docker-Content-Digest"] == pushed.digest


def test_a_blob_that_the_source_refuses_blames_the_source(scene: Scene) -> None:
    scene.put()
    with Front(scene.source.backend, Rule("GET", "/blobs/", refuse(403, "DENIED", "no"), 99)) as front:
        ended = scene.publish("--copy", f"{front.address}/{BASE}:1", "--to", IMAGE)
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"]) == (1, "publish-failed")
    assert f"in the settings of {front.address}." in finding["remedy"]
    assert scene.manifest("latest") == ("", {})


def test_without_a_token_to_ask_github_with_the_report_says_what_it_does_not_know(scene: Scene) -> None:
    scene.put()
    scene.values = {
        "OWN_CONTAINER_REGISTRY_SERVER": "ghcr.io",
        "OWN_CONTAINER_REGISTRY_USER": "mona",
        "OWN_CONTAINER_REGISTRY_PASSWORD": credentials.register(person(scene.github, "mona")),
    }
    ended = scene.copy(GITHUB_TOKEN="")
    [image] = ended.document["images"]
    assert (ended.code, image["outcome"], image["linked"]) == (0, "published", "unknown")
    assert image["notes"] == [
        "The digest is the source's.",
        "It is not known whether codespaces may pull it, since there is no token to ask GitHub with.",
    ]


def test_a_link_without_a_repository_is_refused_instead_of_said_to_be_there(scene: Scene) -> None:
    scene.put()
    target = f"{scene.source.address}/mirror/base"
    ended = scene.publish("--copy", scene.base, "--to", target, "--link", GITHUB_REPOSITORY="")
    assert (ended.code, ended.rules) == (1, ["invalid-target"])
    assert "it is not known which one" in ended.document["findings"][0]["message"]


def test_wrong_usage_is_one_line_and_exit_code_2(scene: Scene) -> None:
    ended = scene.publish("--copy", "a", "--to", "ghcr.io/Acme/Dev")
    assert (ended.code, ended.output) == (2, "")
    assert "has upper-case letters" in ended.errors


def test_json_is_the_only_thing_on_standard_output(scene: Scene) -> None:
    scene.put()
    assert json.loads(scene.copy().output)["status"] == "healthy"


def test_the_pushers_own_registry_needs_its_triple(scene: Scene) -> None:
    place = scene.world.places["basic"]
    place.push("dev/base", "1")
    reference = f"{place.registry.address}/dev/base:1"
    without = scene.publish("--copy", reference, "--to", IMAGE)
    assert without.rules == ["source-not-readable"]
    assert "pass a triple whose SERVER is its registry" in without.document["findings"][0]["remedy"]
    scene.values = place.triple("ACME")
    assert scene.publish("--copy", reference, "--to", IMAGE).code == 0


def test_what_a_triple_pushed_and_the_token_does_not_see_is_a_warning(scene: Scene) -> None:
    scene.put()
    password = credentials.register(person(scene.github, "mona"))
    scene.values = triple("GHCR", "ghcr.io", Credential("mona", password))
    ended = scene.copy()
    [finding] = ended.document["findings"]
    assert (ended.code, finding["rule"], finding["severity"]) == (0, "package-not-accessible", "warning")
    assert "GitHub's token can't see its package" in finding["message"]
    assert "https://github.com/orgs/acme/packages/container/dev/settings" in finding["remedy"]


def test_a_report_that_cannot_be_written_is_said_before_anything_is_published(scene: Scene) -> None:
    scene.put()
    ended = scene.copy("--output", "/no/such/folder/report.json")
    assert ended.code == 2
    assert "The report can't be written to /no/such/folder/report.json" in ended.errors
    assert scene.github.packages.get("acme", "dev") is None
