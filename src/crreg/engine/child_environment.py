"""The environment of the `docker` command: what it needs to work, and no credentials."""

from collections.abc import Mapping

from crreg.workspace.confined import search_path

_NAMES = frozenset(
    {
        # The system and the user.
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "NO_COLOR", "TZ", "LANG", "LANGUAGE"),
        *("TMPDIR", "TMP", "TEMP"),
        *("XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"),
        # Which engine and builder, and how to reach them.
        # Source: https://docs.docker.com/reference/cli/docker/#environment-variables
        *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_API_VERSION"),
        *("DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "DOCKER_DEFAULT_PLATFORM"),
        *("SSH_AUTH_SOCK", "KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"),
        # Variables of BuildKit and buildx, except those that hold a token.
        # Source: https://docs.docker.com/build/building/variables/#build-tool-configuration-variables
        *("BUILDKIT_COLORS", "BUILDKIT_HOST", "BUILDKIT_PROGRESS", "BUILDKIT_TTY_LOG_LINES"),
        *("BUILDX_BUILDER", "BUILDX_CONFIG", "BUILDX_EXPERIMENTAL", "BUILDX_METADATA_PROVENANCE"),
        *("BUILDX_GIT_INFO", "BUILDX_METADATA_WARNINGS"),
        *("BUILDX_NO_DEFAULT_ATTESTATIONS", "BUILDX_NO_DEFAULT_LOAD", "BUILDX_BUILDKITD_CONFIG"),
        *("EXPERIMENTAL_BUILDKIT_SOURCE_POLICY", "SOURCE_DATE_EPOCH"),
        # Proxies and certificates.
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy"),
        # Where the user's credential helpers find their store.
        *("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "GNUPGHOME", "GPG_TTY"),
        *("PASSWORD_STORE_DIR", "CLOUDSDK_CONFIG", "WSL_DISTRO_NAME", "WSL_INTEROP"),
    }
)
_LOCALE = "LC_"


def child_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Select the variables that the `docker` command and its plugins get.

    This is an allow list because secrets can have any name. Logins for a build are in the configuration that
    `docker_configuration` creates. PATH has no relative folders: see `search_path`.
    """
    return {
        name: search_path(value) if name == "PATH" else value
        for name, value in environment.items()
        if name in _NAMES or name.startswith(_LOCALE)
    }
