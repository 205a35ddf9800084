"""How a run ends: its status, its exit code, signals that interrupt it, and errors that nothing expected."""
