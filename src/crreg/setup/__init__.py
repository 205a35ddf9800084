"""What `crreg init` finds in a repository, and what it writes: a workflow, a configuration, and the values for them."""
