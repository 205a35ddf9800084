"""The Docker Engine: inspects, builds and pushes images."""
