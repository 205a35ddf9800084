"""`python -m crreg`: the `crreg` command."""

from crreg.cli.main import main

if __name__ == "__main__":
    main()
