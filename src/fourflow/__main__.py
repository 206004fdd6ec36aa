"""`python -m fourflow` is the command `fourflow`."""

from __future__ import annotations

from fourflow.cli import main

if __name__ == "__main__":
    main()
