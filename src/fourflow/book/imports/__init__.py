"""Sub-room `book.imports`: files of other worlds -> the tables of a book. Judges no row and solves nothing.

    pabulib     `.pb`            projects of an election under one budget (Faliszewski et al. 2023)
    pypsa       folder of CSV    buses, lines, generators and loads of one hour (Brown et al. 2018, pypsa.org)
    valueflows  `.jsonld`        intents and proposals of an economic network (valueflo.ws, vocabulary 1.0)

`recognise(path)` names the form or says "", `read_import(path, form, snapshot)` gives raw tables, settings
and findings as every reader of the room `book` does. What a book cannot say is named in a warning
`book.import.*` with a "Maybe"; what had to be assumed is a line among the book's assumptions.
"""

from fourflow.book.imports._read import is_linked, read_import, recognise

__all__ = ["is_linked", "read_import", "recognise"]
