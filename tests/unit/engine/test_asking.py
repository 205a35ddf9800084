"""Questions to an engine that answers what no Docker Engine does, and questions that are none."""

import json
from collections.abc import Callable, Iterator

import pytest
from sandbox.serving import Handler, Server

from crreg.engine.engine import Engine, EngineError
from crreg.engine.image import LocalImage

ID = "sha256:" + "a" * 64
VERSION = b'{"ApiVersion": "1.45", "MinAPIVersion": "1.24"}'
NO_NAMES = [
    "../containers",
    "../containers/victim",
    "app/../../containers",
    "app/..",
    "./app",
    "/etc",
    "app//x",
    "app?x=1",
    "app#x",
    "app%2f..%2fcontainers",
    "app\n",
    "app x",
    "",
    "a" * 1_001,
]

BODIES = [
    "[]",
    "null",
    "1",
    '"x"',
    "{}",
    '{"Id": 1}',
    '{"Id": "x"}',
    '{"Id": "sha256:aa\\nRUN evil"}',
    '[{"Id": "sha256:aa"}]',
    "no json",
    "[" * 100_000,
    "",
    "\xff",
]


class Hostile:
    """An engine whose answers a test chooses, and the paths that it was asked for."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b"{}"
        self.asked: list[str] = []

    def answer(self, path: str) -> tuple[int, bytes]:
        if path.endswith("/version"):
            return 200, VERSION
        self.asked.append(path)
        return self.status, self.body


@pytest.fixture
def hostile() -> Hostile:
    return Hostile()


@pytest.fixture
def engine(hostile: Hostile) -> Iterator[Engine]:
    class Answers(Handler):
        def answer(self) -> None:
            length = int(self.headers["Content-Length"] or 0)
            self.rfile.read(length)
            self.respond(*hostile.answer(self.path), {"Content-Type": "application/json"})

    with Server(Answers) as server:
        yield Engine.connect({"DOCKER_HOST": f"tcp://{server.address}", "PATH": ""})


@pytest.mark.parametrize("name", NO_NAMES, ids=lambda name: repr(name[:40]))
def test_what_is_no_name_of_an_image_reaches_no_engine(engine: Engine, hostile: Hostile, name: str) -> None:
    with pytest.raises(EngineError, match="is not a valid image name"):
        engine.image(name)
    assert hostile.asked == []


@pytest.mark.parametrize(
    "name",
    ["app", "app:ci", "ghcr.io/acme/app:1", f"ghcr.io/acme/app@{ID}", ID, "a" * 12, "[::1]:5000/a_b/c-d:x_1"],
)
def test_an_image_is_asked_for_by_its_name(engine: Engine, hostile: Hostile, name: str) -> None:
    hostile.body = json.dumps({"Id": ID, "Config": {"Labels": {"a": "b"}}, "RepoTags": None}).encode()
    assert engine.image(name) == LocalImage(ID)
    assert len(hostile.asked) == 1


@pytest.mark.parametrize("status", [200, 400, 404, 500])
@pytest.mark.parametrize(
    "ask",
    [
        lambda engine: engine.image("app"),
        lambda engine: engine.labelled(ID, {"a": "b"}),
        lambda engine: engine.push(ID, "ghcr.io/acme/app", "1", None, lambda _: None),
        lambda engine: engine.check_platforms(["linux/amd64", "linux/arm64"]),
    ],
    ids=["image", "label", "push", "info"],
)
def test_every_answer_that_is_none_is_an_error_of_the_engine(
    engine: Engine, hostile: Hostile, status: int, ask: Callable[[Engine], object]
) -> None:
    hostile.status = status
    for body in BODIES:
        hostile.body = body.encode("latin-1")
        with pytest.raises(EngineError) as raised:
            ask(engine)
        assert raised.value.detail
        assert raised.value.remedy


@pytest.mark.parametrize("digest", [None, 1, "", "../x", "sha256:1", "sha512:" + "a" * 128])
def test_a_digest_that_is_none_is_not_asked_for(digest: object) -> None:
    pushed = [
        json.dumps({"aux": {"Digest": digest}}),
        json.dumps({"status": 1, "id": "a", "progressDetail": [1]}),
    ]

    class Answers(Handler):
        def answer(self) -> None:
            body = "\n".join(pushed) if "/push" in self.path else json.dumps({"Id": ID})
            self.respond(*((200, VERSION) if self.path.endswith("/version") else (201, body.encode())))

    with Server(Answers) as server:
        engine = Engine.connect({"DOCKER_HOST": f"tcp://{server.address}"})
        with pytest.raises(EngineError, match="reported no digest"):
            engine.push(ID, "ghcr.io/acme/app", "1", None, lambda _: None)
