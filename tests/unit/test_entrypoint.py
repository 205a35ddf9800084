"""What the container does as a workflow's step, and what for a person who only runs it."""

import subprocess
import sys
from pathlib import Path

ENTRYPOINT = Path(__file__).parents[2] / "entrypoint.py"
HEALTHY = "Healthy: no dev container was found, so codespaces use GitHub's default image."


def ran(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ENTRYPOINT, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_a_person_who_gives_no_arguments_is_shown_the_commands() -> None:
    done = ran(environment={})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage: crreg [OPTIONS] COMMAND [ARGS]...\n")


def test_a_step_with_nothing_to_check_is_told_of_the_lacking_token_without_an_error(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "README").touch()
    inputs = {"INPUT_REPOSITORY": "octo/app", "INPUT_TOKEN": "", "GITHUB_WORKSPACE": str(tmp_path)}
    done = ran(environment=inputs)
    assert (done.returncode, done.stderr) == (0, "")
    assert HEALTHY in done.stdout
    assert [line.split("::")[1] for line in done.stdout.splitlines() if line.startswith("::")] == [
        "notice title=No token"
    ]


def test_a_step_that_passes_no_credentials_is_unknown_by_choice(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer.json").write_text('{"image": "127.0.0.1:9/dev/base:1"}')
    inputs = {"INPUT_REPOSITORY": "octo/app", "INPUT_TOKEN": "", "GITHUB_WORKSPACE": str(tmp_path)}
    done = ran(environment=inputs)
    assert (done.returncode, done.stderr) == (0, "")
    assert "::warning title=unreadable-secrets::" in done.stdout
    assert "title=No token" not in done.stdout
    assert "Unknown (" in done.stdout


def test_a_step_that_could_not_look_at_secrets_it_needs_is_told_by_an_error(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer.json").write_text('{"image": "127.0.0.1:9/dev/base:1"}')
    inputs = {
        "INPUT_REPOSITORY": "octo/app",
        "INPUT_TOKEN": "",
        "GITHUB_WORKSPACE": str(tmp_path),
        "ACR_CONTAINER_REGISTRY_SERVER": "127.0.0.1:9",
        "ACR_CONTAINER_REGISTRY_USER": "octocat",
        "ACR_CONTAINER_REGISTRY_PASSWORD": "correct-horse",
    }
    done = ran(environment=inputs)
    assert (done.returncode, done.stderr) == (3, "")
    assert "::error title=No token::" in done.stdout
    assert "gh auth login --hostname github.com" in done.stdout


def test_a_step_that_fails_for_what_it_could_not_prove_says_so_in_red(tmp_path: Path) -> None:
    (tmp_path / ".devcontainer.json").write_text('{"image": "127.0.0.1:9/dev/base:1"}')
    inputs = {
        "INPUT_REPOSITORY": "octo/app",
        "INPUT_TOKEN": "made up",
        "INPUT_GITHUB-API-URL": "http://127.0.0.1:9",
        "GITHUB_WORKSPACE": str(tmp_path),
    }
    failed = ran(environment=inputs)
    lenient = ran(environment={**inputs, "INPUT_FAIL-ON": "never"})

    assert (failed.returncode, failed.stderr, lenient.returncode) == (3, "", 0)
    [error] = [line for line in failed.stdout.splitlines() if line.startswith("::error")]
    assert error.startswith("::error title=Not everything was proven::Unknown (")
    assert "::error" not in lenient.stdout


def test_an_empty_workspace_names_the_step_to_add(tmp_path: Path) -> None:
    inputs = {"INPUT_REPOSITORY": "octo/app", "INPUT_TOKEN": "", "GITHUB_WORKSPACE": str(tmp_path)}
    done = ran(environment=inputs)
    assert (done.returncode, done.stderr) == (2, "")
    assert "uses: actions/checkout@v7" in done.stdout
