"""The container action: its inputs, its job, and its output to the runner."""
