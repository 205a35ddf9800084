"""What crreg and its sandbox assume about GitHub and registries, and a suite that tries it on the real ones."""
