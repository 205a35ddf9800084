"""Colors reach a pipe where FORCE_COLOR asks for them, and nowhere else."""

import subprocess
from pathlib import Path

import pytest
from sandbox.command import CRREG, surroundings


@pytest.mark.parametrize(
    ("variables", "is_colored"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_a_pipe_gets_colors_on_request(
    tmp_path: Path, variables: dict[str, str], *, is_colored: bool
) -> None:
    (tmp_path / ".devcontainer.json").write_text('{"image": "nginx:1"}')
    kept = {name: value for name, value in surroundings().items() if not name.endswith("_COLOR")}
    ended = subprocess.run(
        [CRREG, "images", "--path", tmp_path], env={**kept, **variables}, stdout=subprocess.PIPE, check=True
    )
    assert (b"\x1b[" in ended.stdout) is is_colored
