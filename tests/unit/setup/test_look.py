"""Which workflows run crreg, as people write them."""

import pytest

from crreg.setup.look import runs_crreg


@pytest.mark.parametrize(
    "line",
    [
        "      - uses: org/crreg-action@v1",
        "      - name: x\r\n        uses:  org/crreg-action@0123456789abcdef # v1\r\n",
        "      - uses: 'org/crreg-action@v1'",
        '      - uses: "org/crreg-action@v1"',
        '      - "uses": org/crreg-action@v1',
        "      - {uses: org/crreg-action@v1}",
        "    uses: org/crreg-action/.github/workflows/organization-health.yml@v1",
    ],
)
def test_a_workflow_that_uses_the_action_is_recognized(line: str) -> None:
    assert runs_crreg(f"on: push\njobs:\n{line}\n")


@pytest.mark.parametrize(
    "line",
    [
        "      # - uses: org/crreg-action@v1",
        "      - uses: org/crreg-action-else@v1",
        "      - uses: other/crreg-action@v1",
        "      - run: echo org/crreg-action@v1",
    ],
)
def test_another_workflow_is_not(line: str) -> None:
    assert not runs_crreg(f"on: push\njobs:\n{line}\n")
