"""Every input that the fuzzer starts from or once found does no harm; needs no atheris."""

import gc

import pytest
from fuzz import targets  # noqa: F401 - it makes the targets known
from fuzz.seeds import CORPUS, DICTIONARIES, seeds, words
from fuzz.target import SEPARATOR, TARGETS, BrokenInvariantError, Target, ensure

NAMES = sorted(TARGETS)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.timeout(60)
# A flow that ends in an error leaves its sockets to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_input_of_the_corpus_does_harm(name: str) -> None:
    for path in seeds(name):
        try:
            TARGETS[name].run(path.read_bytes())
        except Exception as error:
            error.add_note(f"It is the input {path}.")
            raise
    gc.collect()


def test_every_target_has_seeds_and_says_what_it_holds_the_code_to() -> None:
    assert [name for name in NAMES if not list(seeds(name))] == []
    assert [name for name in NAMES if not TARGETS[name].call.__doc__] == []


def test_every_seed_and_dictionary_belongs_to_a_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(NAMES)
    assert {path.stem for path in DICTIONARIES.iterdir()} <= set(NAMES)
    assert [path.stem for path in DICTIONARIES.iterdir() if not words(path.stem)] == []


def test_a_seed_is_no_longer_than_an_input_may_be() -> None:
    too_long = [path for name in NAMES for path in seeds(name) if path.stat().st_size > TARGETS[name].longest]
    assert too_long == []


def toy(*kinds: type) -> tuple[Target, list[object]]:
    seen: list[object] = []

    def call(*fields: object) -> None:
        seen.extend(fields)
        if fields[0] == "own":
            raise ValueError
        ensure(fields[0] != "broken", "it is broken")

    return Target("toy", call, (ValueError,), 10, 1, kinds), seen


def test_an_input_is_taken_apart_into_fields() -> None:
    target, seen = toy(str, bytes, str)
    target.run(SEPARATOR.join((b"caf\xc3\xa9", b"\xfe")))
    assert seen == ["café", b"\xfe", ""]


def test_a_target_passes_over_its_own_errors_alone() -> None:
    target, _ = toy(str)
    target.run(b"own")
    with pytest.raises(BrokenInvariantError, match="it is broken"):
        target.run(b"broken")
