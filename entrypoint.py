"""What the container runs: the `crreg` command when it was given arguments, else the action."""

import sys

# Python starts isolated (see the Dockerfile): nothing of a hostile workspace is on the path, and this alone is added.
sys.path.insert(0, "/opt/crreg")

if len(sys.argv) > 1:
    from crreg import cli

    cli.main()
else:
    from crreg import action

    sys.exit(action.main())
