"""Services read from a Compose file, with the variables in their strings expanded."""

from dataclasses import replace

from crreg.discovery.collected import Collected
from crreg.discovery.compose.interpolation import (
    MAX_LENGTH,
    InterpolationError,
    TooLongError,
    Variables,
    interpolate,
    variables,
)
from crreg.discovery.compose.nodes import (
    REPLACING,
    bare_names,
    is_false,
    mappings_of,
    replaced,
    string,
    unset,
    value_below,
    value_of,
)
from crreg.discovery.compose.schema import check_service, service_keys
from crreg.discovery.compose.service import EnvFile, Extends, Service, ServiceBuild, is_remote
from crreg.discovery.compose.twins import said_by
from crreg.discovery.compose.uses import uses_of
from crreg.discovery.dockerfile.go_text import as_go
from crreg.discovery.documents.tree import Entry, Node, Scalar, Sequence, Text, is_null
from crreg.discovery.documents.tree import Mapping as MappingNode
from crreg.workspace.budget import Limit
from crreg.workspace.readable import join

_COST = 64
"""What a service or a string costs besides its characters."""


class ServiceReader:
    """Reads services of one file, with its variables and its folder."""

    def __init__(
        self,
        folder: str,
        values: Variables,
        collected: Collected,
        *,
        are_values_known: bool = True,
    ) -> None:
        """`are_values_known` is false if a file with more values could not be read: no variable is known then."""
        self._folder = folder
        self._values = values
        self._collected = collected
        self._are_values_known = are_values_known

    def read(self, name: str, entry: Entry) -> Service | None:
        """Read one service, which is empty for null; return None for anything but a mapping, which is noted."""
        self._collected.budget.spend(Limit.EXPANDED, _COST)
        if is_null(entry.value):
            return Service(name, entry.key, is_removed=entry.value.tag == "!reset")
        node = self._collected.mapping(entry.value, f"the service {name}")
        if node is None:
            return None
        extends = self._extends(value_of(node, "extends"))
        # What it extends, if that is not known, may define what runs.
        defines = ("image", "build", "provider", *(("extends",) if extends is None else ()))
        service = Service(
            name,
            entry.key,
            is_defined=any(value_of(node, key) is not None for key in defines),
            image=self.text(value_of(node, "image"), f"image of the service {name}"),
            build=self._build(value_of(node, "build"), name),
            needs=self._needs(node),
            optional_needs=tuple(
                name for name, is_required in self._dependencies(node).items() if not is_required
            ),
            other_images=self._other_images(node),
            env_files=(*self._env_files(node, "env_file"), *self._env_files(node, "label_file")),
            platform=self._known(value_of(node, "platform"), "platform"),
            profiles=self._known_strings(node, "profiles"),
            pull_policy=self._known(value_of(node, "pull_policy"), "pull_policy"),
            extends=extends,
            uses=uses_of(node, name, self._expanded, self._collected),
            network_mode=self.text(string(value_of(node, "network_mode")), "network_mode"),
            test=self._test(value_below(node, "healthcheck", "test")),
            said=said_by(node, self._scalar),
            container_name=self.text(string(value_of(node, "container_name")), "container_name"),
            replaced=service_keys() if node.tag in REPLACING else replaced(node),
        )
        # What is read above was noted with more specific messages.
        presence = check_service(name, node, self.expand, self._collected)
        return replace(service, given=presence.given, nulls=presence.nulls)

    def expand(self, text: str) -> tuple[str, tuple[str, ...]] | None:
        """Expand the variables of a string, as `schema.Expand` says."""
        try:
            expanded = interpolate(text, self._values)
        except InterpolationError:
            return None
        return expanded.text, expanded.missing if self._are_values_known else variables(text)

    def text(self, node: Node | None, what: str) -> Text | None:
        """Return a string with its variables expanded; None if it is missing, or something else, which is noted."""
        scalar = self._collected.string(node, what)
        return self._expanded(scalar, str(scalar.value)) if scalar else None

    def texts(self, node: Node | None, what: str) -> tuple[Text, ...]:
        """A string or a list of strings, each with its variables expanded."""
        scalars = self._collected.strings(node, what)
        texts = (self._expanded(scalar, str(scalar.value)) for scalar in scalars)
        return tuple(text for text in texts if text is not None)

    def path(self, node: Node | None, what: str) -> Text | None:
        """Return a path of the folder relative to the workspace; None as in `text`, or if it is unknown."""
        text = self.text(node, what)
        return self._path(text, what) if text else None

    def paths(self, node: Node | None, what: str) -> list[Text]:
        """Return the paths in a string or a list of strings, each as in `path`."""
        paths = (self._path(text, what) for text in self.texts(node, what))
        return [path for path in paths if path is not None]

    def _path(self, text: Text, what: str) -> Text | None:
        if not self._collected.is_known(text, what):
            return None
        return text if is_remote(text.value) else replace(text, value=join(self._folder, text.value))

    def _expanded(self, scalar: Scalar, raw: str) -> Text | None:
        budget = self._collected.budget
        budget.spend(Limit.EXPANDED, len(raw) + _COST)
        try:
            expanded = interpolate(raw, self._values)
        except TooLongError:
            message = f"this string is longer than {MAX_LENGTH:,} characters with its variables expanded"
            self._collected.unresolved(message, scalar.location)
            return None
        except InterpolationError as error:
            self._collected.invalid(f"invalid variable: {error}", scalar.location)
            return None
        budget.spend(Limit.EXPANDED, len(expanded.text) if expanded.text != raw else 0)
        has_all_lines = expanded.text.count("\n") == raw.count("\n")
        indent = scalar.indent if has_all_lines else 0
        missing = expanded.missing if self._are_values_known else variables(raw)
        return Text(
            expanded.text, scalar.location, missing, indent, raw if indent and expanded.text != raw else ""
        )

    def _build(self, node: Node | None, name: str) -> ServiceBuild | None:
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return ServiceBuild(node.location, self._folder, context=self.path(node, "build"))
        build = self._collected.mapping(node, f"build of the service {name}")
        if build is None:
            return None
        return ServiceBuild(
            build.location,
            self._folder,
            context=self.path(value_of(build, "context"), "build.context"),
            dockerfile=self._filled(value_of(build, "dockerfile"), "build.dockerfile"),
            inline=self._filled(value_of(build, "dockerfile_inline"), "build.dockerfile_inline"),
            target=self.text(value_of(build, "target"), "build.target"),
            args=self._args(value_of(build, "args")),
            cache_from=self.texts(self._list(build, "cache_from", "build.cache_from"), "build.cache_from"),
            contexts=self._pairs(value_of(build, "additional_contexts"), "build.additional_contexts"),
            platforms=self._known_strings(build, "platforms", "build.platforms"),
            replaced=service_keys() if build.tag in REPLACING else replaced(build),
            unset=unset(build),
        )

    def _filled(self, node: Node | None, what: str) -> Text | None:
        """Return a string as in `text`, but None if it is empty, which Compose takes for a missing key."""
        text = self.text(node, what)
        return text if text and (text.value or text.unknown) else None

    def _args(self, node: Node | None) -> dict[str, str | None]:
        """Build arguments; one without a value is taken from the environment, or else left to the Dockerfile."""
        args: dict[str, str | None] = {}
        for name, text in self._pairs(node, "build.args").items():
            args[name] = text.known()
        for name in bare_names(node):
            if not self._are_values_known:
                args[name] = None
                continue
            value = self._values.get(name)
            if value is not None:
                args[name] = value
        return args

    def _pairs(self, node: Node | None, what: str) -> dict[str, Text]:
        """Names with values, written as a mapping or as a list of `NAME=VALUE`."""
        if isinstance(node, MappingNode):
            found = ((name, self._scalar(value_of(node, name), f"{what}.{name}")) for name in node.entries)
            return {name: text for name, text in found if text is not None}
        if node is not None and not isinstance(node, Sequence):
            self._collected.wrong_type(node, what, "an object or a list of strings")
            return {}
        pairs: dict[str, Text] = {}
        for text in self.texts(node, what):
            name, equals, _ = text.value.partition("=")
            if equals:
                pairs[name] = text.part(len(name) + 1, len(text.value))
            elif what == "build.additional_contexts" and not text.unknown:
                self._collected.invalid(f"{what} must be NAME=ADDRESS, not {text.value!r}", text.location)
        return pairs

    def _scalar(self, node: Node | None, what: str) -> Text | None:
        """A string, number or boolean as text."""
        if isinstance(node, Scalar) and isinstance(node.value, bool | int | float):
            return self._expanded(node, as_go(node.value))
        return self.text(node, what)

    def _needs(self, node: MappingNode) -> tuple[str, ...]:
        names = [name for name, is_required in self._dependencies(node).items() if is_required]
        names += (link.partition(":")[0] for link in self._known_strings(node, "links"))
        names += (
            source.partition(":")[0]
            for source in self._known_strings(node, "volumes_from")
            if not source.startswith("container:")
        )
        for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
            mode = self._known(value_of(node, key), key)
            if mode.startswith("service:"):
                names.append(mode.removeprefix("service:"))
        return tuple(dict.fromkeys(names))

    def _test(self, test: Node | None) -> Text | None:
        first = test.items[0] if isinstance(test, Sequence) and test.items else None
        return self.text(string(first), "healthcheck.test")

    def _dependencies(self, node: MappingNode) -> dict[str, bool]:
        """The services of depends_on, and whether each is required."""
        depends_on = value_of(node, "depends_on")
        if not isinstance(depends_on, MappingNode):
            return dict.fromkeys(self._known_strings(node, "depends_on"), True)
        conditions = {name: entry.value for name, entry in depends_on.entries.items()}
        return {
            name: not (isinstance(condition, MappingNode) and is_false(condition.get("required")))
            for name, condition in conditions.items()
        }

    def _other_images(self, node: MappingNode) -> tuple[Text, ...]:
        """The images of volumes and of the containers that run first, which Compose 5 knows as `pre_start`.

        Source: https://github.com/compose-spec/compose-spec/blob/main/05-services.md
        """
        mounted = [
            self.text(value_of(volume, "source"), "the image of a volume")
            for volume in mappings_of(value_of(node, "volumes"))
            if self._known(string(volume.get("type")), "the type of a volume") == "image"
        ]
        run_first = [
            self.text(value_of(container, "image"), "the image of pre_start")
            for container in mappings_of(value_of(node, "pre_start"))
        ]
        return tuple(image for image in (*mounted, *run_first) if image is not None)

    def _env_files(self, node: MappingNode, key: str) -> tuple[EnvFile, ...]:
        value = value_of(node, key)
        found: list[EnvFile] = []
        for item in value.items if isinstance(value, Sequence) else (value,):
            if isinstance(item, MappingNode):
                file = self.path(value_of(item, "path"), key)
                is_required = not is_false(item.get("required"))
                is_raw = self._known(value_of(item, "format"), "format") == "raw"
            else:
                file, is_required, is_raw = self.path(item, key), True, key == "label_file"
            if file is not None:
                found.append(EnvFile(file, is_required, is_raw))
        return tuple(found)

    def _extends(self, node: Node | None) -> Extends | None:
        long = node if isinstance(node, MappingNode) else None
        named, what = (long.get("service"), "extends.service") if long is not None else (node, "extends")
        text = self.text(named, what)
        if node is None or (text is not None and not self._collected.is_known(text, what)):
            return None
        if text is None or not text.value:
            if long is not None or text is not None:
                self._collected.invalid("extends needs service, the name of the service", node.location)
            return None
        path = value_of(long, "file") if long is not None else None
        file = self.path(path, "extends.file")
        return Extends(text.value, file, node.location) if file is not None or path is None else None

    def _known(self, node: Node | None, what: str) -> str:
        text = self.text(node, what)
        return text.known() or "" if text else ""

    def _known_strings(self, node: MappingNode, key: str, what: str = "") -> tuple[str, ...]:
        texts = self.texts(self._list(node, key, what or key), what or key)
        return tuple(text.value for text in texts if not text.unknown)

    def _list(self, node: MappingNode, key: str, what: str) -> Node | None:
        """Return a value for which Compose takes a list, not a single string; None if it is missing or a string."""
        value = value_of(node, key)
        if isinstance(value, Scalar):
            self._collected.wrong_type(value, what, "a list of strings")
            return None
        return value
