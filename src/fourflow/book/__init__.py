"""Room `book`: files and tables -> Book -> Market. Never solves."""

from fourflow.book._market import KINDS, MICRO, OPEN_DAY, UNLIMITED, Market

__all__ = ["KINDS", "MICRO", "OPEN_DAY", "UNLIMITED", "Market"]
