"""Copy images from one registry to another without an engine: streamed, verified, and tagged last."""
