"""Room `report`: a story -> one HTML page, result tables, letters, short representations.

Takes a `Story` (everything there is to show); gives a self-contained page, a folder of results, plain
letters to participants and the summaries of notebooks and terminals. Never solves, prices or judges.
"""

from fourflow.report._brief import in_words, to_html, to_rich
from fourflow.report._letters import write_letters
from fourflow.report._page import write_report
from fourflow.report._result import write_result
from fourflow.report._story import Run, Story
from fourflow.report._view import View

__all__ = [
    "Run", "Story", "View", "in_words", "to_html", "to_rich", "write_letters", "write_report", "write_result",
]  # fmt: skip
