"""The files of a repository, which anyone may have written: opened, read and written within its folder."""
