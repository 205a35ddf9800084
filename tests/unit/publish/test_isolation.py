"""An error that nobody foresaw is a finding of the target where it came up, and ends nothing else."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest

from crreg.action.inputs import read_inputs
from crreg.action.issue import step
from crreg.action.runner import Runner
from crreg.configuration.settings import Publication
from crreg.engine.image import LocalImage
from crreg.engine.private_folder import private_folder
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.exits.status import Status
from crreg.github.access import GitHubAccess
from crreg.publish import apply as applying
from crreg.publish import run as running
from crreg.publish.ask import Asked
from crreg.publish.keys import Keys
from crreg.publish.labels import Provenance
from crreg.publish.published import Outcome, Published
from crreg.publish.run import Publish
from crreg.publish.target import Publisher, Target
from crreg.registry.client import RegistryClient
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.reference import ImageReference

SECRET = "pw-that-an-error-quotes"


def fail(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError(SECRET)


def target(image: str) -> Target:
    place = Publisher(Keys({}, "ghcr.io"), "https://github.com", "acme/app")
    return Target(Publication(image, None, local="app:ci"), ImageReference.parse(image), place)


def test_what_one_registry_raises_leaves_the_other_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def remote(_: RegistryClient, reference: ImageReference, *__: object, **___: object) -> NoReturn:
        if reference.registry == "bad.example":
            fail()
        raise TransferError(TransferCause.UNREACHABLE, "good.example does not answer.")

    monkeypatch.setattr(RegistryClient, "remote", remote)
    publications = tuple(
        Publication(f"{host}/o/x", None, copy="a.example/b:1") for host in ("bad.example", "good.example")
    )
    broken = Publication("third.example/o/x", None, copy="bad.example/b:1")

    done = running.run(
        Publish((*publications, broken), None, tmp_path, GitHubAccess("https://api.github.com", None), {})
    )

    assert [result.outcome for result in done.results] == [Outcome.FAILED] * 3
    rules = [(finding.rule, finding.registry) for finding in done.findings]
    assert rules == [
        ("source-not-readable", "bad.example"),
        ("source-not-readable", "good.example"),
        ("publish-failed", "third.example"),
    ]
    assert "ZeroDivisionError" in done.findings[2].message
    assert SECRET not in repr(done)


def test_an_ignored_refusal_is_left_out_and_still_publishes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def remote(*_: object, **__: object) -> NoReturn:
        raise TransferError(TransferCause.FORBIDDEN, "r.example refuses.")

    monkeypatch.setattr(RegistryClient, "remote", remote)
    publication = Publication("r.example/o/x", None, copy="a.example/b:1")
    access = GitHubAccess("https://api.github.com", None)
    ignored = frozenset({"source-not-readable"})

    done = running.run(Publish((publication,), None, tmp_path, access, {}, ignore=ignored))

    assert ([result.outcome for result in done.results], done.findings) == ([Outcome.FAILED], ())
    assert done.notes == (
        "An image is not published because of source-not-readable, which the configuration ignores.",
    )
    assert (done.status, done.exit_code(FailOn.NEVER)) == (Status.UNHEALTHY, ExitCode.FINDINGS)


@pytest.mark.parametrize(
    ("step", "ends"),
    [
        ("_make", [Outcome.FAILED, None]),
        ("_send", [Outcome.FAILED, None]),
        ("_tag", [Outcome.FAILED, Outcome.PUBLISHED]),
    ],
)
def test_a_step_that_fails_for_one_target_is_made_for_the_other(
    monkeypatch: pytest.MonkeyPatch, step: str, ends: list[Outcome | None]
) -> None:
    begun: list[tuple[str, str]] = []

    def made_by(name: str, made: Callable[[Any], Any]) -> Callable[..., Any]:
        def work(job: Any, _: object) -> Any:
            asked = job if isinstance(job, Asked) else job.asked
            begun.append((name, asked.target.reference.registry))
            if name == step and asked.target.reference.registry == "bad.example":
                fail()
            return made(job)

        return work

    remote: Any = object()
    monkeypatch.setattr(applying, "_make", made_by("_make", lambda asked: applying._Made(asked, remote)))
    monkeypatch.setattr(applying, "_send", made_by("_send", lambda made: made))
    publish = made_by("_tag", lambda made: Published(made.asked.target.publication, Outcome.PUBLISHED))
    monkeypatch.setattr(applying, "_tag", publish)
    todo = [
        Asked(target(f"{host}/o/x"), remote, image=LocalImage("")) for host in ("bad.example", "good.example")
    ]
    with private_folder() as scratch:
        tools = applying.Tools(
            fail,
            Provenance(None, "", None, datetime.now(UTC)),
            scratch,
            (),
            fail,
            scratch,
            print,
            print,
            print,
        )
        done, findings = applying.apply(todo, tools)

    assert [end.outcome if end else None for end in done] == ends
    assert [(finding.rule, finding.registry) for finding in findings] == [("publish-failed", "bad.example")]
    assert SECRET not in repr(findings)
    assert begun[-2:] == [(step, "bad.example"), (step, "good.example")]


def test_a_package_that_can_not_be_looked_at_leaves_the_image_published(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(running, "verified", fail)
    to = target("ghcr.io/acme/x")
    published = Published(to.publication, Outcome.PUBLISHED)
    asks = Publish(
        (to.publication,), "acme/app", tmp_path, GitHubAccess("https://api.github.com", "ghp_x"), {}
    )
    unused: Any = None
    connection: Any = type("Connection", (), {"package": None, "repository": None})()
    ran = running._Run(asks, connection, unused, to.publisher, tmp_path)

    result, finding = ran._verified(to, published)

    assert (result.outcome, finding) == (Outcome.PUBLISHED, None)
    assert result.notes[-1].startswith("It is not known whether codespaces may pull it. ")
    assert SECRET not in repr(result)


def test_an_issue_that_can_not_be_kept_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "_track", fail)
    environment = {"INPUT_ISSUE": "true", "INPUT_ISSUE-TOKEN": "ghs_x", "GITHUB_REPOSITORY": "acme/app"}
    stream = io.StringIO()
    report: Any = None

    step.issue_step(report, read_inputs(environment), environment, Runner(stream))

    assert stream.getvalue().startswith("::warning title=The tracking issue was not updated::")
    assert "ZeroDivisionError" in stream.getvalue()
    assert SECRET not in stream.getvalue()
