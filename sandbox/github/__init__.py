"""A server that simulates GitHub's REST API on loopback, validated against GitHub's own description of it."""
