"""Writes the table of docs/security.md from the promises that stand beside tests.

Usage: docs/make_security.py [--check]. With --check nothing is written, and the exit
status tells whether the table is what the tests say.
"""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "security.md"
BEGIN, END = "<!-- promises -->\n", "<!-- end of promises -->\n"


def promises():
    """Yield ``(text, asvs, file, test)`` for each test that holds a promise."""
    for file in sorted(ROOT.glob("complaint_management*/tests/test_*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                for method in [node, *node.body]:
                    for text, asvs in marks(method):
                        name = node.name
                        if method is not node:
                            name += f".{method.name}"
                        yield text, asvs, file.relative_to(ROOT), name


def marks(node):
    """Yield what the decorators ``promise(...)`` of a class or method say."""
    for mark in getattr(node, "decorator_list", []):
        if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "promise":
            said = [ast.literal_eval(argument) for argument in mark.args]
            said += [ast.literal_eval(keyword.value) for keyword in mark.keywords]
            yield (*said, "")[:2]


def table():
    rows = ["| promise | ASVS | held by |", "|---|---|---|"]
    rows += [
        f"| {text} | {asvs} | `{file.name}`, `{name}` |"
        for text, asvs, file, name in promises()
    ]
    return "\n".join(rows) + "\n"


def main():
    head, rest = PAGE.read_text().split(BEGIN)
    tail = rest.split(END)[1]
    page = f"{head}{BEGIN}{table()}{END}{tail}"
    if "--check" not in sys.argv:
        PAGE.write_text(page)
    elif page != PAGE.read_text():
        sys.exit(f"{PAGE.name} is not what the tests say: run docs/make_security.py")


if __name__ == "__main__":
    main()
