"""Room `proof`: ClearingProblem + Solution -> Certificate, and the stand-alone verifier. Imports no engine."""

from fourflow.proof._certificate import Certificate

__all__ = ["Certificate"]
