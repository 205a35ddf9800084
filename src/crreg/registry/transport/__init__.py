"""HTTP to registries: bounded in time and size, and never to an address that a file alone names."""
