"""The sources of `src/fourflow/proof/verify.py`, the stand-alone verifier: one topic each.

`make verifier` joins them, in the order of SOURCES, into that one file, which is copied, run and shipped.
They use the Python standard library and one another, in one namespace: no name is defined twice.

Takes a folder with a certificate, and trusts nothing in it. Gives what was verified, or the first thing
that does not follow. Never imports fourflow: who checks a result needs one file and Python 3.11, and no
mistake of the engine is repeated here by using the same code.
"""

SOURCES = (
    # any problem
    *("kinds", "files", "problem", "derived", "bound", "gap"),
    # what a book means for it
    *("book", "filters", "rules", "layout", "network", "bundles", "trips", "rows", "follows"),
    # who may serve whom
    *("eligible", "ways", "pools"),
    # awards, prices and payments
    *("awards", "prices", "accounts", "dues", "ledger", "losses", "limits", "middle"),
    # what people read
    *("figures", "tables", "result", "command"),
)
