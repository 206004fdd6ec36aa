"""Room `reasons`: a Cleared market -> why each listing got what it did, and what would have changed it.

Takes a Cleared; gives causes, the prices that would have been awarded, nearest alternatives, bottlenecks, and
sentences in plain words. Prices come from shortest paths in the residual graph of the final allocation, and
say so where they are bounds or estimates (docs/reasons.md). Never solves: where only clearing again can tell,
the pipeline hands over a way to do that (`Again`).
"""

from fourflow.reasons._about import about_participant, about_refused
from fourflow.reasons._again import Again, Side
from fourflow.reasons._bottlenecks import Bottleneck
from fourflow.reasons._cause import NEED_WORDS, OFFER_WORDS, Cause
from fourflow.reasons._change import Change
from fourflow.reasons._changes import find_changes, with_changes
from fourflow.reasons._excluded import Exclusions
from fourflow.reasons._explanation import (
    Alternative,
    Answer,
    Explanation,
    Share,
    Threshold,
    together,
)
from fourflow.reasons._likely import Likely
from fourflow.reasons._project import ProjectExplanation, ProjectLine, explain_project
from fourflow.reasons._reasons import Reasons, give_reasons, reasons_of
from fourflow.reasons._sharpen import open_listings, sharpen, unfinished
from fourflow.reasons._short import ShortLine, short_lines
from fourflow.reasons._terms import NO_PRICE
from fourflow.reasons._thresholds import Thresholds

__all__ = [
    "NEED_WORDS", "NO_PRICE", "OFFER_WORDS", "Again", "Alternative", "Answer", "Bottleneck", "Cause",
    "Change", "Exclusions", "Explanation", "Likely", "ProjectExplanation", "ProjectLine", "Reasons",
    "Share", "ShortLine", "Side", "Threshold", "Thresholds", "about_participant", "about_refused",
    "explain_project", "find_changes", "give_reasons", "open_listings", "reasons_of", "sharpen",
    "short_lines", "together", "unfinished", "with_changes",
]  # fmt: skip
