"""What the container runs: the `crreg` command when it was given arguments, else the action."""

import sys

# Python starts isolated (see the Dockerfile): of a hostile workspace nothing is on the path, and this alone is added.
sys.path.insert(0, "/opt/crreg")

if len(sys.argv) > 1:
    from crreg.cli import main
else:
    from crreg.action import main

if __name__ == "__main__":
    sys.exit(main())
