import pytest

from crreg.cli.publish_options import ArgumentError, Arguments, chosen
from crreg.configuration.settings import Build, Publication

LISTED = (
    Publication("ghcr.io/o/app", None, copy="acme.example/base:1"),
    Publication("ghcr.io/o/tools", None, build=Build()),
)


def test_a_source_makes_one_publication() -> None:
    arguments = Arguments(copy="acme.example/base:1", to="ghcr.io/o/app:1.4", tags=("latest",), link=True)
    assert chosen(arguments, LISTED, None) == (
        Publication("ghcr.io/o/app", None, ("1.4", "latest"), copy="acme.example/base:1", link=True),
    )


def test_without_a_place_it_goes_to_the_repositorys_own() -> None:
    assert chosen(Arguments(local="app:ci"), (), "ghcr.io/o/hello") == (
        Publication("ghcr.io/o/hello", None, local="app:ci"),
    )


def test_an_empty_place_is_an_error_and_not_the_repositorys_own() -> None:
    with pytest.raises(ArgumentError, match="--to '' is not a valid image name"):
        chosen(Arguments(local="app:ci", to=""), (), "ghcr.io/o/hello")


def test_a_port_is_no_tag() -> None:
    [publication] = chosen(Arguments(copy="a", to="localhost:5000/app"), (), None)
    assert (publication.image, publication.tags) == ("localhost:5000/app", ("latest",))


def test_every_option_of_a_build_is_read() -> None:
    arguments = Arguments(
        build="app",
        to="ghcr.io/o/tools",
        dockerfile="app/Containerfile",
        target="dev",
        args=("V=1=2", "E="),
        labels=("team=x",),
        cache_from=("ghcr.io/o/tools:cache",),
        platforms=("linux/arm64",),
        immutable=True,
    )
    build = Build(
        "app",
        "app/Containerfile",
        "dev",
        {"V": "1=2", "E": ""},
        {"team": "x"},
        ("ghcr.io/o/tools:cache",),
        ("linux/arm64",),
    )
    assert chosen(arguments, (), None) == (Publication("ghcr.io/o/tools", None, build=build, immutable=True),)


def test_without_a_source_the_configuration_says_what() -> None:
    assert chosen(Arguments(), LISTED, None) == LISTED
    assert chosen(Arguments(to="ghcr.io/o/tools"), LISTED, None) == LISTED[1:]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (Arguments(), "There is nothing to publish: name an image with --copy, --build or --local"),
        (Arguments(copy="a", local="b", to="x.y/z"), "--copy and --local can't be combined"),
        (Arguments(copy="a"), "The target is not known. Pass --to IMAGE"),
        (Arguments(copy="a", to=""), "--to '' is not a valid image name"),
        (Arguments(copy="", to="x.y/z"), "--copy '' is not a valid image name"),
        (Arguments(build="", to="x.y/z"), "--build is empty: name a folder, such as ."),
        (Arguments(local="../containers", to="x.y/z"), "--local '../containers' is not a valid image name"),
        (Arguments(local=" ", to="x.y/z"), "--local is empty: name an image that the engine has"),
        (Arguments(copy="a b", to="x.y/z"), "--copy 'a b' is not a valid image name"),
        (Arguments(copy="a", to="ghcr.io/O/App"), "--to 'ghcr.io/O/App' has upper-case letters"),
        (Arguments(copy="a", to=f"x.y/z@sha256:{'0' * 64}"), "has a tag or a digest"),
        (Arguments(copy="a", to="x.y/z:.tag"), "'.tag' is not a tag"),
        (Arguments(copy="a", to="x.y/z", platforms=("arm64",)), "'arm64' is not a platform"),
        (
            Arguments(local="a", to="x.y/z", platforms=("linux/arm64",)),
            "--platform can't be used with this source",
        ),
        (Arguments(copy="a", to="x.y/z", target="dev"), "--target can't be used with this source"),
        (Arguments(build=".", to="x.y/z", args=("V",)), "--build-arg must have the form NAME=VALUE"),
        (Arguments(build=".", to="x.y/z", referrers=True), "--referrers can't be used with this source"),
        (Arguments(tags=("1",)), "--tag needs --copy, --build or --local"),
    ],
)
def test_what_does_not_go_together_is_said(arguments: Arguments, said: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        chosen(arguments, (), None)
    assert said in str(caught.value)


def test_an_image_that_the_configuration_does_not_list_is_said_with_those_that_it_does() -> None:
    with pytest.raises(ArgumentError) as caught:
        chosen(Arguments(to="ghcr.io/o/other"), LISTED, None)
    assert str(caught.value) == (
        "The configuration does not list 'ghcr.io/o/other' under publish. It lists ghcr.io/o/app, ghcr.io/o/tools."
    )
