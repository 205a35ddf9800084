"""What the container runs: the action where a workflow's runner started it, else the `crreg` command."""

import os
import sys

# Python starts isolated (see the Dockerfile): nothing of a hostile workspace is on the path, and this alone is added.
sys.path.insert(0, "/opt/crreg")

# A runner gives no arguments, and always inputs: some have defaults.
if len(sys.argv) > 1 or not any(name.startswith("INPUT_") for name in os.environ):
    from crreg.cli.main import main

    main()
else:
    from crreg.exits.garbage_collection import collect_rarely

    collect_rarely()

    from crreg.action.main import main as run_action
    from crreg.exits.leaving import leave

    leave(run_action())
