"""Proxies of the environment, as Go reads them."""

import pytest

from crreg.net.proxy import Proxy, UnusableProxy, passes_by, proxy_for
from crreg.net.urls import Address


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
        for spelling in (name, name.upper()):
            monkeypatch.delenv(spelling, raising=False)
    monkeypatch.delenv("REQUEST_METHOD", raising=False)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://ghcr.io/v2/", "http://secure.example:3128"),
        ("http://ghcr.io/v2/", "http://plain.example:3128"),
        ("https://direct.example/v2/", None),
        ("https://a.direct.example:5000/v2/", None),
        ("https://localhost:5000/v2/", None),
        ("https://127.0.0.1:5000/v2/", None),
        ("https://[::1]:5000/v2/", None),
    ],
)
def test_the_proxies_of_the_environment_are_used_but_never_for_loopback(
    monkeypatch: pytest.MonkeyPatch, url: str, proxy: str | None
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "secure.example:3128")
    monkeypatch.setenv("https_proxy", "http://second.example")
    monkeypatch.setenv("HTTP_PROXY", "http://plain.example:3128")
    monkeypatch.setenv("NO_PROXY", "direct.example")
    assert proxy_for(Address.parse(url)) == (Proxy(proxy) if proxy else None)


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("*", "https://ghcr.io/", True),
        ("corp.example", "https://corp.example/", True),
        ("corp.example", "https://r.corp.example/", True),
        ("corp.example", "https://evilcorp.example/", False),
        (".corp.example", "https://r.corp.example/", True),
        (".corp.example", "https://corp.example/", False),
        ("*.corp.example", "https://r.corp.example/", True),
        ("*.corp.example", "https://corp.example/", False),
        ("*corp.example", "https://r.corp.example/", False),
        (" Corp.Example ,x", "https://r.corp.example/", True),
        ("x corp.example", "https://corp.example/", False),
        ("corp.example:443", "https://corp.example/", True),
        ("corp.example:5000", "https://corp.example/", False),
        ("corp.example:5000", "https://corp.example:5000/", True),
        (":443", "https://corp.example/", False),
        ("10.0.0.0/8", "https://10.20.30.40:5000/", True),
        ("10.0.0.0/8", "https://11.20.30.40:5000/", False),
        ("10.20.30.0/255.255.255.0", "https://10.20.30.40/", False),
        ("10.20.30.40", "https://10.20.30.40:5000/", True),
        ("10.20.30.40:5000", "https://10.20.30.40:5000/", True),
        ("10.20.30.40:5001", "https://10.20.30.40:5000/", False),
        ("10.20", "https://10.20.30.40/", False),
        ("30.40", "https://10.20.30.40/", True),
        ("2001:db8::/32", "https://[2001:db8::1]/", True),
        ("2001:db8::1", "https://[2001:db8::1]/", True),
        ("[2001:db8::1]:443", "https://[2001:db8::1]/", True),
        ("::ffff:10.20.30.40", "https://10.20.30.40/", True),
        ("", "https://ghcr.io/", False),
        (",,", "https://ghcr.io/", False),
    ],
)
def test_exceptions_are_read_as_go_reads_them(no_proxy: str, url: str, direct: bool) -> None:  # noqa: FBT001 - of the test
    assert passes_by(Address.parse(url), no_proxy) is direct


@pytest.mark.parametrize(
    ("proxy", "address", "login"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", None),
        ("http://us%40er:p%3Aw@proxy.example:3128/", "http://proxy.example:3128", "us@er:p:w"),
        ("http://user@proxy.example", "http://proxy.example", "user:"),
        ("https://[::1]:3128", "https://[::1]:3128", None),
    ],
)
def test_a_proxy_is_taken_apart(
    monkeypatch: pytest.MonkeyPatch, proxy: str, address: str, login: str | None
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    assert proxy_for(Address.parse("https://ghcr.io/")) == Proxy(address, login)


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ALL_PROXY", "socks5h://s3cret@127.0.0.1:1080", "a SOCKS proxy"),
        ("all_proxy", "socks4://127.0.0.1:1080", "a SOCKS proxy"),
        ("HTTPS_PROXY", "SOCKS5://127.0.0.1:1080", "a SOCKS proxy"),
        ("HTTPS_PROXY", "http://127.0.0.1:port", "is not a proxy address"),
        ("https_proxy", "http://127.0.0.1:99999", "is not a proxy address"),
        ("HTTPS_PROXY", "http://", "is not a proxy address"),
        ("HTTPS_PROXY", "ftp://proxy.example", "neither http nor https"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UnusableProxy, match=variable) as raised:
        proxy_for(Address.parse("https://ghcr.io/"))
    assert words in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_a_header_of_a_cgi_script_is_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://evil.example")
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert proxy_for(Address.parse("http://ghcr.io/")) is None
