"""Which hosts are Amazon's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.registry.ecr import EcrRegistry, parse_host

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("host", "region"),
    [
        (f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com", "eu-west-1"),
        (f"{ACCOUNT}.dkr.ecr.ap-southeast-10.amazonaws.com", "ap-southeast-10"),
        (f"{ACCOUNT}.DKR.ECR.eu-west-1.amazonaws.COM", "eu-west-1"),
        (f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        (f"{ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"),
        (f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        (f"{ACCOUNT}.dkr-ecr.us-east-2.on.aws", "us-east-2"),
        (f"{ACCOUNT}.dkr-ecr-fips.us-east-2.on.aws", "us-east-2"),
        (f"{ACCOUNT}.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"),
        (f"{ACCOUNT}.dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
        (f"{ACCOUNT}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"),
    ],
)
def test_a_private_registry_tells_account_and_region(host: str, region: str) -> None:
    assert parse_host(host) == EcrRegistry(ACCOUNT, region)


@pytest.mark.parametrize("host", ["public.ecr.aws", "ecr-public.aws.com"])
def test_the_public_registry_has_its_tokens_from_us_east_1(host: str) -> None:
    assert parse_host(host) == EcrRegistry("", "us-east-1", public=True)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "ghcr.io",
        "amazonaws.com",
        "dkr.ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT[1:]}.dkr.ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.evil.example",
        f"evil.example.{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.evil.example.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1xamazonaws.com",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com\n",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com:443",
        f"{ACCOUNT}.dkr.ecr.eu-west-1.on.aws",
        "public.ecr.aws.evil.example",
        "\u0661" * 12 + ".dkr.ecr.eu-west-1.amazonaws.com",
    ],
)
def test_no_other_host_is_taken_for_one(host: str) -> None:
    assert parse_host(host) is None


@given(st.text())
def test_no_text_raises(host: str) -> None:
    parse_host(host)
