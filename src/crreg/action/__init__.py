"""The container action: inputs, a job, and what the runner gets to hear."""
