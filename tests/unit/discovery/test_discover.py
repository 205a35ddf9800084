import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crreg.discovery.discover import discover
from crreg.discovery.found import Discovery, FoundImage, Problem, ProblemKind, Source
from crreg.findings.finding import Effect
from crreg.findings.location import Location

USUAL = ".devcontainer/devcontainer.json"
COMPOSE = ".devcontainer/c.yml"


def write(root: Path, files: Mapping[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    return root


def with_config(**config: Any) -> dict[str, str]:
    return {USUAL: json.dumps(config)}


def with_compose(text: str, **config: Any) -> dict[str, str]:
    return with_config(**{"dockerComposeFile": "c.yml", "service": "a"} | config) | {COMPOSE: text}


def images(root: Path, files: Mapping[str, str]) -> list[tuple[Source, str]]:
    """Return the images in files without problems."""
    found = discover(write(root, files))
    assert found.problems == ()
    return [(image.source, image.text) for image in found.images]


def problems(root: Path, files: Mapping[str, str]) -> list[tuple[ProblemKind, str, str, int, int]]:
    return [
        (problem.kind, problem.message, problem.location.path, problem.location.line, problem.location.column)
        for problem in discover(write(root, files)).problems
    ]


def test_no_configuration_at_all_is_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert discover(tmp_path) == Discovery((), (), ())


@pytest.mark.parametrize("folder", ["", "app/src"])
def test_a_folder_without_dev_containers_that_is_no_checkouts_top_says_nothing_about_the_repository(
    tmp_path: Path, folder: str
) -> None:
    (tmp_path / "app" / ".git").mkdir(parents=True)
    write(tmp_path / folder, {"README": ""})
    assert discover(tmp_path / folder) == Discovery((), (), (), is_elsewhere=True)


def test_a_difference_names_the_program_that_reads_differently(tmp_path: Path) -> None:
    files = with_config(build={"dockerfile": "Dockerfile"}) | {
        ".devcontainer/Dockerfile": "FROM a\nRUN <<EOF\nFROM x\nEOF\n"
    }
    [(kind, message, *_)] = problems(tmp_path, files)
    assert kind is ProblemKind.READ_DIFFERENTLY
    assert message.startswith("the dev containers CLI reads every line that begins with FROM as a stage")


def test_dev_containers_outside_of_a_checkout_are_read(tmp_path: Path) -> None:
    found = discover(write(tmp_path, with_config(image="a")))
    assert (found.is_elsewhere, [image.text for image in found.images]) == (False, ["a"])


@pytest.mark.parametrize(
    "config",
    [
        {"image": "a", "mounts": [{"type": "image", "source": "e.io/tools", "target": "/t"}]},
        {"image": "a", "mounts": ["source=e.io/tools,Type=image,target=/t"]},
        {"image": "a", "runArgs": ["--mount", "type=image,source=e.io/tools,target=/t"]},
        {
            "build": {"dockerfile": "Dockerfile"},
            "runArgs": ["--mount=type=image,source=e.io/tools,target=/t"],
        },
    ],
)
def test_a_mounted_image_leaves_the_check_unproven(tmp_path: Path, config: dict[str, Any]) -> None:
    found = discover(write(tmp_path, with_config(**config) | {".devcontainer/Dockerfile": "FROM a"}))
    assert [(problem.kind, problem.softened) for problem in found.problems] == [
        (ProblemKind.UNSUPPORTED, Effect.UNPROVEN)
    ]


def test_other_mounts_are_no_images(tmp_path: Path) -> None:
    mounts = [
        {"type": "volume", "source": "image", "target": "/t"},
        "type=bind,source=/image,target=/image",
        7,
    ]
    assert images(tmp_path, with_config(image="a", mounts=mounts, runArgs=["--mount"])) == [
        (Source.IMAGE, "a")
    ]


def test_every_configuration_is_read_in_the_order_of_paths(tmp_path: Path) -> None:
    found = discover(
        write(
            tmp_path,
            {
                ".devcontainer/b/devcontainer.json": '{"image": "b"}',
                ".devcontainer/a/devcontainer.json": '{"image": "a"}',
                ".devcontainer/a/deeper/devcontainer.json": '{"image": "no"}',
                ".devcontainer/a/other.json": '{"image": "no"}',
                "sub/.devcontainer/devcontainer.json": '{"image": "no"}',
                USUAL: '{"image": "usual"}',
                ".devcontainer.json": '{"image": "root"}',
            },
        )
    )

    def image(text: str, path: str) -> FoundImage:
        return FoundImage(text, Source.IMAGE, Location(path, 1, 12, 1, 12 + len(text)))

    assert found == Discovery(
        (
            ".devcontainer.json",
            ".devcontainer/a/devcontainer.json",
            ".devcontainer/b/devcontainer.json",
            USUAL,
        ),
        (
            image("root", ".devcontainer.json"),
            image("a", ".devcontainer/a/devcontainer.json"),
            image("b", ".devcontainer/b/devcontainer.json"),
            image("usual", USUAL),
        ),
        (),
    )


def test_a_broken_file_is_a_problem_and_the_others_are_read(tmp_path: Path) -> None:
    found = discover(
        write(tmp_path, {USUAL: '{"image": \n', ".devcontainer/x/devcontainer.json": '{"image": "b"}'})
    )

    assert [image.text for image in found.images] == ["b"]
    message = "invalid JSON: expected a value before the end of the file"
    assert found.problems == (Problem(ProblemKind.INVALID, message, Location(USUAL, 2, 1, 2, 1)),)


def test_an_image_s_place_counts_characters_through_tabs_and_carriage_returns(tmp_path: Path) -> None:
    files = {USUAL: '\ufeff{\r\n\t"name": "😀", "image": "debian:12"\r\n}\r\n'}

    (image,) = discover(write(tmp_path, files)).images

    assert image.location == Location(USUAL, 2, 25, 2, 34)


def test_a_folder_of_that_name_is_no_configuration(tmp_path: Path) -> None:
    (tmp_path / USUAL).mkdir(parents=True)

    assert discover(tmp_path).configurations == ()


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("none", "does not exist"),
        ("devcontainer.json", "is a symbolic link to itself"),
        ("../../out.json", "is a symbolic link that leads outside the repository"),
    ],
)
def test_a_link_that_can_not_be_followed_is_a_problem(tmp_path: Path, target: str, reason: str) -> None:
    (tmp_path / "out.json").write_text('{"image": "secret"}')
    (tmp_path / "root" / ".devcontainer").mkdir(parents=True)
    (tmp_path / "root" / USUAL).symlink_to(target)

    found = discover(tmp_path / "root")

    problem = Problem(ProblemKind.INVALID, f"{USUAL} {reason}", Location(USUAL, 1, 1, 1, 1))
    assert found == Discovery((USUAL,), (), (problem,))


def test_ten_thousand_folders_are_looked_through(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / ".devcontainer" / str(number)).mkdir(parents=True)

    files = {".devcontainer/9999/devcontainer.json": '{"image": "a"}'}
    assert images(tmp_path, files) == [(Source.IMAGE, "a")]


def test_more_configurations_than_the_bound_are_one_problem(tmp_path: Path) -> None:
    names = [f".devcontainer/{number:04}/devcontainer.json" for number in range(1_002)]
    found = discover(write(tmp_path, dict.fromkeys(names, '{"image": "a"}')))

    assert (len(found.configurations), len(found.images)) == (1_002, 1_000)
    message = f"{names[1000]} and later ones were not read: there are more than 1000 dev containers"
    place = Location(names[1000], 1, 1, 1, 1)
    assert found.problems == (Problem(ProblemKind.UNRESOLVED, message, place),)


def test_features_are_images_unless_they_are_local(tmp_path: Path) -> None:
    files = with_config(
        features={
            "ghcr.io/devcontainers/features/go:1": {},
            "ghcr.io/devcontainers-contrib/features/X:2": {},
            "localhost:5000/a/b@sha256:00": {},
            "node": "lts",
            "maven": "latest",
            "./local": {},
        }
    ) | {
        ".devcontainer/local/devcontainer-feature.json": '{"dependsOn": {"ghcr.io/d/e/f": {}, "./other": {}}}',
        ".devcontainer/other/devcontainer-feature.json": '{"dependsOn": {"./local": {}}}',
    }

    assert images(tmp_path, files) == [
        (Source.FEATURE, "ghcr.io/devcontainers/features/go:1"),
        (Source.FEATURE, "ghcr.io/devcontainers-extra/features/x:2"),
        (Source.FEATURE, "localhost:5000/a/b@sha256:00"),
        (Source.FEATURE, "ghcr.io/devcontainers/features/node:1"),
        (Source.FEATURE, "ghcr.io/devcontainers/features/java:1"),
        (Source.FEATURE, "ghcr.io/d/e/f"),
    ]


@pytest.mark.parametrize(
    "name", ["https://e.io/devcontainer-feature-x.tgz", "owner/repository/feature@v1", "a//b"]
)
def test_a_feature_that_no_registry_holds_is_not_proven(name: str, tmp_path: Path) -> None:
    [problem] = discover(write(tmp_path, with_config(features={name: {}}))).problems

    assert (problem.kind, problem.location.path) == (ProblemKind.UNRESOLVED, USUAL)
    assert "crreg does not ask for it" in problem.message


def test_what_decides_the_order_of_features_is_asked_for_too(tmp_path: Path) -> None:
    files = with_config(
        features={"acme.example/f/g/a:1": {}, "./local": {}},
        overrideFeatureInstallOrder=[
            "acme.example/f/g/a",
            "${localEnv:NONE:acme.example}/f/g/b:2",
            "node",
            "./missing",
            "owner/repository/feature",
            "acme.example/owner/feature",
            "https://example.com/devcontainer-feature-x.tgz",
        ],
    ) | {
        ".devcontainer/local/devcontainer-feature.json": json.dumps(
            {"installsAfter": ["acme.example/f/g/c", "./other", "ghcr.io/d/e:1"]}
        ),
        ".devcontainer/other/devcontainer-feature.json": '{"dependsOn": {"acme.example/f/g/never:1": {}}}',
    }

    found = discover(write(tmp_path, files))

    assert [(image.text, image.location.path) for image in found.images] == [
        ("acme.example/f/g/a:1", USUAL),
        ("acme.example/f/g/a", USUAL),
        ("acme.example/f/g/b:2", USUAL),
        ("ghcr.io/devcontainers/features/node:1", USUAL),
        ("acme.example/f/g/c", ".devcontainer/local/devcontainer-feature.json"),
        ("ghcr.io/d/e:1", ".devcontainer/local/devcontainer-feature.json"),
    ]
    assert found.problems == ()


@pytest.mark.parametrize(
    ("config", "name", "right"),
    [
        ({"dockerfile": "Dockerfile"}, "dockerfile", "dockerFile"),
        ({"Image": "debian"}, "Image", "image"),
        ({"dockercomposefile": "compose.yml", "service": "a"}, "dockercomposefile", "dockerComposeFile"),
        ({"build": {"dockerFile": "Dockerfile"}}, "build.dockerFile", "build.dockerfile"),
    ],
)
def test_a_property_in_another_case_names_nothing(
    tmp_path: Path, config: dict[str, Any], name: str, right: str
) -> None:
    [problem] = discover(write(tmp_path, {USUAL: json.dumps(config)})).problems

    assert problem.message == f"{name} is not read, so this dev container names no image: write {right}"
    assert (problem.effect, problem.location.path) == (Effect.UNPROVEN, USUAL)


def test_a_property_in_another_case_is_ignored_beside_an_image(tmp_path: Path) -> None:
    config = {"image": "debian", "dockerfile": "Dockerfile"}
    assert discover(write(tmp_path, {USUAL: json.dumps(config)})).problems == ()


def test_without_features_nothing_decides_their_order(tmp_path: Path) -> None:
    assert images(tmp_path, with_config(overrideFeatureInstallOrder=["acme.example/f/g/a"])) == []


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        (
            "fish",
            "the feature 'fish' is no longer available under a short name: write its image, or ./FOLDER",
        ),
        ("/local", "an absolute path to a local feature is not allowed"),
        ("../local", "a local feature must be inside the folder .devcontainer"),
        ("./none", ".devcontainer/none/devcontainer-feature.json does not exist"),
        ("owner/feature", "the feature 'owner/feature' names no registry"),
    ],
)
def test_a_feature_that_can_t_be_had_is_a_problem(tmp_path: Path, identifier: str, message: str) -> None:
    assert problems(tmp_path, with_config(features={identifier: {}})) == [
        (ProblemKind.INVALID, message, USUAL, 1, 16)
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"image": 1}, "image must be a string, not a number"),
        ({"image": ""}, "image is empty"),
        ({"build": []}, "build must be an object, not a list"),
        ({"build": {"dockerfile": None}}, "the path of the Dockerfile must be a string, not null"),
        ({"build": {"dockerfile": "none"}}, ".devcontainer/none does not exist"),
        ({"dockerFile": "../../out"}, "../out is outside the repository"),
        (
            {"dockerComposeFile": {}, "service": "a"},
            "dockerComposeFile must be a string or a list of strings, not an object",
        ),
        ({"dockerComposeFile": "none.yml", "service": "a"}, ".devcontainer/none.yml does not exist"),
        ({"features": []}, "features must be an object, not a list"),
        (
            {"image": "${localEnv}"},
            "${localEnv} does not name an environment variable: write ${localEnv:NAME}",
        ),
    ],
)
def test_a_wrong_value_is_invalid(tmp_path: Path, config: dict[str, Any], message: str) -> None:
    found = discover(write(tmp_path, with_config(**config)))

    assert [(problem.kind, problem.message) for problem in found.problems] == [(ProblemKind.INVALID, message)]


@pytest.mark.parametrize(
    "variable",
    [
        "localEnv:X",
        "containerEnv:X",
        "localWorkspaceFolderBasename",
        "localWorkspaceFolder",
        "devcontainerId",
    ],
)
def test_what_only_the_codespace_knows_is_unresolved(tmp_path: Path, variable: str) -> None:
    message = f"image depends on ${{{variable}}}, whose value only the codespace knows"

    assert problems(tmp_path, with_config(image=f"debian:${{{variable}}}")) == [
        (ProblemKind.UNRESOLVED, message, USUAL, 1, 12)
    ]


def test_a_dockerfile_used_twice_alike_is_read_once(tmp_path: Path) -> None:
    build = {"dockerfile": "../D", "args": {"V": "1"}}
    other = {"dockerfile": "../../D", "args": {"V": "1"}}
    third = {"dockerfile": "../../D", "args": {"V": "2"}}

    assert images(
        tmp_path,
        {
            USUAL: json.dumps({"build": build}),
            ".devcontainer/a/devcontainer.json": json.dumps({"build": other}),
            ".devcontainer/b/devcontainer.json": json.dumps({"build": third}),
            "D": "ARG V\nFROM debian:$V\n",
        },
    ) == [(Source.BUILD, "debian:1"), (Source.BUILD, "debian:2")]


def test_images_to_take_the_cache_from_are_found_at_their_reference(tmp_path: Path) -> None:
    config = {"dockerfile": "D", "cacheFrom": ["a/b:1", "type=registry,ref=c.io/d:2", "type=local,src=x"]}
    files = {USUAL: json.dumps({"build": config}, indent=1), ".devcontainer/D": "FROM scratch\n"}

    assert discover(write(tmp_path, files)).images == (
        FoundImage("a/b:1", Source.CACHE, Location(USUAL, 5, 5, 5, 10)),
        FoundImage("c.io/d:2", Source.CACHE, Location(USUAL, 6, 23, 6, 31)),
    )


def test_options_of_the_build_count_as_well(tmp_path: Path) -> None:
    options = [
        *("--build-arg", "V=12", "--build-arg=W", "--target=dev", "--pull", "--cache-from=c.io/d:1"),
        *("--build-context", "base=docker-image://ghcr.io/o/base"),
    ]
    dockerfile = "ARG V\nFROM debian:$V AS dev\nCOPY --from=base / /\nFROM alpine\n"
    build = {"dockerfile": "D", "target": "other", "args": {"V": "12"}, "options": options}

    assert sorted(images(tmp_path, with_config(build=build) | {".devcontainer/D": dockerfile})) == [
        (Source.BUILD, "debian:12"),
        (Source.BUILD, "ghcr.io/o/base"),
        (Source.CACHE, "c.io/d:1"),
    ]


def test_a_service_s_image_is_found_at_its_text(tmp_path: Path) -> None:
    files = with_compose("services:\n  a:\n    image: &i 'ghcr.io/o/${R:-r}' # c\n  b: {image: *i}\n")

    place = Location(COMPOSE, 3, 16, 3, 33)
    assert discover(write(tmp_path, files)).images == (FoundImage("ghcr.io/o/r", Source.COMPOSE, place),)


def test_an_inline_dockerfile_has_the_places_of_the_file_around_it(tmp_path: Path) -> None:
    text = (
        "services:\n  a:\n    build:\n      dockerfile_inline: |\n        ARG V=1\n        FROM debian:$$V\n"
    )
    plain = text.replace("$$V", "12")
    folded = text.replace("|\n        ARG V=1\n        FROM debian:$$V", '"FROM debian"')

    def place(name: str, content: str) -> Location:
        (image,) = discover(write(tmp_path / name, with_compose(content))).images
        return image.location

    assert place("plain", plain) == Location(COMPOSE, 6, 14, 6, 23)
    # In a line with expanded variables, columns are not known.
    assert place("expanded", text) == Location(COMPOSE, 6, 14, 6, 24)
    assert place("quoted", folded) == Location(COMPOSE, 4, 27, 4, 38)


def test_an_image_that_a_service_builds_is_not_pulled(tmp_path: Path) -> None:
    text = "services: {a: {image: mine, build: {dockerfile: D}}, b: {image: mine}, c: {image: other}}"
    files = with_compose(text) | {".devcontainer/D": "FROM debian\n"}

    assert images(tmp_path, files) == [(Source.BUILD, "debian"), (Source.COMPOSE, "other")]


def test_a_policy_that_forbids_pulling_counts_for_other_services(tmp_path: Path) -> None:
    text = "services: {a: {image: a, pull_policy: never}, b: {image: b, pull_policy: never}, c: {image: c}}"

    assert images(tmp_path, with_compose(text)) == [(Source.COMPOSE, "a"), (Source.COMPOSE, "c")]


def test_only_services_that_start_count(tmp_path: Path) -> None:
    text = "services: {a: {image: a, depends_on: [b]}, b: {image: b}, c: {image: c}, d: {image: d}}"

    assert images(tmp_path, with_compose(text, runServices=["c"])) == [
        (Source.COMPOSE, "a"),
        (Source.COMPOSE, "b"),
        (Source.COMPOSE, "c"),
    ]


def test_no_compose_file_named_means_the_default_ones(tmp_path: Path) -> None:
    files = with_config(dockerComposeFile=[], service="a") | {
        "docker-compose.yml": "services: {a: {image: 'a:$V'}}",
        "docker-compose.override.yml": "services: {b: {image: b}}",
        ".env": "V=1",
    }

    assert images(tmp_path, files) == [(Source.COMPOSE, "b"), (Source.COMPOSE, "a:1")]


def test_no_compose_file_named_means_those_of_the_environment_file(tmp_path: Path) -> None:
    files = with_config(dockerComposeFile=[], service="a") | {
        "x/c.yml": "services: {a: {image: a}}",
        ".env": "COMPOSE_FILE=x/c.yml",
    }

    assert images(tmp_path, files) == [(Source.COMPOSE, "a")]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("include: [c.yml]\nservices: {a: {image: a}}", ".devcontainer/c.yml includes itself", 1, 11),
        ("services:\n  a: {extends: b}\n  b: {image: b, extends: a}", "the service a extends itself", 2, 16),
        ("services:\n  a: {extends: b}", "extends: there is no service 'b'", 2, 16),
        (
            "services: {a: {image: '${V'}}",
            "invalid variable: ${ is never closed; write $$ for a dollar sign",
            1,
            24,
        ),
        ("services: {a: {build: ../..}}", "../Dockerfile is outside the repository", 1, 23),
        ("services: {a: {command: x}}", "the service a has neither image nor build", 1, 12),
        (
            "services: {a: {build: {args: x}}}",
            "build.args must be an object or a list of strings, not a string",
            1,
            30,
        ),
    ],
)
def test_a_wrong_compose_file_is_invalid_at_its_place(
    tmp_path: Path, text: str, message: str, line: int, column: int
) -> None:
    files = with_compose(text) | {".devcontainer/Dockerfile": "FROM debian\n"}

    assert problems(tmp_path, files) == [(ProblemKind.INVALID, message, COMPOSE, line, column)]


UNKNOWN = "image of the service a depends on V, whose value only the codespace knows"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "services: {a: {image: 'a:$V'}}",
            UNKNOWN,
        ),
        (
            "services: {a: {image: '${V:?no}'}}",
            UNKNOWN,
        ),
        (
            "services: {a: {image: a}, b: {build: https://example.com/x.git}}",
            "the Dockerfile is not in this repository, so its images are not known",
        ),
        (
            "include: ['oci://example.com/x']\nservices: {a: {image: a}}",
            "oci://example.com/x is not in this repository, so its images are not known",
        ),
    ],
)
def test_a_compose_file_that_leaves_something_open_is_unresolved(
    tmp_path: Path, text: str, message: str
) -> None:
    found = discover(write(tmp_path, with_compose(text)))

    assert [(problem.kind, problem.message) for problem in found.problems] == [
        (ProblemKind.UNRESOLVED, message)
    ]


@pytest.mark.parametrize(("key", "value"), [("service", "x"), ("runServices", ["x"])])
def test_a_service_that_is_not_there_is_invalid(tmp_path: Path, key: str, value: object) -> None:
    found = discover(write(tmp_path, with_compose("services: {a: {image: a}}", **{key: value})))

    assert [(problem.kind, problem.message) for problem in found.problems] == [
        (ProblemKind.INVALID, "the service 'x' is not in the Compose files")
    ]


WORDS = st.sampled_from(
    [
        *(
            "image",
            "build",
            "dockerfile",
            "dockerFile",
            "args",
            "target",
            "cacheFrom",
            "cache_from",
            "context",
        ),
        *(
            "dockerComposeFile",
            "service",
            "runServices",
            "features",
            "services",
            "extends",
            "include",
            "path",
        ),
        *("file", "depends_on", "profiles", "additional_contexts", "dockerfile_inline", "env_file", "links"),
        *(
            "a",
            "b",
            "c.yml",
            "D",
            "..",
            "./a",
            "${A",
            "${A:-b}",
            "$A",
            "${localEnv:A:b}",
            "service:a",
            "<<",
            "",
        ),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | WORDS | st.text(max_size=8)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=20,
)
SERVICES = st.dictionaries(st.sampled_from(["a", "b", "c"]), TREES, max_size=3)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(TREES, st.fixed_dictionaries({"services": SERVICES, "include": TREES}), st.text(max_size=40))
def test_no_repository_raises(tmp_path: Path, config: Any, compose: Any, text: str) -> None:
    found = discover(
        write(
            tmp_path,
            {
                USUAL: json.dumps({"dockerComposeFile": "c.yml", "service": "a"}),
                ".devcontainer.json": json.dumps(config),
                COMPOSE: json.dumps(compose),
                ".devcontainer/D": text,
                ".devcontainer/.env": text,
            },
        )
    )

    assert found.configurations == (".devcontainer.json", USUAL)
    assert list(found.images) == sorted(found.images, key=lambda image: image.location)
    assert list(found.problems) == sorted(found.problems, key=lambda problem: problem.location)


@pytest.mark.parametrize(
    "permissions", [{"packages": "read"}, {"packages": "write", "contents": "read"}, "read-all", "write-all"]
)
def test_the_repositories_whose_packages_are_asked_for_are_known(tmp_path: Path, permissions: object) -> None:
    asked = {"codespaces": {"repositories": {"Octo/Base": {"permissions": permissions}}}}
    found = discover(write(tmp_path, with_config(image="a", customizations=asked)))
    assert (found.packages_of, found.problems) == (frozenset({"octo/base"}), ())


@pytest.mark.parametrize(
    "customizations",
    [
        None,
        [],
        {"codespaces": 1},
        {"codespaces": {"repositories": ["o/r"]}},
        {"codespaces": {"repositories": {"o/r": "read-all"}}},
        {"codespaces": {"repositories": {"o/r": {"permissions": {"contents": "read"}}}}},
        {"codespaces": {"repositories": {"o/r": {"permissions": {"packages": ["read"]}}}}},
        {"codespaces": {"repositories": {"o/r": {"permissions": {"packages": True}}}}},
        {"vscode": {"repositories": {"o/r": {"permissions": "read-all"}}}},
    ],
)
def test_what_asks_for_no_packages_asks_for_none_and_is_no_problem(
    tmp_path: Path, customizations: object
) -> None:
    found = discover(write(tmp_path, with_config(image="a", customizations=customizations)))
    assert (found.packages_of, found.problems) == (frozenset(), ())
