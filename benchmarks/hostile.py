"""The cost of checking the worst known repositories: each shape has 10 MB, and each must stay within the limits.

`python -m benchmarks.hostile` measures all of them as the action, which writes every format at once.
`python -m benchmarks.hostile SHAPE ...` measures some, and each format of the command as well.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from benchmarks.measure import Row, table
from tests.attacks.measured import (
    MOST_MEBIBYTES,
    MOST_SECONDS,
    Attempt,
    run_action,
    run_command,
    write_repository,
)

SIZE = 10_000_000
"""The size of a repository in bytes."""
FILE = 1_000_000
"""The size of one file in bytes: a little less than the limit."""
SERVICES = 380_000
"""The size of one Compose file in bytes, with almost as many values as the limit allows."""
_FORMATS = ("text", "json", "sarif", "github", "markdown")
_CODES = {0, 1, 3}
"""The exit codes of a check that printed its report."""
_USUAL = ".devcontainer/devcontainer.json"
_COMPOSE = ".devcontainer/c.yml"
_ENV = ".devcontainer/.env"
_ENVIRONMENT = {"CRREG_TIMEOUT": "1"}
"""The image names point to a closed port of this machine, since servers are not measured."""

Files = dict[str, str]
_SHAPES: dict[str, Callable[[], Files]] = {}


def _shape(make: Callable[[], Files]) -> Callable[[], Files]:
    _SHAPES[make.__name__.strip("_").replace("_", " ")] = make
    return make


def shapes() -> Mapping[str, Callable[[], Files]]:
    """The function that writes the files of each shape, by name."""
    return _SHAPES


def _filled(template: str, size: int = FILE, start: int = 0) -> str:
    """Join copies of a template, each with the next number instead of `@`."""
    parts: list[str] = []
    while size > 0:
        parts.append(template.replace("@", str(start + len(parts))))
        size -= len(parts[-1].encode())
    return "".join(parts[:-1])


def _repeated(text: str, size: int = FILE) -> str:
    return text * (size // len(text.encode()))


def _devcontainer(**properties: object) -> Files:
    return {_USUAL: json.dumps(properties)}


def _compose(text: str, **properties: object) -> Files:
    return {**_devcontainer(**{"dockerComposeFile": "c.yml", "service": "s0"} | properties), _COMPOSE: text}


def _many(text: Callable[[int], str], name: str = "devcontainer.json") -> Files:
    """Write dev containers up to the size, each with a file of that name."""
    files: dict[str, str] = {}
    total = number = 0
    while total < SIZE:
        content = text(number)
        files[f".devcontainer/d{number}/{name}"] = content
        if name == "Dockerfile":
            files[f".devcontainer/d{number}/devcontainer.json"] = '{"build": {"dockerfile": "Dockerfile"}}'
        total += len(content.encode()) + 40
        number += 1
    return files


def _dockerfiles(text: str) -> Files:
    return _many(lambda number: text.replace("@", str(number)), "Dockerfile")


def _one_dockerfile(text: str, arguments: str, services: int) -> Files:
    """A Dockerfile that every service of a Compose project builds with its own arguments."""
    service = f" s@: {{build: {{context: ., args: {arguments}}}}}\n"
    return {
        **_compose("services:\n" + "".join(service.replace("@", str(number)) for number in range(services))),
        ".devcontainer/Dockerfile": text,
    }


def _included(text: Callable[[int], str]) -> Files:
    """A Compose file that includes others up to the size."""
    count = SIZE // SERVICES
    names = ", ".join(f"i{number}.yml" for number in range(count))
    return {
        **_compose(f"include: [{names}]\nservices: {{s0: {{image: localhost:1/a}}}}\n"),
        **{f".devcontainer/i{number}.yml": text(number) for number in range(count)},
    }


@_shape
def _env_values_of_values() -> Files:
    long = "A=" + "x" * 90_000 + "\n"
    return {
        **_compose("services: {s0: {image: '$B'}}\n"),
        _ENV: long + "B=" + _repeated("$A", 900_000) + "\n",
    }


@_shape
def _compose_values_of_values() -> Files:
    text = "services:\n s0: {image: '" + _repeated("$A", FILE) + "'}\n"
    return {**_compose(text), _ENV: "A=" + "x" * 90_000 + "\n"}


@_shape
def _compose_names_of_one_long_value() -> Files:
    text = "services:\n" + _filled(" s@: {image: 'localhost:1/@:$A'}\n", SERVICES)
    return {**_compose(text), _ENV: "A=" + "x" * 90_000 + "\n"}


@_shape
def _compose_defaults_in_defaults() -> Files:
    return _compose("services:\n" + _filled(" s@: {image: '" + "${U:-" * 19 + "x" * 400 + "}" * 19 + "'}\n"))


@_shape
def _env_of_short_variables() -> Files:
    return {
        **_compose("services: {s0: {image: a}}\ninclude: [" + "i.yml," * 2_000 + "]\n"),
        _ENV: _filled("a@=\n", 90_000),
        ".devcontainer/i.yml": "{}\n",
    }


@_shape
def _env_of_every_dev_container() -> Files:
    env = _filled("A@=0123456789\n", 90_000)
    files: dict[str, str] = {}
    for number in range(SIZE // 90_000):
        files[f".devcontainer/d{number}/devcontainer.json"] = '{"dockerComposeFile": "c.yml", "service": "a"}'
        files[f".devcontainer/d{number}/c.yml"] = "services: {a: {image: 'localhost:1/$A1'}}\n"
        files[f".devcontainer/d{number}/.env"] = env
    return files


@_shape
def _env_files_again_and_again() -> Files:
    include = "include: [{path: i.yml, env_file: [" + "e," * 49_000 + "]}]\n"
    return {
        **_compose("services: {s0: {image: a}}\n" + include),
        ".devcontainer/i.yml": "{}\n",
        ".devcontainer/e": "A=b\n",
    }


@_shape
def _include_tree() -> Files:
    files = {f".devcontainer/c{n}.yml": f"include: [c{n + 1}.yml, c{n + 1}.yml]\n" for n in range(40)}
    return {
        **_compose("services: {s0: {image: a}}\ninclude: [c0.yml]\n"),
        **files,
        ".devcontainer/c40.yml": "services:\n" + _filled(" x@: {image: localhost:1/x@}\n", 100_000),
    }


@_shape
def _includes_that_each_add_services() -> Files:
    return _included(
        lambda number: "services:\n" + _filled(f" x{number}_@: {{image: localhost:1/a}}\n", SERVICES)
    )


@_shape
def _includes_of_values() -> Files:
    return _included(lambda _number: "x:\n" + _repeated(" - a\n", 240_000))


@_shape
def _include_with_variables_of_its_own_again_and_again() -> Files:
    entries = "{path: i.yml, env_file: e}," * 9_000
    return {
        **_compose("services: {s0: {image: a}}\ninclude: [" + entries + "]\n"),
        ".devcontainer/i.yml": "services: {x: {extends: {file: b.yml, service: y1}}}\n",
        ".devcontainer/b.yml": "services:\n" + _filled(" y@: {image: b}\n", 240_000),
        ".devcontainer/e": "A=b\n",
    }


@_shape
def _compose_file_named_again_and_again() -> Files:
    return {
        _USUAL: json.dumps({"dockerComposeFile": ["c.yml"] * 19_000, "service": "s0"}),
        _COMPOSE: "services:\n" + _filled(" s@: {image: localhost:1/s@}\n", SERVICES),
    }


@_shape
def _compose_documents() -> Files:
    return _compose("services: {s0: {image: a}}\n---\n" + _repeated("include: [i.yml]\n---\n", 230_000)) | {
        ".devcontainer/i.yml": "services:\n" + _filled(" s@: {image: b}\n", 240_000)
    }


@_shape
def _compose_services() -> Files:
    return _compose("services:\n" + _filled(" s@: {image: localhost:1/x@}\n", SERVICES))


@_shape
def _compose_services_at_many_registries() -> Files:
    return _compose("services:\n" + _filled(" s@: {image: 'localhost:@/x'}\n", SERVICES))


@_shape
def _compose_services_with_bad_names() -> Files:
    return _compose("services:\n" + _filled(" s@: {image: 'X Y@'}\n", 270_000))


@_shape
def _compose_services_of_the_wrong_type() -> Files:
    return _compose("services:\n" + _filled(" s@: {image: 1, build: 2, depends_on: 3}\n", 260_000))


@_shape
def _compose_extends_chain() -> Files:
    lines = "".join(f" s{n}: {{extends: s{n - 1}}}\n" for n in range(1, 12_000))
    return _compose("services:\n s0: {image: localhost:1/a}\n" + lines)


@_shape
def _compose_extends_backwards() -> Files:
    lines = "".join(f" s{n}: {{extends: s{n + 1}}}\n" for n in range(12_000))
    return _compose("services:\n" + lines + " s12000: {image: a}\n")


@_shape
def _compose_extends_of_long_lists() -> Files:
    base = (
        " b: {image: a, build: {context: ., cache_from: ["
        + "x," * 9_000
        + "], additional_contexts: ["
        + _filled("c@=d,", 90_000)
        + "]}}\n"
    )
    return _compose("services:\n" + base + _filled(" s@: {extends: b, build: {target: t}}\n", 120_000))


@_shape
def _compose_aliases() -> Files:
    text = "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n" + "".join(
        f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]\n" for n in range(1, 40)
    )
    return _compose(text + "services: {s0: {image: *x39}}\n")


@_shape
def _compose_merge_keys() -> Files:
    return _included(
        lambda number: (
            "x: &x {"
            + _filled("k@: 1, ", 10_000)
            + "}\nservices:\n"
            + "".join(f" a{number}_{n}: {{<<: *x, image: a}}\n" for n in range(20))
        )
    )


@_shape
def _compose_aliased_arguments() -> Files:
    text = (
        "x: &x {"
        + _filled("k@: v, ", 20_000)
        + "}\nservices:\n"
        + "".join(f" s{n}: {{build: {{context: ., args: *x, target: t{n}}}}}\n" for n in range(8))
    )
    return _compose(text) | {".devcontainer/Dockerfile": "FROM a AS t0\n"}


@_shape
def _compose_deep() -> Files:
    return _compose(_repeated("[", FILE))


@_shape
def _compose_comments() -> Files:
    return _included(lambda _number: "#" * FILE)


@_shape
def _compose_inline_dockerfiles() -> Files:
    inline = " s@: {build: {dockerfile_inline: 'FROM scratch\\nCOPY --from=localhost:1/x@ a b'}}\n".replace(
        "'", '"'
    )
    return _compose("services:\n" + _filled(inline, 600_000))


@_shape
def _compose_arguments_from_one_dockerfile() -> Files:
    replacing = (
        "ARG V\nARG A=" + "a" * 300 + "\n" + _filled("ARG B@=${A//a/b}\n", 700) + "FROM localhost:1/x\n"
    )
    return _one_dockerfile(replacing, "{V: @}", 4_500)


@_shape
def _compose_large_dockerfile_read_for_each_service() -> Files:
    return _one_dockerfile("FROM localhost:1/x\n" + _repeated("RUN true\n", 80_000), "{V: @}", 4_500)


@_shape
def _compose_used_by_every_dev_container() -> Files:
    files = {
        f".devcontainer/d{n}/devcontainer.json": '{"dockerComposeFile": "../c.yml", "service": "s0"}'
        for n in range(1_000)
    }
    return {**files, _COMPOSE: "services:\n" + _filled(" s@: {image: localhost:1/x@}\n", 200_000)}


@_shape
def _dockerfile_sources() -> Files:
    return _dockerfiles("FROM scratch\n" + _repeated("RUN " + "--mount=from=X@.Y " * 10 + "true\n", 170_000))


@_shape
def _dockerfile_stages() -> Files:
    return _dockerfiles(
        "".join(f"FROM localhost:1/a@_{n} AS s{n}\nCOPY --from=s{n - 1} a b\n" for n in range(1, 999))
    )


@_shape
def _dockerfile_ring() -> Files:
    return _dockerfiles("".join(f"FROM a AS s{n}\nCOPY --from=s{(n + 1) % 999} a b\n" for n in range(999)))


@_shape
def _dockerfile_triggers() -> Files:
    return _dockerfiles("FROM a AS s\n" + "ONBUILD COPY --from=b@ c d\n" * 5_000 + "FROM s\n" * 900)


@_shape
def _dockerfile_argument_chain() -> Files:
    return _dockerfiles(
        "ARG A=a@\n" + "".join(f"ARG A{n}=$A{n - 1}x\n" for n in range(1, 9_000)) + "FROM $A8999\n"
    )


@_shape
def _dockerfile_doubling_arguments() -> Files:
    return _dockerfiles("ARG A=aaaa\n" + "ARG A=$A$A\n" * 9_000 + "FROM localhost:1/$A\n")


@_shape
def _dockerfile_long_argument() -> Files:
    return _dockerfiles("ARG A=" + "a" * 60_000 + "\n" + "FROM localhost:1/$A\n" * 990)


@_shape
def _dockerfile_patterns() -> Files:
    many = "".join(chr(0x4E00 + n) for n in range(4_000))
    return _dockerfiles(
        f"ARG A={many}\n" + f"ARG B=${{A##{many}}}\n" * 9 + "ARG B=${A//" + many + "/$0}\n" + "FROM x$B\n"
    )


@_shape
def _dockerfile_unset_names() -> Files:
    return _dockerfiles("FROM " + _repeated("$A", 60_000) + "\n")


@_shape
def _dockerfile_heredocs() -> Files:
    return _dockerfiles("FROM localhost:1/a@\n" + _repeated("RUN <<A <<B\nA\nB\n", 150_000))


@_shape
def _dockerfile_continuations() -> Files:
    return _dockerfiles("FROM localhost:1/a@\nRUN " + _repeated("\\\r\n", 290_000))


@_shape
def _dockerfile_comments() -> Files:
    return _dockerfiles("FROM localhost:1/a@\n" + _repeated("#" * 60_000 + "\n"))


@_shape
def _dockerfile_one_line() -> Files:
    return _dockerfiles("FROM a\nRUN " + _repeated("--mount=from=b@ \\\n"))


@_shape
def _dockerfile_flags() -> Files:
    return _dockerfiles("FROM a\nRUN " + _repeated('--mount="type=cache,""from""=b@" \\\n'))


@_shape
def _dockerfile_not_ascii() -> Files:
    return _dockerfiles(
        "FROM a\n" + _repeated("LABEL \U0001f600=\U0001f600\n", 100_000) + "FROM localhost:1/\U0001f600@\n"
    )


@_shape
def _devcontainers() -> Files:
    padding = " " * 9_900
    return _many(lambda number: f'{{"image": "localhost:1/x{number}"}}{padding}')


@_shape
def _devcontainers_by_the_ten_thousand() -> Files:
    return _many(lambda number: f'{{"image": "localhost:1/x{number}"}}')


@_shape
def _devcontainers_of_values() -> Files:
    return _many(lambda _number: '{"x": [' + "1," * 19_000 + "]}")


@_shape
def _devcontainers_of_features() -> Files:
    return _many(
        lambda number: '{"features": {' + _filled(f'"localhost:1/a{number}/b@": {{}},', 700_000) + "}}"
    )


@_shape
def _devcontainers_of_local_features() -> Files:
    files = {
        f".devcontainer/f{n}/devcontainer-feature.json": json.dumps(
            {"dependsOn": {f"./f{n + 1}": {}, f"./f{n + 2}": {}}}
        )
        for n in range(5_500)
    }
    return {**_devcontainer(features={"./f0": {}}), **files}


@_shape
def _devcontainers_of_problems() -> Files:
    return _many(
        lambda number: json.dumps(
            {"image": "a", "features": {f"bad-{number}-{n}": {} for n in range(10_000)}}
        )
    )


@_shape
def _devcontainers_of_caches() -> Files:
    return _many(
        lambda number: json.dumps(
            {"build": {"dockerfile": "D", "cacheFrom": [f"localhost:1/c{number}:{n}" for n in range(15_000)]}}
        )
    )


@_shape
def _devcontainers_with_long_names() -> Files:
    return _many(lambda number: json.dumps({"image": f"localhost:1/{number}" + "x" * 900_000}))


@_shape
def _devcontainers_with_long_names_beyond_ascii() -> Files:
    return _many(
        lambda number: json.dumps({"image": f"localhost:1/{number}" + "\U0001f600" * 900}, ensure_ascii=False)
    )


@_shape
def _devcontainers_with_long_paths() -> Files:
    return _many(lambda _number: json.dumps({"build": {"dockerfile": "a/../" * 150_000}}))


@_shape
def _devcontainers_of_variables() -> Files:
    return _many(lambda _number: json.dumps({"image": "${localEnv:A}" * 60_000}))


@_shape
def _devcontainers_of_comments() -> Files:
    return _many(lambda _number: _repeated("//#\r\n") + '{"image": "a"}')


@_shape
def _devcontainers_deep() -> Files:
    return _many(lambda _number: _repeated('{"a":'))


@_shape
def _one_line_of_one_mebibyte() -> Files:
    return {_USUAL: json.dumps({"build": {"dockerfile": "D"}}), ".devcontainer/D": "FROM " + "a" * (1 << 20)}


def attempts(folder: Path, *, every_format: bool) -> Iterable[tuple[str, Attempt]]:
    """Check the repository in that folder as the action, and with `every_format` as the command; measure each run."""
    files = {"INPUT_REPORT-FILE": "report.json", "INPUT_SARIF-FILE": "report.sarif"}
    yield "action", run_action(folder, **_ENVIRONMENT, **files)
    for name in _FORMATS if every_format else ():
        arguments = ("check", "--repository", "acme/app", "--format", name)
        yield name, run_command(folder, *arguments, **_ENVIRONMENT)


def _row(name: str, folder: Path, *, every_format: bool) -> Row:
    """The worst of the costs, as a share of its limit."""
    where, worst = max(attempts(folder, every_format=every_format), key=lambda each: _share(each[1]))
    limits = f"<= {MOST_SECONDS:.0f} s, {MOST_MEBIBYTES:.0f} MiB"
    met = worst.within_limits and worst.code in _CODES
    return Row(f"hostile: {name} ({where})", worst.cost, target=limits, met=met)


def _share(attempt: Attempt) -> float:
    return max(attempt.seconds / MOST_SECONDS, attempt.mebibytes / MOST_MEBIBYTES)


def measure(folder: Path, names: Iterable[str] = ()) -> list[Row]:
    """The rows of the table."""
    rows: list[Row] = []
    for number, (name, make) in enumerate(_SHAPES.items()):
        if names and name not in names:
            continue
        repository = write_repository(folder / str(number), make())
        rows.append(_row(name, repository, every_format=bool(names)))
        shutil.rmtree(repository)
    return rows


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="crreg-bench-") as kept:
        print(table(measure(Path(kept), sys.argv[1:])))
