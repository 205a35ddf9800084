"""The page about an organization: static files for a browser, and badges. Pure functions from a state's values."""
