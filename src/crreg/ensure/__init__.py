"""Ensuring that triples exist, are current and are assigned: a plan as data, and its application."""
