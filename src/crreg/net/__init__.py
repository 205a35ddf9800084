"""Addresses and proxies: which hosts crreg may connect to, and how."""
