"""Join the sources in tools/verifier into src/fourflow/proof/verify.py, one file that is run alone.

Each becomes a section headed by its name and docstring. Imports stand once at the top; those of one source
from another fall away, since in one file their names are already there.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from verifier import SOURCES

HERE = Path(__file__).parent
TARGET = HERE.parent / "src" / "fourflow" / "proof" / "verify.py"
WIDTH = 110
TOP = '''"""Check a fourflow certificate: python verify.py DIR [--root HASH] [--json]

Recomputes everything from the plain files in DIR (or DIR/certificate) with exact integers: that flows keep
every limit, the objective, the weak-duality bound through its proof tree, gap and status; and where the
folder holds a book, that rows and columns follow from its listings, and awards, prices and payments from
flows and duals. Needs only this file and Python 3.11. Exit 0: verified. 1: not. 2: usage.
The files are described in docs/certificate.md of fourflow.

Joined from the sources in tools/verifier of fourflow by tools/join_verifier.py: change those, not this file.
"""

'''


def join() -> str:
    """The text of verify.py."""
    modules: set[str] = set()
    names: dict[str, set[str]] = defaultdict(set)
    home: dict[str, str] = {}
    sections = []
    for source in SOURCES:
        text = (HERE / "verifier" / f"{source}.py").read_text(encoding="utf-8")
        doc, *body = ast.parse(text).body
        head = [node for node in body if is_head(node)]
        for node in head:
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not str(node.module).startswith("verifier"):
                names[str(node.module)] |= {alias.name for alias in node.names} - {"TYPE_CHECKING"}
        for name in defined(body[len(head) :]):
            if home.setdefault(name, source) != source:
                raise SystemExit(f"{name} is in {home[name]} and again in {source}. Maybe rename one.")
        assert isinstance(doc, ast.Expr)
        assert isinstance(doc.value, ast.Constant)
        lines = text.splitlines()[head[-1].end_lineno :]
        blank = "\n\n\n" if is_block(body[len(head)]) else "\n\n"
        sections.append(title(source, str(doc.value.value)) + blank + "\n".join(lines).strip("\n"))
    return TOP + imports(modules, names) + "\n\n" + "\n\n\n".join(sections) + "\n"


def is_head(node: ast.stmt) -> bool:
    """Imports, and those for types alone."""
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )


def is_block(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def defined(body: list[ast.stmt]) -> set[str]:
    """Names that a source defines at its top level."""
    stored = {
        name.id
        for node in body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    return stored | {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def title(source: str, doc: str) -> str:
    """A section's head: its name between lines, then its docstring as comments."""
    name = f"# ==== {source} "
    told = [f"# {line}".rstrip() for line in doc.strip().splitlines()]
    return "\n".join([name + "=" * (WIDTH - len(name)), *told])


def imports(modules: set[str], names: dict[str, set[str]]) -> str:
    whole = [f"import {module}" for module in sorted(modules)]
    parts = [
        f"from {module} import {', '.join(sorted(some))}"
        for module, some in sorted(names.items())
        if module != "__future__"
    ]
    return "\n".join(["from __future__ import annotations", "", *whole, *parts])


if __name__ == "__main__":
    TARGET.write_text(join(), encoding="utf-8")
