"""Programs that nobody can have here (az, gcloud, aws with an account, docker with images), played by the test.

Each is a script that hands its arguments to this process, which refuses what the real one would refuse and does in
the sandbox what the real one does in the world.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox import credentials
from sandbox.credentials import Credential
from sandbox.relay import read_exactly
from sandbox.serving import Handler, Server
from sandbox.token_server import Account
from sandbox.world import Place, World
from tests.integration.paste.syntax import SyntaxRefusedError, parsed, parsed_aws

PROGRAMS = ("az", "aws", "gcloud", "docker")
_SCRIPT = """\
#!{python} -S
import json, os, sys, urllib.request
body = json.dumps([os.path.basename(sys.argv[0]), *sys.argv[1:]]).encode()
request = urllib.request.Request("{url}", body, {{"X-Folder": os.getcwd()}})
answer = json.load(urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request))
sys.stdout.write(answer["output"])
sys.stderr.write(answer["errors"])
sys.exit(answer["code"])
"""
EVERYTHING = {"*": frozenset({"pull", "push"})}


class StandIns(Server):
    """Answers the scripts; `seen` is what was run, and `shown` what a person could read off the answers."""

    def __init__(self, world: World) -> None:
        super().__init__(_Handler)
        self.world = world
        self.seen: list[list[str]] = []
        self.shown: dict[str, str] = {}
        """The new USER and PASSWORD, as the programs showed them, and the files' contents they wrote."""
        self.allowed: Mapping[str, Any] = EVERYTHING

    def install(self, folder: Path) -> None:
        """Put the scripts into a folder of PATH."""
        for name in PROGRAMS:
            script = folder / name
            script.write_text(_SCRIPT.format(python=sys.executable, url=self.url))
            script.chmod(0o755)

    def run(self, words: list[str], folder: Path) -> str:
        """Do what the command does and return its output; raises SyntaxRefusedError."""
        self.seen.append(words)
        if words[0] == "aws":
            return self._aws(words)
        command, arguments = parsed(words)
        does: dict[tuple[str, ...], Callable[[Any, Path], str]] = {
            ("az", "acr", "token", "create"): self._create_token,
            ("az", "acr", "token", "credential", "generate"): self._generate,
            ("az", "acr", "credential", "show"): self._show,
            ("az", "ad", "sp", "credential", "reset"): self._reset,
            ("gcloud", "iam", "service-accounts", "keys", "create"): self._create_key,
            ("docker", "push"): self._push,
        }
        return does[command](arguments, folder)

    def _create_token(self, arguments: Any, _folder: Path) -> str:
        if arguments.scope_map != "_repositories_pull" and not arguments.repository:
            raise SyntaxRefusedError("a scope map or repositories must be named")
        return self._azure(arguments.registry, arguments.name)

    def _generate(self, arguments: Any, _folder: Path) -> str:
        place = self._azure_place(arguments.registry)
        if arguments.name not in _accounts(place):
            raise SyntaxRefusedError(f"there is no token {arguments.name}")
        return self._azure(arguments.registry, arguments.name)

    def _show(self, arguments: Any, _folder: Path) -> str:
        return self._azure(arguments.name, arguments.name)

    def _reset(self, arguments: Any, _folder: Path) -> str:
        return self._azure("acme", arguments.id)

    def _azure(self, registry: str, user: str) -> str:
        password = self._renew(self._azure_place(registry), user)
        self.shown = {"USER": user, "PASSWORD": password}
        return json.dumps({"credentials": {"username": user, "passwords": [{"value": password}]}}) + "\n"

    def _azure_place(self, registry: str) -> Place:
        place = self.world.places.get(f"{registry}.azurecr.io")
        if place is None:
            raise SyntaxRefusedError(f"there is no registry {registry}")
        return place

    def _renew(self, place: Place, user: str, password: str | None = None) -> str:
        new = Credential(user, credentials.register(password or credentials.password(), user=user))
        _accounts(place)[user] = Account(new, EVERYTHING)
        return new.password

    def _create_key(self, arguments: Any, folder: Path) -> str:
        key = {
            "type": "service_account",
            "private_key": f"-----BEGIN PRIVATE KEY-----\n{credentials.password()}\n-----END PRIVATE KEY-----\n",
            "client_email": arguments.iam_account,
        }
        text = credentials.register(json.dumps(key, indent=2))
        (folder / arguments.output_file).write_text(text)
        import base64

        self._renew(
            self.world.places["europe-docker.pkg.dev"],
            "_json_key_base64",
            base64.b64encode(text.encode()).decode(),
        )
        return f"created key [1] of type [json] as [{arguments.output_file}] for [{arguments.iam_account}]\n"

    def _push(self, arguments: Any, _folder: Path) -> str:
        registry, _, rest = arguments.name.partition("/")
        repository, _, tag = rest.partition(":")
        self.world.places[registry].push(repository, tag or "latest")
        return "latest: digest: sha256:0 size: 0\n"

    def _aws(self, words: list[str]) -> str:
        service, operation, parameters = parsed_aws(words)
        if (service, operation) != ("iam", "CreateAccessKey"):
            raise SyntaxRefusedError(f"nobody plays {service} {operation}")
        keys = self.world.aws.new_key(parameters["UserName"])
        self.shown = {"USER": keys.user, "PASSWORD": keys.password}
        return json.dumps({"AccessKey": {"AccessKeyId": keys.user, "SecretAccessKey": keys.password}}) + "\n"


def _accounts(place: Place) -> dict[str, Account]:
    assert place.token_server is not None
    return place.token_server.accounts


class _Handler(Handler):
    server: StandIns

    def answer(self) -> None:
        words = json.loads(b"".join(read_exactly(self.rfile, int(self.headers["Content-Length"]))))
        try:
            answer = {
                "code": 0,
                "output": self.server.run(words, Path(self.headers["X-Folder"])),
                "errors": "",
            }
        except SyntaxRefusedError as error:
            answer = {"code": 2, "output": "", "errors": f"{words[0]}: {error}\n"}
        self.respond(200, json.dumps(answer).encode())
