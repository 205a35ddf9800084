"""Real servers on loopback to try crreg against: registries, AWS, an engine, a world of made-up hosts."""
