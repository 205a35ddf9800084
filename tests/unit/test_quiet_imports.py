import subprocess
import sys

IMPORT = """
import warnings
import crreg
with warnings.catch_warnings():
    from urllib3.exceptions import DependencyWarning
try:
    import urllib3.contrib.socks
except ImportError:
    pass
"""


def test_no_thread_that_imports_a_library_prints_a_warning_about_an_optional_package() -> None:
    ended = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    assert ended.stderr == ""
