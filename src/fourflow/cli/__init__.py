"""Room `cli`: the command `fourflow`. Data goes to stdout, messages to stderr.

Exit codes: 0 good · 1 a problem was found (refused rows, verification failed) · 2 bad usage or input ·
3 a limit was hit before the gap asked · 130 Ctrl-C. Commands load what they need when they run, so that
`fourflow --help` answers at once.
"""

from fourflow.cli._app import app, main

__all__ = ["app", "main"]
