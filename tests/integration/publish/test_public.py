"""A first push from a public repository, whose package GitHub may show to everybody for good."""

import pytest
from sandbox.tests.ghcr_scene import REPOSITORY
from tests.integration.publish.scene import Scene

SOURCE = "dev/base"
ROOTED, ELSEWHERE = "ghcr.io/acme/app/dev", "ghcr.io/acme/dev"


@pytest.fixture
def private(scene: Scene) -> str:
    """An image that only its triple may pull, named by a workflow of a repository that everybody may see."""
    scene.github.add_repository(REPOSITORY, visibility="public")
    scene.use_workflow()
    place = scene.world.places["basic"]
    place.push(SOURCE, "1")
    scene.values |= place.triple("SOURCE")
    return f"{place.server}/{SOURCE}:1"


@pytest.mark.parametrize("image", [ROOTED, ELSEWHERE])
def test_a_new_package_of_a_public_repository_is_refused(scene: Scene, private: str, image: str) -> None:
    ended = scene.publish("--copy", private, "--to", image)
    assert (ended.code, ended.rules) == (1, ["may-become-public"])
    [finding] = ended.document["findings"]
    assert "`acme/app` is public" in finding["message"]
    assert "--allow-public" in finding["remedy"]
    assert scene.ghcr_has(image) is None
    assert [request.method for request in scene.ghcr.requests if request.method in {"PUT", "PATCH"}] == []


def test_a_dry_run_says_so_too(scene: Scene, private: str) -> None:
    ended = scene.publish("--copy", private, "--to", ROOTED, "--dry-run")
    assert ended.rules == ["may-become-public"]


@pytest.mark.parametrize(
    ("image", "visibility", "note"),
    [
        (
            ROOTED,
            "public",
            "The package is public: everybody can pull it, and it can't be made private again.",
        ),
        (ELSEWHERE, "private", "The package is private."),
    ],
)
def test_with_allow_public_it_is_published_and_its_visibility_read_back(
    scene: Scene, private: str, image: str, visibility: str, note: str
) -> None:
    scene.configure({"image": image, "copy": private, "allow-public": True})
    ended = scene.publish("--allow-insecure", private.partition("/")[0])
    assert ended.code == 0, ended.output
    [published] = ended.document["images"]
    assert published["visibility"] == visibility == scene.ghcr_has(image)
    assert note in published["notes"]


def test_a_package_that_is_there_is_published_to_without_it(scene: Scene, private: str) -> None:
    assert scene.publish("--copy", private, "--to", f"{ELSEWHERE}:1", "--allow-public").code == 0
    ended = scene.publish("--copy", private, "--to", f"{ELSEWHERE}:2")
    assert ended.code == 0, ended.output
    assert scene.ghcr_has(ELSEWHERE) == "private"


def test_what_everybody_may_pull_already_is_published_without_it(scene: Scene, private: str) -> None:
    assert private
    scene.put()
    ended = scene.copy(to=ROOTED)
    assert ended.code == 0, ended.output
    assert scene.ghcr_has(ROOTED) == "public"


def test_the_option_goes_with_a_source(scene: Scene) -> None:
    ended = scene.publish("--allow-public")
    assert ended.code == 2
    assert "--allow-public needs --copy, --build or --local" in ended.errors
