"""The search for cycles: rare while a command runs, and none when the process ends."""

import subprocess
import sys

_SCRIPT = """
import atexit, gc
# Handlers run in reverse order, so this one sees what the other one did.
atexit.register(lambda: print("kept from the last search:", gc.get_freeze_count() > 0))
from crreg.exits.garbage_collection import collect_rarely
collect_rarely()
before = gc.get_stats()[0]["collections"]
from crreg.cli import check, publish
print("searches for young garbage:", gc.get_stats()[0]["collections"] - before)
"""


def test_loading_a_command_searches_hardly_ever_and_the_end_never() -> None:
    ended = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    searches, end = ended.stdout.splitlines()
    assert int(searches.rpartition(" ")[2]) <= 5
    assert end == "kept from the last search: True"
