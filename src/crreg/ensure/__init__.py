"""Ensuring that triples exist, are current and are assigned: a plan that is data, and its application."""
