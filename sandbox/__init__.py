"""Real servers on loopback to test crreg against: registries, AWS, an engine, and a network of made-up hosts."""
