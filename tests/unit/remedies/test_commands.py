"""Commands to paste reach the GitHub that was checked, also for people who are logged in to two."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.rules.facts_builder import facts, held, triple

from crreg.facts.model import Facts
from crreg.findings.remedy import Command, Link, Shell
from crreg.github.gh import store_with_gh
from crreg.github.levels import Level
from crreg.remedies.commands import (
    assign_secret,
    delete_secret,
    set_actions_secret,
    set_actions_variable,
    set_secret,
    set_secret_like,
    take_away,
    unassign_secret,
    update_secret,
)

SELECTED = held(Level.ORGANIZATION, visibility="selected")
USERS = held(Level.USER)
EVERY: dict[str, Callable[[Facts], Command | Shell | Link]] = {
    "set": lambda known: set_secret(known, "A"),
    "set-value": lambda known: set_secret(known, "A", Level.ORGANIZATION, body="b"),
    "set-file": lambda known: set_secret(known, "A", Level.USER, file="f"),
    "like": lambda known: set_secret_like(known, "A", "B", SELECTED),
    "like-unassigned": lambda known: set_secret_like(known, "A", "B", replace(USERS, assigned=False)),
    "like-all": lambda known: set_secret_like(known, "A", "B", held(Level.ORGANIZATION, visibility="all")),
    "update": lambda known: update_secret(known, "A", SELECTED),
    "update-users": lambda known: update_secret(known, "A", USERS),
    "actions-secret": lambda known: set_actions_secret(known, "A"),
    "actions-variable": lambda known: set_actions_variable(known, "A"),
    "assign": lambda known: assign_secret(known, "A", Level.ORGANIZATION),
    "unassign": lambda known: unassign_secret(known, "A", Level.USER),
    "take-away": lambda known: take_away(known, "A", SELECTED),
    "delete": lambda known: delete_secret(known, "A", Level.REPOSITORY),
    "delete-users": lambda known: delete_secret(known, "A", Level.USER),
}


@pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)
def test_a_host_with_data_residency_is_named_in_every_command(
    make: Callable[[Facts], Command | Shell | Link],
) -> None:
    """`gh` would take github.com for granted, and store the value in the repository of the same name there."""
    plain = make(facts(triple()))
    named = make(facts(triple(), web_url="https://octo.ghe.com"))
    assert isinstance(plain, Command | Shell)
    assert isinstance(named, Command | Shell)
    assert "GH_HOST" not in plain.line
    assert named.line == plain.line.replace("gh ", "GH_HOST=octo.ghe.com gh ")


def test_a_host_that_may_be_a_proxy_is_not_named() -> None:
    known = facts(triple(), web_url="http://127.0.0.1:8080")
    assert set_secret(known, "A") == set_secret(facts(triple()), "A")


def test_a_command_that_names_a_host_is_run_as_it_is_pasted(tmp_path: Path) -> None:
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\necho "$GH_HOST $*" >{tmp_path}/ran\ncat >>{tmp_path}/ran\n')
    gh.chmod(0o755)
    line = set_secret(facts(triple(), web_url="https://octo.ghe.com"), "A")
    assert isinstance(line, Command)
    environment = {"PATH": f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    assert not store_with_gh(line.words, "value", "octo.ghe.com", environment)
    ran = (tmp_path / "ran").read_text()
    assert ran == "octo.ghe.com secret set A --app codespaces --repo org/app\nvalue"
