"""Addresses and proxies: who may be connected to, and by which way."""
