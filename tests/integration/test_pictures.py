"""The documentation's pictures show what the action says today of the demo's repository."""

import os
from pathlib import Path

import pytest
from docs.images.levels import levels
from docs.images.make import (
    ANNOTATION_TEXT,
    DASHBOARD_TEXT,
    DOCTOR,
    LEVELS,
    SUMMARY_TEXT,
    TERMINAL,
    dashboard,
    run_the_action,
    shown_annotation,
)
from docs.images.scenes import RECOVERY_TITLE, TITLE, recorded, recovered
from docs.images.terminal import recording, still
from sandbox.credentials import leaks_in
from sandbox.runner_masking import MASK, Seen

STALE = "the pictures are out of date: run `make pictures`"


@pytest.fixture(scope="module")
def told() -> Seen:
    return run_the_action()


def test_the_job_summary_is_the_one_that_was_photographed(told: Seen) -> None:
    assert SUMMARY_TEXT.read_text(encoding="utf-8") == told.summary, STALE


def test_the_annotation_is_the_one_that_was_photographed(told: Seen) -> None:
    assert ANNOTATION_TEXT.read_text(encoding="utf-8") == shown_annotation(told).as_text(), STALE


@pytest.mark.npm
def test_the_page_of_an_organization_is_the_one_that_was_photographed() -> None:
    assert DASHBOARD_TEXT.read_text(encoding="utf-8") == dashboard(), STALE


def test_no_secret_is_in_a_picture(told: Seen) -> None:
    assert leaks_in(told.summary + shown_annotation(told).as_text()) == ()


def test_nothing_in_a_picture_is_masked(told: Seen) -> None:
    assert MASK not in told.summary + shown_annotation(told).as_text()


def test_the_terminal_shows_what_the_commands_print() -> None:
    assert TERMINAL.read_text(encoding="utf-8") == recording(recorded(), TITLE), STALE


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a program a root of its own")
def test_the_doctor_shows_what_it_prints() -> None:
    assert DOCTOR.read_text(encoding="utf-8") == still(recovered(), RECOVERY_TITLE), STALE


@pytest.mark.parametrize("path", LEVELS, ids=lambda path: path.name)
def test_the_levels_are_the_ones_that_were_drawn(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == levels(LEVELS[path]), STALE
