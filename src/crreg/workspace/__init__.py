"""Open, read and write the files of a repository, which are untrusted, only inside its folder."""
