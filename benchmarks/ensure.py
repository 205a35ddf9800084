"""Thirty secrets on a GitHub 50 ms away: compares `crreg ensure` with `gh secret set`.

gh only writes. ensure first lists what exists and logs in to the ten registries, which are near here: other benchmarks
measure logins at a distance. So there are two comparisons: with gh's writing alone, and with everything that a user
would do by hand for the same result, which is `docker login` for each registry, `gh secret list` at each level, and
then `gh secret set`. Each run writes to a repository without secrets.
"""

import contextlib
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import Row, in_pairs, load, run
from sandbox import credentials
from sandbox.engine import Engine, running_engine
from sandbox.github.control import GitHubSandbox
from sandbox.latency import fronts_far_away
from sandbox.registry import Htpasswd, running_registry
from sandbox.world import triple

TRIPLES = 10
ROUND_TRIP = 0.05
RUNS = 7
_BIN = Path(sys.executable).parent
_LEVELS = ("--repo={repository}", "--org=acme", "--user")


@dataclass(frozen=True)
class Scene:
    """A distant GitHub, and the secrets to store there."""

    github: GitHubSandbox
    far: str
    """The address of GitHub with latency."""
    token: str
    owner: credentials.Credential
    """The user who may pull from every registry."""
    servers: tuple[str, ...]
    engine: Engine
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def values(self) -> dict[str, str]:
        """The secrets, by name."""
        return {
            name: value
            for number, server in enumerate(self.servers)
            for name, value in triple(f"R{number}", server, self.owner).items()
        }

    def repository(self) -> str:
        """Add a new repository."""
        name = f"acme/app-{next(self.numbers)}"
        self.github.add_repository(name)
        return name

    def crreg(self, repository: str) -> None:
        """Ensure the triples, from an empty checkout."""
        arguments = ("ensure", "--repository", repository, "--path", str(self.folder / "checkout"))
        github = {"GITHUB_API_URL": self.far, "GITHUB_TOKEN": self.token}
        run([str(_BIN / "crreg"), *arguments], {**github, **self.values})

    def gh_set(self, repository: str) -> None:
        """Store the same secrets with gh, from a dotenv file."""
        self._gh("set", "--env-file", str(self.folder / "secrets.env"), "--repo", repository)

    def by_hand(self, repository: str) -> None:
        """Try every credential, list the existing secrets, and store the new ones."""
        for server in self.servers:
            command = ["docker", "login", "--username", self.owner.user, "--password-stdin", server]
            run(command, self.engine.environment(), text=self.owner.password)
        self.list_and_set(repository)

    def list_and_set(self, repository: str) -> None:
        """List the secrets of each level, and store the new ones."""
        for level in _LEVELS:
            # gh does not accept --app for a user's own secrets.
            self._gh("list", level.format(repository=repository))
        self.gh_set(repository)

    def _gh(self, verb: str, *arguments: str) -> None:
        app = () if "--user" in arguments else ("--app", "codespaces")
        far = {"HTTP_PROXY": self.far, "http_proxy": self.far, "GH_CONFIG_DIR": str(self.folder / "gh")}
        run(
            [str(_BIN / "gh"), "secret", verb, *app, *arguments], self.github.gh_environment(self.token) | far
        )


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Start nearby registries and a distant GitHub, with an administrator's token."""
    owner = credentials.credential("octocat")
    (folder / "checkout").mkdir()
    with contextlib.ExitStack() as stack:
        servers = tuple(
            stack.enter_context(
                running_registry(folder / f"registry-{number}", auth=Htpasswd([owner]))
            ).address
            for number in range(TRIPLES)
        )
        engine = stack.enter_context(running_engine(folder / "engine"))
        github = stack.enter_context(GitHubSandbox.start())
        github.add_user("octocat")
        github.add_organization("acme", members={"octocat": "admin"})
        scopes = ("repo", "admin:org", "codespace:secrets")
        token = github.add_token("classic", owner="octocat", scopes=scopes)
        address = github.url.partition("://")[2]
        [far] = stack.enter_context(fronts_far_away(ROUND_TRIP, [address]))
        here = Scene(github, f"http://{far}", token, owner, servers, engine, folder)
        lines = "".join(f"{name}={value}\n" for name, value in here.values.items())
        (folder / "secrets.env").write_text(lines)
        yield here


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with scene(folder) as here:
        return [*_times(here), *_counts(here)]


def _times(here: Scene) -> list[Row]:
    pairs = in_pairs(
        RUNS,
        lambda: here.crreg(here.repository()),
        lambda: here.gh_set(here.repository()),
        lambda: here.by_hand(here.repository()),
        lambda: load("click", "github.Requester"),
    )
    *theirs, loading = pairs.theirs
    what = f"ensure, {len(here.values)} secrets created, {ROUND_TRIP * 1000:.0f} ms away"
    names = ("gh secret set", "docker login, gh secret list, set")
    return [
        Row(what, f"{pairs.ours:.2f} s", f"{name} {theirs:.2f} s", ratio, "<= 1.00", ratio <= 1)
        for name, theirs, ratio in zip(names, theirs, pairs.ratios[:-1], strict=True)
    ] + [
        Row(
            "limit: loading PyGithub, connecting, looking, connecting, writing",
            f"{loading + 4 * ROUND_TRIP:.2f} s",
            f"crreg {pairs.ours:.2f} s",
        )
    ]


def _counts(here: Scene) -> list[Row]:
    repository = here.repository()
    first, second = (_requests(here, here.crreg, repository) for _ in range(2))
    gh = _requests(here, here.list_and_set, here.repository())
    without_receipts = first.total() - first["receipts"]
    return [
        Row(
            "the same, requests besides those for receipts",
            f"{without_receipts} (and {first['receipts']} for receipts)",
            f"gh secret list, set {gh.total()} requests",
            without_receipts / gh.total(),
            "<= 1.00",
            without_receipts <= gh.total(),
        ),
        Row(
            "ensure once more, requests",
            f"{second.total()}",
            target="none that writes",
            met=not second["write"],
        ),
    ]


def _requests(here: Scene, store: Callable[[str], None], repository: str) -> Counter[str]:
    """Count the requests of one run: those that write secrets, those about receipts, and the others."""
    here.github.forget()
    store(repository)
    stored = here.github.secrets("repository", repository)
    if {name: secret.value.decode() for name, secret in stored.items()} != here.values:
        raise RuntimeError(f"{repository} does not hold what was to be stored")
    return Counter(
        "write" if seen.method == "PUT" else "receipts" if "/actions/variables" in seen.path else "look"
        for seen in here.github.requests()
    )
