"""What a run asks of the registries that the files of a stranger name."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.registry.servers import MANIFEST, Answer, Request, serving

from crreg.deadline import Deadline
from crreg.facts import gather, pulls
from crreg.facts.gather import Task
from crreg.registry.client import RegistryClient
from crreg.registry.outcome import PullOutcome, PullResult


def test_a_stranger_can_not_have_a_registry_asked_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulls, "MOST_IMAGES", 3)

    def answer(request: Request) -> Answer:
        return Answer() if request.path == "/v2/" else MANIFEST

    allowed = frozenset({"127.0.0.1"})
    with serving(answer) as server, RegistryClient(allow_insecure=allowed) as registries:
        services = "".join(f"  s{number}: {{image: {server.address}/a{number}}}\n" for number in range(5))
        (tmp_path / "c.yml").write_text(f"services:\n{services}")
        (tmp_path / ".devcontainer.json").write_text('{"dockerComposeFile": "c.yml", "service": "s0"}')
        facts = gather.gather(
            Task(registries, Deadline.after(20), datetime(2026, 1, 2, tzinfo=UTC), workspace=tmp_path)
        )
    asked = {path for path in server.paths if path != "GET /v2/"}
    assert asked == {f"GET /v2/a{number}/manifests/latest" for number in range(3)}
    assert [image.pull and image.pull.outcome for image in facts.images] == [
        *[PullOutcome.PUBLIC] * 3,
        *[PullOutcome.UNREACHABLE] * 2,
    ]
    assert facts.images[4].pull == PullResult(
        PullOutcome.UNREACHABLE, "It was not asked for: a run asks for 3 images at most."
    )
