"""Which registry's login a base image is pulled with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.engine.bases import is_server, server_of
from crreg.registry.reference import ImageReference, InvalidReference

FIRST = st.lists(
    st.sampled_from(("localhost", "EVIL", "evil", "docker.io", "index.docker.io", ".", ":5000", "-", "a")),
    max_size=3,
).map("".join)


@given(first=FIRST, rest=st.sampled_from(("app", "o/app", "app:1", "o/app@sha256:" + "0" * 64)))
def test_the_registry_is_the_one_of_the_reference(first: str, rest: str) -> None:
    image = f"{first}/{rest}"
    try:
        reference = ImageReference.parse(image)
    except InvalidReference:
        return
    assert server_of(image) == reference.registry.lower()


@pytest.mark.parametrize("image", ["EVIL/app", "Evil/app:1", "evil.example/app"])
def test_the_login_of_docker_hub_goes_to_no_stranger(image: str) -> None:
    assert not is_server("https://index.docker.io/v1/", image)
