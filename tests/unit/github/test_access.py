import pytest

from crreg.github.access import is_api_url


@pytest.mark.parametrize(
    "text",
    [
        "https://api.github.com",
        "https://api.github.com/",
        "https://ghe.example/api/v3",
        "http://127.0.0.1:8000",
        "https://[::1]:8443/api/v3",
    ],
)
def test_addresses_of_an_api(text: str) -> None:
    assert is_api_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "api.github.com",
        "ftp://api.github.com",
        "https://",
        "https:///path",
        "https://api github.com",
        "https://api.github.com\n",
        "http://[::1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:port",
        "http://127.0.0.1:0",
        "https://user:password@api.github.com",
    ],
)
def test_what_is_no_address_of_an_api(text: str) -> None:
    assert not is_api_url(text)
