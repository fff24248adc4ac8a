"""Quoted names of columns in expressions, so that any name can be read.

A name that is no identifier of Python is written in backticks, as in pandas' queries, such as
``log(`Gr Liv Area`)``. ``col("Gr Liv Area")``, as in Spark and Polars, is the same and serves names
that hold a backtick.
"""

import keyword
import re

# Texts are skipped: a backtick in one is a character like any other.
_TEXT_OR_NAME = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|`(?P<name>[^`\n]+)`"""
)
QUOTE_FUNCTION = "col"


def replace_quotes(text: str) -> str:
    """Return an expression with each name in backticks written as ``col("name")``."""

    def replace(found: re.Match[str]) -> str:
        name = found["name"]
        return found[0] if name is None else f"{QUOTE_FUNCTION}({name!r})"

    return _TEXT_OR_NAME.sub(replace, text)


def quote_name(name: str) -> str:
    """Return a column's name as an expression writes it."""
    if name.isascii() and name.isidentifier() and not keyword.iskeyword(name):
        return name
    return f"{QUOTE_FUNCTION}({name!r})" if "`" in name or "\n" in name else f"`{name}`"
