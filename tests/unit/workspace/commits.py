"""Repositories whose files are not just files: links, submodules, odd names, and what else a commit can contain."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

from sandbox.checkout import commit, git

from crreg.workspace.readable import MAX_FILE_BYTES

USUAL = ".devcontainer/devcontainer.json"
BUILT = '{"build": {"dockerfile": "%s"}}'
COMPOSED = '{"dockerComposeFile": %s, "service": "a"}'
COMMIT_OF_ANOTHER = "1234567890123456789012345678901234567890"


def write(root: Path, path: str, content: str | bytes) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content.encode() if isinstance(content, str) else content)


def link(root: Path, path: str, target: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).symlink_to(target)


def submodule(root: Path, path: str) -> None:
    """Commit a submodule, and nothing else from then on, as a checkout without submodules has it."""
    commit(root)
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{COMMIT_OF_ANOTHER},{path}")
    git(root, "commit", "--quiet", "--message=With a submodule")
    (root / path).mkdir(parents=True, exist_ok=True)


def links(root: Path) -> None:
    write(root, "real/Dockerfile", "FROM e.io/linked\n")
    link(root, "linked", "real")
    link(root, ".devcontainer/chain", "../linked")
    link(root, ".devcontainer/Dockerfile", "chain/../real/Dockerfile")
    write(root, USUAL, BUILT % "Dockerfile")


def link_to_configurations(root: Path) -> None:
    write(root, "shared/devcontainer.json", '{"image": "e.io/shared"}')
    link(root, ".devcontainer/shared", "../shared")
    link(root, ".devcontainer.json", "shared/devcontainer.json")


def linked_folder(root: Path) -> None:
    write(root, "config/devcontainer.json", '{"image": "e.io/a"}')
    link(root, ".devcontainer", "config")


def broken_links(root: Path) -> None:
    link(root, USUAL, "nowhere.json")
    link(root, ".devcontainer/a/devcontainer.json", "devcontainer.json")
    link(root, ".devcontainer/b/devcontainer.json", "../c/devcontainer.json")
    link(root, ".devcontainer/c/devcontainer.json", "../b/devcontainer.json")
    link(root, ".devcontainer/d/devcontainer.json", "..")
    link(root, ".devcontainer/e", "nowhere")
    link(root, ".devcontainer/f/devcontainer.json", "../../.git/config")
    write(root, ".devcontainer/g/devcontainer.json", BUILT % "../h/../h/Dockerfile")
    link(root, ".devcontainer/h/Dockerfile", "Dockerfile")


def links_outside(root: Path) -> None:
    for name, target in (("a", "/etc/passwd"), ("b", "../../../../../../../../etc/passwd"), ("c", "/etc")):
        write(root, f".devcontainer/{name}/devcontainer.json", BUILT % "Dockerfile")
        link(root, f".devcontainer/{name}/Dockerfile", target)
    link(root, ".devcontainer/d/devcontainer.json", "/etc/passwd")
    link(root, ".devcontainer/e", "/etc")


def many_links(root: Path) -> None:
    write(root, USUAL, BUILT % "0")
    for number in range(50):
        link(root, f".devcontainer/{number}", str(number + 1))
    write(root, ".devcontainer/50", "FROM e.io/a\n")


def missing_parents(root: Path) -> None:
    for name, path in (
        ("a", "no/such/Dockerfile"),
        ("b", "devcontainer.json/Dockerfile"),
        ("c", "../../../x"),
    ):
        write(root, f".devcontainer/{name}/devcontainer.json", BUILT % path)
    write(root, ".devcontainer/d/devcontainer.json", BUILT % "/etc/passwd")
    write(root, ".devcontainer/e/devcontainer.json", BUILT % "../e")
    write(root, ".devcontainer/f/devcontainer.json", BUILT % "..\\\\Dockerfile")
    write(root, ".devcontainer/g/devcontainer.json", BUILT % "x\\u0000")
    write(root, ".devcontainer/h/devcontainer.json", BUILT % "\\ud800")
    write(root, ".devcontainer/i/devcontainer.json", BUILT % ".git/config")


def near_names(root: Path) -> None:
    write(root, USUAL, COMPOSED % '["Compose.yaml", "../docker-compose.yml"]')
    write(root, ".devcontainer/compose.yml", "services: {a: {image: e.io/a}}")
    write(root, "Docker-Compose.yaml", "services: {a: {image: e.io/b}}")
    write(root, ".devcontainer/b/devcontainer.json", BUILT % "DockerFile")
    write(root, ".devcontainer/b/dockerfile", "FROM e.io/c\n")
    write(root, ".devcontainer/b/DOCKERFILE/x", "")


def other_names(root: Path) -> None:
    write(root, ".devcontainer/Devcontainer.json", "{}")
    write(root, "devcontainer.json", "{}")
    link(root, ".devcontainer.jsonc", "devcontainer.json")
    link(root, ".devcontainer/devcontainer.yml", "nowhere")


def long_paths(root: Path) -> None:
    write(root, USUAL, BUILT % ("x/" * 3_000 + "Dockerfile"))
    write(root, ".devcontainer/a/devcontainer.json", BUILT % ("x" * 300))
    write(root, ".devcontainer/b/devcontainer.json", BUILT % ("y/" * 30 + "Dockerfile"))
    write(root, f".devcontainer/b/{'y/' * 30}Dockerfile", "FROM e.io/deep\n")


def contents(root: Path) -> None:
    write(root, USUAL, BUILT % "Dockerfile")
    write(root, ".devcontainer/Dockerfile", b"FROM e.io/a\n" + b"#" * MAX_FILE_BYTES)
    write(root, ".devcontainer/a/devcontainer.json", b'\xef\xbb\xbf{"image": "e.io/\xff"}')
    write(root, ".devcontainer/b/devcontainer.json", COMPOSED % '"c.yml"')
    write(root, ".devcontainer/b/c.yml", "services: {a: {image: e.io/ü}}".encode("utf-16"))
    write(root, ".devcontainer/c/devcontainer.json", COMPOSED % '"c.yml"')
    write(root, ".devcontainer/c/c.yml", b"services: {a: {image: e.io/\xe4}}")
    write(root, ".devcontainer/d/devcontainer.json", b"\0\0")
    write(root, ".devcontainer/e/devcontainer.json", '{"image": "e.io/a",\r\n"features": {"./f": {}}}\r\n')


def environment_files(root: Path) -> None:
    write(root, USUAL, COMPOSED % '"../docker-compose.yml"')
    write(root, "docker-compose.yml", "include: [sub/compose.yml]\nservices: {a: {image: 'e.io/$A'}}")
    write(root, ".env", "A=one\n")
    write(
        root,
        "sub/compose.yml",
        "services: {b: {image: 'e.io/$B', env_file: [x.env, {path: y, required: false}]}}",
    )
    write(root, "sub/.env", "B=two\n")
    write(root, "sub/x.env", "C=three\n")
    write(root, ".devcontainer/b/devcontainer.json", '{"dockerComposeFile": [], "service": "a"}')
    write(root, ".devcontainer/c/devcontainer.json", COMPOSED % '"c.yml"')
    write(
        root,
        ".devcontainer/c/c.yml",
        "services: {a: {image: 'e.io/${D?}', extends: {file: ../../e.yml, service: z}}}",
    )
    write(root, "e.yml", "services: {z: {build: {context: sub, dockerfile: ../.devcontainer/D}}}")
    write(root, ".devcontainer/D", "FROM e.io/extended\n")


def linked_environment(root: Path) -> None:
    for name, target in (("a", "nowhere"), ("b", "real.env"), ("c", "..")):
        write(root, f".devcontainer/{name}/devcontainer.json", COMPOSED % '"c.yml"')
        write(root, f".devcontainer/{name}/c.yml", "services: {a: {image: 'e.io/${A}'}}")
        link(root, f".devcontainer/{name}/.env", target)
    write(root, ".devcontainer/b/real.env", "A=x\n")


def submodules(root: Path) -> None:
    write(root, USUAL, COMPOSED % '["../sub/c.yml", "../old/c.yml", "../link/c.yml"]')
    write(root, ".gitmodules", '[submodule "old"]\n\tpath = old\n\turl = https://example.com/old\n')
    link(root, "link", "sub")
    submodule(root, "sub")


def submodule_of_configurations(root: Path) -> None:
    write(root, "README", "")
    submodule(root, ".devcontainer")


def submodules_in_the_place_of_files(root: Path) -> None:
    write(root, ".devcontainer/a/devcontainer.json", BUILT % "Dockerfile")
    submodule(root, ".devcontainer/a/Dockerfile")
    submodule(root, ".devcontainer/sub")
    submodule(root, ".devcontainer.json")


def strange_names(root: Path) -> None:
    write(root, ".devcontainer/line\nbreak/devcontainer.json", BUILT % "a:b")
    write(root, ".devcontainer/line\nbreak/a:b", "FROM e.io/a\n")
    # macOS refuses names that are no UTF-8, so files there have another.
    folder, name = ("ÿ", "þ") if sys.platform == "darwin" else ("\udcff", "\udcfe")
    write(root, f".devcontainer/{folder}/devcontainer.json", BUILT % json.dumps(name)[1:-1])
    write(root, f".devcontainer/{folder}/{name}", "FROM e.io/b\n")
    write(root, ".devcontainer/^{}@{u}/devcontainer.json", '{"image": "e.io/c"}')


def several(root: Path) -> None:
    for number in range(30):
        write(root, f".devcontainer/{number}/devcontainer.json", BUILT % f"../../{number}/Dockerfile")
        write(root, f"{number}/Dockerfile", f"FROM e.io/{number}\n")


def only_a_wrong_name(root: Path) -> None:
    write(root, "DevContainer.JSON", "{}")


def only_a_wrong_extension(root: Path) -> None:
    write(root, ".devcontainer/devcontainer.jsonc", "{}")
    write(root, ".devcontainer/.devcontainer.json", "{}")


def only_a_wrong_link(root: Path) -> None:
    link(root, ".DevContainer.yml", "nowhere")


def a_folder_in_the_wrong_case(root: Path) -> None:
    write(root, ".DevContainer/devcontainer.json", "{}")


def only_a_wrong_case(root: Path) -> None:
    write(root, ".devcontainers/devcontainer.json", "{}")
    write(root, ".github/Crreg.yml", "ignore: []\n")
    write(root, ".github/crreg.json", "{}")


def only_a_submodule_of_a_file(root: Path) -> None:
    write(root, "README", "")
    submodule(root, ".devcontainer.json")


def linked_configuration(root: Path) -> None:
    write(root, "shared/crreg.yaml", "ignore: []\n")
    link(root, ".github", "shared")


def configuration_in_a_submodule(root: Path) -> None:
    write(root, ".devcontainer.json", '{"image": "e.io/a"}')
    submodule(root, ".github")


def configuration_is_a_link(root: Path) -> None:
    write(root, "crreg.yml", b"\xef\xbb\xbfignore: []\n")
    link(root, ".github/crreg.yml", "../crreg.yml")


def configuration_leads_nowhere(root: Path) -> None:
    link(root, ".github/crreg.yml", "nowhere")


def configuration_leads_outside(root: Path) -> None:
    link(root, ".github/crreg.yaml", "/etc/passwd")


def two_configurations(root: Path) -> None:
    write(root, ".github/crreg.yml", "ignore: []\n")
    write(root, ".github/crreg.yaml", "ignore: []\n")


def configuration_in_utf_16(root: Path) -> None:
    write(root, ".github/crreg.yml", "ignore: []\n".encode("utf-16"))


def configuration_is_a_folder(root: Path) -> None:
    write(root, ".github/crreg.yml/README", "")
    write(root, ".devcontainer", "a file")


def github_is_a_file(root: Path) -> None:
    write(root, ".github", "a file")
    write(root, ".devcontainer/devcontainer.json/README", "a folder with a file's name")


def everything_is_linked_to_the_root(root: Path) -> None:
    link(root, ".devcontainer", ".")
    link(root, ".github", ".")
    write(root, "devcontainer.json", '{"image": "e.io/a"}')
    write(root, "sub/devcontainer.json", '{"image": "e.io/b"}')
    write(root, "crreg.yml", "ignore: []\n")


def linked_outside(root: Path) -> None:
    link(root, ".devcontainer", "../elsewhere")


def linked_in_a_circle(root: Path) -> None:
    link(root, ".devcontainer", "circle")
    link(root, "circle", ".devcontainer")
    link(root, ".github", ".github")


def linked_into_a_submodule(root: Path) -> None:
    link(root, ".devcontainer", "sub/dev")
    link(root, ".github", "sub")
    submodule(root, "sub")


def too_deep(root: Path) -> None:
    write(root, ".devcontainer/a/b/devcontainer.json", '{"image": "e.io/a"}')


def pointers(root: Path) -> None:
    """Files that Git LFS keeps elsewhere, in a checkout without them."""
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 12345\n"
    write(root, ".gitattributes", "*.json filter=lfs diff=lfs merge=lfs -text\n")
    write(root, ".devcontainer.json", pointer)
    write(root, USUAL, BUILT % "Dockerfile")
    write(root, ".devcontainer/Dockerfile", pointer)


def converted_line_endings(root: Path) -> None:
    write(root, ".gitattributes", "* text eol=crlf\n")
    write(root, USUAL, '{\n  // e\n  "build": {\n    "dockerfile": "Dockerfile"\n  }\n}\n')
    write(root, ".devcontainer/Dockerfile", "FROM e.io/a \\\n  AS b\n")
    commit(root)
    for path in (USUAL, ".devcontainer/Dockerfile"):
        (root / path).unlink()
    git(root, "checkout", "--quiet", "--", ".")


def odd_contents(root: Path) -> None:
    for name, content in (
        ("empty", b""),
        ("space", b" \r\n"),
        ("list", b"[]"),
        ("bom", b"\xef\xbb\xbf"),
        ("utf-16", '{"image": "e.io/a"}'.encode("utf-16")),
        ("binary", b'{"image": "e.io/\0"}'),
        ("broken", b'{"image": '),
        ("large", b'{"image": "e.io/large"} //' + b"x" * 600_000),
    ):
        write(root, f".devcontainer/{name}/devcontainer.json", content)


def arguments_and_features(root: Path) -> None:
    write(
        root,
        USUAL,
        '{"build": {"dockerfile": "Dockerfile", "context": "..", "target": "b", "args": {"A": "e.io", "B": "x"}, '
        '"cacheFrom": "e.io/cache"}, "features": {"ghcr.io/devcontainers/features/go:1": {}, "./own": {}, '
        '"../outside": {}, "./none": {}, "https://example.com/f.tgz": {}}}',
    )
    write(root, ".devcontainer/Dockerfile", "ARG A\nARG B=y\nFROM ${A}/${B}:${C:-1} AS a\nFROM a AS b\n")
    write(root, ".devcontainer/own/devcontainer-feature.json", '{"id": "own", "dependsOn": {"e.io/f:1": {}}}')
    write(
        root,
        ".devcontainer/devcontainer-lock.json",
        '{"features": {"ghcr.io/devcontainers/features/go:1": {"resolved": '
        f'"ghcr.io/devcontainers/features/go@sha256:{"a" * 64}", "version": "1.2.3"}}}}}}',
    )
    write(root, ".dockerignore", "*\n")


COMMITS: tuple[tuple[Callable[[Path], None], int], ...] = (
    (links, 6),
    (link_to_configurations, 4),
    (linked_folder, 5),
    (broken_links, 4),
    (links_outside, 4),
    (many_links, 3),
    (missing_parents, 3),
    (near_names, 3),
    (other_names, 3),
    (long_paths, 4),
    (contents, 4),
    (environment_files, 6),
    (linked_environment, 5),
    (submodules, 3),
    (submodule_of_configurations, 2),
    (submodules_in_the_place_of_files, 3),
    (strange_names, 5),
    (several, 4),
    (only_a_wrong_name, 2),
    (only_a_wrong_extension, 2),
    (only_a_wrong_link, 3),
    (a_folder_in_the_wrong_case, 3),
    (only_a_wrong_case, 2),
    (only_a_submodule_of_a_file, 2),
    (linked_configuration, 3),
    (configuration_in_a_submodule, 2),
    (configuration_is_a_link, 2),
    (configuration_leads_nowhere, 2),
    (configuration_leads_outside, 2),
    (two_configurations, 2),
    (configuration_in_utf_16, 2),
    (configuration_is_a_folder, 2),
    (github_is_a_file, 3),
    (everything_is_linked_to_the_root, 5),
    (linked_outside, 3),
    (linked_in_a_circle, 5),
    (linked_into_a_submodule, 4),
    (too_deep, 4),
    (pointers, 2),
    (converted_line_endings, 3),
    (odd_contents, 3),
    (arguments_and_features, 3),
)
"""What fills a folder, with the rounds of reading that it takes if nothing is known at first."""
