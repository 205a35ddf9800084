"""Organizations are split into jobs that together check everything once and stay within the token's limits."""

import json
from collections import Counter

import pytest

from crreg.organization.job import (
    MOST_JOBS,
    Job,
    PlanError,
    matrix_of,
    matrix_output,
    parse_job,
    parse_plan,
    parse_runners,
)
from crreg.organization.matrix import Wishes, plan_jobs
from crreg.organization.selection import Selection

CORP = {"corp": ("*.corp.example",)}


def test_a_small_organization_is_one_job_with_the_whole_limit() -> None:
    [job] = plan_jobs("p", {"acme": 412}, Wishes({}))
    assert job == Job("p", "acme", (1, 1), 1.0, "ubuntu-latest", ())


def test_a_large_one_has_parts_of_the_wanted_size() -> None:
    jobs = plan_jobs("p", {"acme": 25_001, "tiny": 0}, Wishes({}, size=10_000))
    assert [(job.organization, job.part) for job in jobs] == [
        ("acme", (1, 3)),
        ("acme", (2, 3)),
        ("acme", (3, 3)),
        ("tiny", (1, 1)),
    ]
    assert {job.share for job in jobs} == {0.25}


def test_parts_grow_rather_than_exceed_the_matrix() -> None:
    jobs = plan_jobs("p", {f"o{number}": 100_000 for number in range(10)}, Wishes(CORP, size=1_000))
    assert MOST_JOBS * 0.7 < len(jobs) <= MOST_JOBS
    assert len({(job.organization, job.part, job.runner) for job in jobs}) == len(jobs)


def test_too_many_organizations_are_refused_with_what_to_do() -> None:
    with pytest.raises(PlanError, match=r"129 organizations on 2 runners need 258 jobs.*several plans"):
        plan_jobs("p", {f"o{number}": 1 for number in range(129)}, Wishes(CORP))


def test_a_plan_that_no_runner_could_hand_to_the_merge_is_refused() -> None:
    """Each job names the hosts of all other runners."""
    runners = {
        f"r{number}": tuple(f"r{number}-{host}.corp.acme.example" for host in range(5)) for number in range(7)
    }
    jobs = plan_jobs("p", {f"organization-{number}": 10 for number in range(32)}, Wishes(runners))

    with pytest.raises(PlanError, match=r"^The plan has 226 KiB, .* at most 128\..*fewer globs\.$"):
        matrix_output(jobs)
    assert matrix_output(jobs[:64]) == matrix_of(jobs[:64])


@pytest.mark.parametrize("own_tokens", [False, True])
@pytest.mark.parametrize("at_once", [1, 3, 7, 500])
def test_the_jobs_of_a_token_that_run_at_once_share_at_most_its_whole_limit(
    at_once: int, *, own_tokens: bool
) -> None:
    counts = {"acme": 70_000, "octo": 3, "big": 20_001}
    jobs = plan_jobs("p", counts, Wishes(CORP, at_once=at_once, own_tokens=own_tokens))
    tokens = Counter(job.organization if own_tokens else "" for job in jobs)
    for job in jobs:
        together = min(tokens[job.organization if own_tokens else ""], at_once)
        assert 0.99 <= job.share * together <= 1


def test_each_runner_leaves_the_registries_of_the_others_to_them() -> None:
    runners = parse_runners(["corp=*.corp.example, r.example:5000", "lab=*.lab.example"])
    jobs = plan_jobs("p", {"acme": 1}, Wishes(runners))
    assert {job.runner: job.elsewhere for job in jobs} == {
        "ubuntu-latest": ("*.corp.example", "r.example:5000", "*.lab.example"),
        "corp": ("*.lab.example",),
        "lab": ("*.corp.example", "r.example:5000"),
    }


def test_the_runner_of_the_other_registries_can_be_named() -> None:
    jobs = plan_jobs("p", {"acme": 1}, Wishes(parse_runners(["corp=*.corp.example"]), "own"))

    assert {job.runner: job.elsewhere for job in jobs} == {"own": ("*.corp.example",), "corp": ()}


@pytest.mark.parametrize("label", ["", "two words", "[self-hosted]"])
def test_no_job_is_planned_for_what_is_no_label(label: str) -> None:
    with pytest.raises(PlanError, match="must be the label of a runner"):
        plan_jobs("p", {"acme": 1}, Wishes({}, label))


def test_a_registry_that_two_runners_reach_is_left_to_neither_by_the_other() -> None:
    jobs = plan_jobs("p", {"acme": 1}, Wishes({"a": ("x.example",), "b": ("x.example", "y.example")}))
    assert {job.runner: job.elsewhere for job in jobs}["a"] == ("y.example",)
    assert {job.runner: job.elsewhere for job in jobs}["b"] == ()


def test_every_repository_is_in_exactly_one_part() -> None:
    parts = [Selection(part=(number, 7)) for number in range(1, 8)]
    assert all(sum(part.has(identifier) for part in parts) == 1 for identifier in range(200))
    assert not parts[0].is_everything
    assert Selection(part=(1, 1)).is_everything


def test_a_plan_is_read_as_it_was_printed() -> None:
    jobs = plan_jobs("p", {"acme": 25_000}, Wishes(CORP, size=10_000))
    text = matrix_of(jobs)
    assert "\n" not in text
    assert parse_plan(text) == jobs
    entries = json.loads(text)["include"]
    assert [parse_job(json.dumps(entry)) for entry in entries] == list(jobs)
    assert entries[1]["file"] == "acme-1-of-3-corp"


@pytest.mark.parametrize(
    "text", ["", "[]", '{"include": []}', '{"include": [{}]}', '{"include": 7}', "[" * 100_000]
)
def test_anything_else_is_no_plan(text: str) -> None:
    with pytest.raises(PlanError):
        parse_plan(text)


@pytest.mark.parametrize(
    "change",
    [
        {"part": "3/2"},
        {"part": "0/1"},
        {"part": 1},
        {"share": 0},
        {"share": 1.5},
        {"share": "much"},
        {"share": float("nan")},
        {"organization": "../x"},
        {"runner": "a b"},
        {"elsewhere": ["a b"]},
        {"elsewhere": None},
        {"plan": ""},
    ],
)
def test_a_job_that_was_changed_is_refused(change: dict[str, object]) -> None:
    [job] = plan_jobs("p", {"acme": 1}, Wishes({}))
    with pytest.raises(PlanError, match="can't be used"):
        parse_job(json.dumps({**job.to_json(), **change}))


def test_jobs_of_two_plans_are_no_plan() -> None:
    jobs = [*plan_jobs("p", {"acme": 1}, Wishes({})), *plan_jobs("q", {"octo": 1}, Wishes({}))]
    with pytest.raises(PlanError, match="several plans"):
        parse_plan(matrix_of(jobs))


@pytest.mark.parametrize("text", ["corp", "=x", "corp=", "a b=x", "corp=https://x"])
def test_a_runner_has_a_label_and_hosts(text: str) -> None:
    with pytest.raises(PlanError, match="must be LABEL=HOST"):
        parse_runners([text])
