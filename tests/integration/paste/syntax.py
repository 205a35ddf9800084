"""The published syntax of the commands that the stand-ins play: what they take, and what they refuse."""

import argparse
from collections.abc import Callable, Mapping, Sequence

import botocore.session
from botocore import xform_name


class SyntaxRefusedError(Exception):
    """The real program would refuse these arguments."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override] # raises, as the original exits
        raise SyntaxRefusedError(message)


def _parser(define: Callable[[argparse.ArgumentParser], None]) -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    define(parser)
    return parser


def _named(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", "-n", required=True)
    parser.add_argument("--resource-group", "-g")


def _in_registry(parser: argparse.ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--registry", "-r", required=True)
    parser.add_argument("--expiration")
    parser.add_argument("--expiration-in-days", type=int)


def _token_create(parser: argparse.ArgumentParser) -> None:
    _in_registry(parser)
    parser.add_argument("--gateway", nargs="+", action="append")
    parser.add_argument("--no-passwords", choices=["false", "true"])
    parser.add_argument("--repository", nargs="+", action="append")
    parser.add_argument("--scope-map")
    parser.add_argument("--status", choices=["disabled", "enabled"])


def _credential_generate(parser: argparse.ArgumentParser) -> None:
    _in_registry(parser)
    parser.add_argument("--password1", action="store_true")
    parser.add_argument("--password2", action="store_true")


def _principal_reset(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--id", required=True)
    parser.add_argument("--append", action="store_true")
    parser.add_argument("--cert")
    parser.add_argument("--create-cert", action="store_true")
    parser.add_argument("--display-name")
    parser.add_argument("--end-date")
    parser.add_argument("--keyvault")
    parser.add_argument("--years", type=int)


def _key_create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("output_file")
    parser.add_argument("--iam-account", required=True)
    parser.add_argument("--key-file-type", choices=["json", "p12"], default="json")


def _push(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--all-tags", "-a", action="store_true")
    parser.add_argument("--disable-content-trust", action="store_true")
    parser.add_argument("--platform")
    parser.add_argument("--quiet", "-q", action="store_true")
    parser.add_argument("name")


COMMANDS: Mapping[tuple[str, ...], argparse.ArgumentParser] = {
    # https://learn.microsoft.com/cli/azure/acr/token#az-acr-token-create
    ("az", "acr", "token", "create"): _parser(_token_create),
    # https://learn.microsoft.com/cli/azure/acr/token/credential#az-acr-token-credential-generate
    ("az", "acr", "token", "credential", "generate"): _parser(_credential_generate),
    # https://learn.microsoft.com/cli/azure/acr/credential#az-acr-credential-show
    ("az", "acr", "credential", "show"): _parser(_named),
    # https://learn.microsoft.com/cli/azure/ad/sp/credential#az-ad-sp-credential-reset
    ("az", "ad", "sp", "credential", "reset"): _parser(_principal_reset),
    # https://cloud.google.com/sdk/gcloud/reference/iam/service-accounts/keys/create
    ("gcloud", "iam", "service-accounts", "keys", "create"): _parser(_key_create),
    # https://docs.docker.com/reference/cli/docker/image/push/
    ("docker", "push"): _parser(_push),
}


def parsed(words: Sequence[str]) -> tuple[tuple[str, ...], argparse.Namespace]:
    """The command of COMMANDS that these words are, and its arguments; raises SyntaxRefusedError for any other."""
    for command, parser in COMMANDS.items():
        if tuple(words[: len(command)]) == command:
            return command, parser.parse_args(list(words[len(command) :]))
    raise SyntaxRefusedError(f"no published command: {' '.join(words)}")


def parsed_aws(words: Sequence[str]) -> tuple[str, str, dict[str, str]]:
    """Service, operation and parameters of `aws SERVICE OPERATION --parameter value`, by botocore's own models.

    The AWS CLI makes its commands and options from the same models: names in lower case with hyphens.
    Source: https://github.com/aws/aws-cli/blob/develop/awscli/clidriver.py
    """
    _, service, name, *rest = words
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(each, "-"): each for each in model.operation_names}
    if name not in operations:
        raise SyntaxRefusedError(f"aws {service} has no operation {name}")
    shape = model.operation_model(operations[name]).input_shape
    members = {xform_name(each, "-"): each for each in (shape.members if shape is not None else {})}
    given: dict[str, str] = {}
    for option, value in zip(rest[::2], rest[1::2], strict=True):
        if option == "--region":
            continue
        if not option.startswith("--") or option.removeprefix("--") not in members:
            raise SyntaxRefusedError(f"aws {service} {name} has no option {option}")
        given[members[option.removeprefix("--")]] = value
    lacking = set(shape.required_members if shape is not None else ()) - set(given)
    if lacking:
        raise SyntaxRefusedError(f"aws {service} {name} needs {', '.join(sorted(lacking))}")
    return service, operations[name], given
