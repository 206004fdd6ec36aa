"""Room `clearing`: the records that later rooms share, and the reading of flows as awards."""

from fourflow.clearing._records import Allocation, Awards, Cleared

__all__ = ["Allocation", "Awards", "Cleared"]
