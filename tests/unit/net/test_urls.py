"""Addresses: every one is read as urllib3 reads it, and none leads to this machine in disguise."""

from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from urllib3.util import parse_url

from crreg.net import urls
from crreg.net.urls import Address, InvalidAddress
from crreg.registry.errors import RegistryError
from crreg.registry.transport.transport import Transport

HOSTS = ("registry.example", "evil.example", "127.0.0.1", "localhost", "[::1]", "0x7f.1", "REGISTRY.example.")
PIECES = (
    *(
        "https:",
        "http:",
        "//",
        "/",
        "\\",
        ":",
        "@",
        ":@",
        "?",
        "#",
        ";",
        "%",
        "%5c",
        "%40",
        "%2f",
        "%65",
        "%2E",
        "..",
        ".",
    ),
    *(
        "443",
        "0443",
        "80",
        "99999",
        "0",
        " ",
        "\t",
        "\n",
        "\r",
        "\x00",
        "\u3002",
        "\uff0f",
        "\u2100",
        "é",
        "[",
        "]",
    ),
    *("user", "v2", "=", "&", "|", "^", "ftp:", "javascript:", *HOSTS),
)
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=10).map(lambda pieces: "https://" + "".join(pieces)),
    st.text(max_size=40).map(lambda text: "https://" + text),
    st.text(max_size=40),
)
BASE = "https://registry.example:5000/v2/o/r/blobs/uploads/7?state=1"


def agrees(address: Address) -> None:
    """Whether both parsers read the address that is sent as what was compared."""
    url = parse_url(address.url)
    host = (url.host or "").strip("[]")
    default = {"https": 443, "http": 80}[address.scheme]
    assert (url.scheme, host, url.port or default) == address.origin
    assert (url.auth, url.request_uri) == (None, address.target)
    other = urlsplit(address.url)
    assert (other.scheme, other.hostname, other.port or default) == address.origin
    assert other.username is None
    assert Address.parse(address.url) == address


@settings(deadline=None, max_examples=1500)
@given(texts)
def test_what_is_compared_is_where_urllib3_connects(text: str) -> None:
    try:
        address = Address.parse(text)
    except InvalidAddress:
        return
    before = parse_url(text)
    assert (before.scheme, (before.host or "").strip("[]")) == (address.scheme, address.host)
    agrees(address)


@settings(deadline=None, max_examples=1500)
@given(texts)
def test_a_reference_leads_where_urllib3_connects(reference: str) -> None:
    try:
        target = Address.parse(BASE).join(reference)
    except InvalidAddress:
        return
    agrees(target)
    # The differential test: the standard library resolves what is not refused to the same place.
    other = urlsplit(urljoin(BASE, reference))
    assert (other.scheme, other.hostname) == (target.scheme, target.host)


@pytest.mark.parametrize(
    "target",
    [
        "/v2/",
        f"/v2/o/r/blobs/sha256:{'a' * 64}",
        "/v2/o/r/blobs/uploads/?mount=sha256%3Aab&from=o%2Fr",
        "/token?account=a%40b+c&scope=repository%3Ao%2Fr%3Apull&service=s",
    ],
)
def test_another_target_on_a_host_is_as_if_it_was_parsed(target: str) -> None:
    address = Address.parse(BASE).at(target)
    assert address.target == target
    assert Address.parse(address.url) == address


@pytest.fixture(scope="module")
def sender() -> Iterator[Transport]:
    transport = Transport(budget=60)
    yield transport
    transport.close()


@settings(deadline=None, max_examples=1000)
@given(source=st.sampled_from((BASE, "http://127.0.0.1:5000/v2/", "https://localhost/v2/")), location=texts)
def test_every_target_that_is_followed_is_the_one_that_was_compared(
    sender: Transport, source: str, location: str
) -> None:
    try:
        target = sender.lead(Address.parse(source), "the registry", location)
    except RegistryError:
        return
    agrees(target)
    assert urls.may_lead(Address.parse(source), target)
    assert not (source.startswith(BASE) and urls.is_local(target.host))


@pytest.mark.parametrize(
    "text",
    [
        *("https://:@evil.example\\@registry.example/x", "https://evil.example\\@registry.example/"),
        *("https://registry.example\\.evil.example/", "https:\\\\evil.example/", "/\\evil.example/"),
        *("https://@registry.example/", "https://:@registry.example/", "https://u:p@registry.example/"),
        *("https://registry.example\t/", "https://registry .example/", "https://registry.example/a b"),
        *("https://registry.example\n/", "https://\x00registry.example/", "https://registry\u3002example/"),
        *("https://rég.example/", "https://registry.example\uff0f@evil.example/", "https://%65vil.example/"),
        *("https://registry.example:99999/", "https://registry.example:0/", "https://registry.example:x/"),
        *("https://[::1/", "https://[fe80::1%25eth0]/", "https://[v1.x]/", "https://a..b/", "https:///x"),
        *(
            "https:registry.example",
            "https:/registry.example",
            "ftp://registry.example/",
            "//registry.example/",
        ),
        *("", "registry.example", "https://", "https://" + "a" * 300 + "/", "https://r/" + "a" * 20_000),
    ],
)
def test_what_parsers_may_read_differently_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        ("https://GHCR.io", "https://ghcr.io/", "ghcr.io"),
        ("HTTPS://ghcr.io:443/v2/?n=1#top", "https://ghcr.io/v2/?n=1", "ghcr.io"),
        ("http://localhost:05000/a/../b", "http://localhost:5000/b", "localhost:5000"),
        ("https://[::1]:5000/?a=%2f", "https://[::1]:5000/?a=%2F", "[::1]:5000"),
        (
            "https://my_bucket.s3.example/x?sig=a@b",
            "https://my_bucket.s3.example/x?sig=a@b",
            "my_bucket.s3.example",
        ),
    ],
)
def test_an_address_is_kept_as_it_is_sent(text: str, url: str, authority: str) -> None:
    address = Address.parse(text)
    assert (address.url, address.authority) == (url, authority)


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("https://cdn.example/x", "https://cdn.example/x"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("/v2/x?y", "https://registry.example:5000/v2/x?y"),
        ("?state=2", "https://registry.example:5000/v2/o/r/blobs/uploads/7?state=2"),
        ("8", "https://registry.example:5000/v2/o/r/blobs/uploads/8"),
        ("../8?a#b", "https://registry.example:5000/v2/o/r/blobs/8?a"),
        ("", BASE),
    ],
)
def test_a_reference_is_resolved_as_the_specification_says(reference: str, url: str) -> None:
    assert Address.parse(BASE).join(reference).url == url


LOCAL = (
    *("localhost", "LOCALHOST", "localhost.", "a.localhost", "a.b.localhost.", "127.0.0.1", "127.0.0.1."),
    *(
        "127.255.255.254",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
    ),
    *(
        "0.0.0.0",
        "0",
        "0x0",
        "00",
        "0.1.2.3",
        "::1",
        "::",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "::ffff:7f00:1",
    ),
    *("::ffff:0.0.0.0", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "::1%lo"),
    *("169.254.169.254", "169.254.1.1", "0xa9fea9fe", "2852039166", "::ffff:169.254.169.254", "fe80::1"),
    *("febf::1", "fe80::1%eth0", "fd00:ec2::254", "fd20:ce::254", "168.63.129.16", "100.100.100.200"),
)


@pytest.mark.parametrize("host", LOCAL)
def test_this_machine_is_known_in_every_spelling(host: str) -> None:
    assert urls.is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "ghcr.io",
            "localhost.example",
            "notlocalhost",
            "127.0.0.1.example",
            "128.0.0.1",
            "10.0.0.1",
            "1.1.1.1",
        ),
        *(
            "192.168.1.1",
            "170.254.0.1",
            "fec0::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
            "fd00:ec2::255",
            "",
            "a\x00b",
        ),
    ],
)
def test_other_hosts_are_elsewhere(host: str) -> None:
    assert not urls.is_local(host)


@pytest.mark.parametrize(
    ("source", "target", "may"),
    [
        ("https://registry.example/", "https://cdn.example/", True),
        ("https://registry.example/", "https://127.0.0.1:8080/", False),
        ("https://registry.example/", "https://a.localhost/", False),
        ("https://127.0.0.1:5000/", "https://localhost:5001/", True),
        ("https://127.0.0.1:5000/", "https://169.254.169.254/", False),
        ("https://127.0.0.1:5000/", "https://127.1/", False),
        ("https://registry.localhost:5000/", "https://registry.localhost:5000/x", True),
        ("https://registry.localhost:5000/", "https://127.0.0.1/", False),
    ],
)
def test_a_host_elsewhere_leads_to_no_port_of_this_machine(source: str, target: str, *, may: bool) -> None:
    assert urls.may_lead(Address.parse(source), Address.parse(target)) is may


@pytest.mark.parametrize(
    ("digits", "port"),
    [
        ("443", 443),
        ("000443", 443),
        ("65535", 65535),
        *(
            (wrong, None)
            for wrong in ("", "0", "000", "65536", "00000077777", "9" * 5000, "-1", "1_0", "٣", "x")
        ),
    ],
)
def test_a_port_is_read_whatever_zeros_it_starts_with(digits: str, port: int | None) -> None:
    assert urls.parse_port(digits) == port


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("10.1.2.3", True),
        ("172.16.0.1", True),
        ("172.31.255.255", True),
        ("192.168.1.1", True),
        ("169.254.1.1", True),
        ("100.64.0.1", True),
        ("100.127.255.255", True),
        ("fd00::1", True),
        ("fe80::1%eth0", True),
        ("::ffff:10.1.2.3", True),
        ("172.32.0.1", False),
        ("100.128.0.1", False),
        ("192.0.2.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("2001:db8::1", False),
        ("ghcr.io", False),
        ("", False),
    ],
)
def test_an_address_is_private_by_its_network(address: str, private: bool) -> None:  # noqa: FBT001 - of the table
    assert urls.is_private(address) is private
