"""Put together what the image holds, file by file: Python, the dependencies, and the libraries that they load.

The build stage runs this with the Python that the image gets. Libraries, packages and folders are derived from that
Python, so nothing here names an architecture. The same packages give the same bytes.

Usage: `python3 -I -S assemble.py SITE IMAGE`. SITE holds the dependencies, and has the same path in the image. IMAGE is
the folder to write, which must not exist.
"""

import compileall
import ctypes
import fnmatch
import os
import py_compile
import re
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

DATE = 315_532_800
"""The date of every file in seconds since 1970: 1980, the first year that every archive format can hold."""
UNUSED = (
    # Of Python: programs, tests, and what needs a terminal or serves others.
    *(
        "_pyrepl",
        "asyncio",
        "curses",
        "_curses*.so",
        "ensurepip",
        "idlelib",
        "lib2to3",
        "pydoc.py",
        "pydoc_data",
    ),
    *("readline*.so", "test", "_ctypes_test*.so", "_test*.so", "_xx*.so", "xx*.so", "tkinter", "turtle*"),
    *("unittest", "venv", "wsgiref", "xmlrpc", "sitecustomize.py", "EXTERNALLY-MANAGED"),
    # Its old databases, which need a library of more than a megabyte.
    *("dbm", "_dbm*.so"),
    # Of the dependencies: console scripts, tests, type stubs, headers, and what pip noted for removing them.
    *("bin", "tests", "*.pyi", "*.h", "RECORD", "INSTALLER", "REQUESTED"),
    # Imported only for what crreg does not do: coloring source code, rendering Markdown, compiling C, using S3.
    *("pygments*", "markdown_it*", "mdurl*", "cffi*", "pycparser*", "boto3/data", "boto3/examples"),
    "__pycache__",
)
"""Patterns of files and folders; one with a slash is a path below the folder of modules, others match at any depth."""
BOTOCORE_DATA = (
    *("ecr", "ecr-public", "sts"),
    *("endpoints.json", "partitions.json", "_retry.json", "sdk-default-configuration.json"),
)
"""What is kept of `botocore/data`: the services that crreg asks, of some 400, and what botocore itself starts with."""
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
OTHER_BUNDLES = ("certifi/cacert.pem", "botocore/cacert.pem")
"""Trust stores of dependencies, replaced by links to the one of Debian."""
CONFIGURATION = (
    *("/etc/debian_version", "/etc/group", "/etc/nsswitch.conf", "/etc/os-release", "/etc/passwd"),
    *("/etc/ssl/openssl.cnf", BUNDLE, "/usr/lib/os-release"),
    *("/usr/lib/ssl/cert.pem", "/usr/lib/ssl/certs", "/usr/lib/ssl/openssl.cnf"),
)
GENERATED_BY = ("base-passwd", "ca-certificates")
"""The packages that own no file of the image, but write some when they are installed."""
FOLDERS = {"dev": 0o755, "proc": 0o555, "root": 0o700, "sys": 0o555, "tmp": 0o1777, "var/tmp": 0o1777}
"""Empty folders, and their modes."""


def assemble(site: Path, image: Path) -> None:
    """Write the image's files."""
    standard = Path(sysconfig.get_path("stdlib"))
    modules = [*_modules(standard), *_modules(site)]
    program = Path(sys.executable).resolve()
    loaded = _libraries(path for path in modules if ".so" in path.suffixes)
    files = {program, *modules, *loaded, *map(Path, CONFIGURATION)}
    files |= _links_to(program, *loaded)
    for path in sorted(files):
        _copy(path, image)
    for name in OTHER_BUNDLES:
        own = _within(image, site / name)
        own.unlink()
        own.symlink_to(BUNDLE)
    for name, mode in FOLDERS.items():
        (image / name).mkdir(parents=True, exist_ok=True)
        (image / name).chmod(mode)
    _name_packages(files, image)
    for folder in (standard, site):
        _compile(_within(image, folder), image)
    for path in (image, *image.rglob("*")):
        os.utime(path, (DATE, DATE), follow_symlinks=False)


def _modules(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder of modules that may be used."""
    for path in folder.rglob("*"):
        if not path.is_dir() and not _is_unused(path.relative_to(folder)):
            yield path


def _is_unused(path: Path) -> bool:
    if path.parts[:2] == ("botocore", "data"):
        return path.parts[2] not in BOTOCORE_DATA
    return any(
        fnmatch.fnmatchcase(str(above) if "/" in pattern else above.name, pattern)
        for above in (path, *path.parents)
        for pattern in UNUSED
    )


def _libraries(extensions: Iterable[Path]) -> set[Path]:
    """Load the extension modules; return every library that this process then has in memory."""
    for path in extensions:
        ctypes.CDLL(str(path))
    # The C library loads this one only when a thread ends early.
    ctypes.CDLL("libgcc_s.so.1")
    maps = Path("/proc/self/maps").read_text(encoding="utf-8")
    return {Path(path) for path in re.findall(r" (/\S+\.so\b\S*)$", maps, re.MULTILINE)}


def _links_to(*files: Path) -> set[Path]:
    """Find links to these files, beside them and where programs name their loader, and links to the folders above."""
    beside = {link for path in files for link in path.parent.iterdir() if link.resolve() == path}
    loaders = {link for link in Path("/").glob("usr/lib*/*.so*") if link.resolve() in files}
    links = {link for link in beside | loaders if link.is_symlink()}
    above = {parent for path in (*files, *links) for parent in path.parents}
    return links | {link for link in Path("/").iterdir() if link.is_symlink() and link.resolve() in above}


def _within(image: Path, path: Path) -> Path:
    return image / path.relative_to("/")


def _copy(path: Path, image: Path) -> None:
    copied = _within(image, path)
    copied.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, copied, follow_symlinks=False)


def _name_packages(files: set[Path], image: Path) -> None:
    """Record the Debian packages that the files are from, where scanners look for them, and copy their licenses.

    Source: https://github.com/GoogleContainerTools/distroless/blob/main/PACKAGE_METADATA.md
    """
    information = Path("/var/lib/dpkg/info")
    # The libraries of GCC have their license there.
    names = {*GENERATED_BY, *(path.name for path in Path("/usr/share/doc").glob("gcc-*-base"))}
    for listed in information.glob("*.list"):
        if not files.isdisjoint(map(Path, listed.read_text(encoding="utf-8").splitlines())):
            names.add(listed.stem.partition(":")[0])
    folder = image / "var/lib/dpkg/status.d"
    folder.mkdir(parents=True)
    for paragraph in Path("/var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        name = paragraph.partition("\n")[0].removeprefix("Package: ")
        if name in names:
            (folder / name).write_text(paragraph + "\n", encoding="utf-8")
            if (terms := Path("/usr/share/doc", name, "copyright")).is_file():
                _copy(terms, image)


def _compile(folder: Path, image: Path) -> None:
    """Replace modules by their bytecode: without dates it is the same in every build, and Python reads nothing else."""
    if not compileall.compile_dir(
        folder,
        quiet=1,
        legacy=True,
        stripdir=str(image),
        maxlevels=20,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    ):
        raise SystemExit(f"Not everything below {folder} could be compiled.")
    for module in folder.rglob("*.py"):
        module.unlink()


if __name__ == "__main__":
    assemble(Path(sys.argv[1]), Path(sys.argv[2]))
