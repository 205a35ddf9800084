"""The Docker Engine: images that it has or builds, and pushing them."""
