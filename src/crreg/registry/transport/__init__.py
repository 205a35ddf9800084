"""HTTP to registries, with limits on time and size, and never to a local address that only a file names."""
