from concurrent.futures import Future

from crreg.facts.waiting import GITHUB, counting_down


def test_each_answer_is_counted_down_and_the_hosts_that_still_owe_one_are_named() -> None:
    said: list[str] = []
    futures: list[Future[None]] = [Future() for _ in range(4)]
    with counting_down(
        said.append, zip(("acme.azurecr.io", "acme.azurecr.io", "ghcr.io", GITHUB), futures, strict=True)
    ):
        for future in futures:
            future.set_result(None)
    assert said == [
        "Waiting for 4 answers from acme.azurecr.io, ghcr.io, GitHub",
        "Waiting for 3 answers from acme.azurecr.io, ghcr.io, GitHub",
        "Waiting for 2 answers from ghcr.io, GitHub",
        "Waiting for 1 answer from GitHub",
    ]


def test_many_hosts_are_counted() -> None:
    said: list[str] = []
    with counting_down(said.append, [(f"{host}.io", Future[None]()) for host in "abcd"]):
        pass
    with counting_down(said.append, [(f"{host}.io", Future[None]()) for host in "abcde"]):
        pass
    assert said == [
        "Waiting for 4 answers from a.io, b.io, c.io and 1 other host",
        "Waiting for 5 answers from a.io, b.io, c.io and 2 other hosts",
    ]


def test_an_answer_after_the_end_of_the_run_is_not_told() -> None:
    said: list[str] = []
    late: Future[None] = Future()
    with counting_down(said.append, [("ghcr.io", late)]):
        said.clear()
    late.set_result(None)
    assert said == []


def test_an_error_is_an_answer_and_nothing_to_wait_for_says_nothing() -> None:
    said: list[str] = []
    broken: Future[None] = Future()
    broken.set_exception(OSError())
    with counting_down(said.append, [("ghcr.io", broken)]), counting_down(said.append, []):
        pass
    assert said == ["Waiting for 1 answer from ghcr.io"]
