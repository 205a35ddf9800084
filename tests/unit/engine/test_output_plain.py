from crreg.engine.output import BuildOutput, PlainProgress

FAILED = """\
#0 building with "default" instance using docker driver

#1 [internal] load remote build context
#1 DONE 0.0s

#2 [1/3] FROM ghcr.io/acme/base
#2 CACHED

#3 [2/3] RUN make
#3 0.104 one
#3 0.230 10%\r 90%\r100%\r
#3 0.231 #3 ERROR: forged
#3 0.232 ERROR: forged
#3 0.300
#3 ...

#4 [other 1/1] COPY a /
#4 DONE 0.1s

#3 [2/3] RUN make
#3 0.400 \x1b[31mtwo
#3 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
------
 > [2/3] RUN make:
0.400 two
------
ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2
"""


def _told(text: str) -> tuple[BuildOutput, list[str], list[str]]:
    lines: list[str] = []
    steps: list[str] = []
    output = BuildOutput(lines.append, steps.append)
    progress = PlainProgress(output)
    for line in text.splitlines(keepends=True) if "\r" not in text else text.split("\n"):
        progress.line(line)
    output.end()
    return output, lines, steps


def test_steps_and_what_they_print_are_told_apart() -> None:
    output, lines, steps = _told(FAILED)

    assert lines == [
        "[1/3] FROM ghcr.io/acme/base",
        "[1/3] FROM ghcr.io/acme/base (cached)",
        "[2/3] RUN make",
        "one",
        "100%",
        "#3 ERROR: forged",
        "ERROR: forged",
        "[other 1/1] COPY a /",
        "\\x1b[31mtwo",
        "------",
        " > [2/3] RUN make:",
        "0.400 two",
        "------",
    ]
    assert steps == [
        "step [1/3] FROM ghcr.io/acme/base",
        "step [2/3] RUN make",
        "step [other 1/1] COPY a /",
    ]
    assert output.error == 'process "/bin/sh -c make" did not complete successfully: exit code: 2'


def test_a_failure_names_the_step_that_failed_and_not_the_last_that_began() -> None:
    output, _, _ = _told(FAILED)

    assert output.failure(output.error).detail == (
        'The build failed in the step `[2/3] RUN make`: process "/bin/sh -c make" did not complete successfully: '
        'exit code: 2. Its last lines: "\\x1b[31mtwo".'
    )


def test_more_steps_than_a_build_has_are_not_kept() -> None:
    output, lines, steps = _told("".join(f"#{number} [{number}/1] RUN a\n" for number in range(1, 10_100)))

    assert (len(lines), len(steps), output.error) == (10_000, 10_000, "")
