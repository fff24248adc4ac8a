"""Patterns of expressions, which editors check while a problem file is written.

They refuse what certainly is wrong, such as a call of an unknown function; loading checks the rest.
"""

import re
from collections.abc import Iterable
from typing import Any

from homestead.problem.expressions.functions import ARGUMENT_COUNTS, FUNCTIONS
from homestead.problem.expressions.history import LAG, WINDOW_FUNCTIONS
from homestead.problem.expressions.quoted_names import QUOTE_FUNCTION

# Words of Python's syntax that a parenthesis may follow.
_OPERATORS = ("and", "in", "not", "or")
_CALLS = (*FUNCTIONS, QUOTE_FUNCTION)
_UNITS = ("minute", "hour", "day", "week")


def expression_schema() -> dict[str, Any]:
    """Return the schema of an expression: a number, or a text that calls known functions alone."""
    return {
        "type": "string",
        "pattern": _expression_pattern(_CALLS),
        "patternErrorMessage": f"Allowed functions are {', '.join(_CALLS)}.",
        "defaultSnippets": [_snippet(name, ARGUMENT_COUNTS.get(name, 1)) for name in FUNCTIONS],
    }


def history_schema() -> dict[str, Any]:
    """Return the schema of a lag or a window of past rows."""
    functions = (LAG, *WINDOW_FUNCTIONS)
    return {
        "type": "string",
        "pattern": (
            rf"^\s*({'|'.join(functions)})\s*\([\s\S]*,\s*[0-9]+\s*(({'|'.join(_UNITS)})s?)?\s*\)\s*$"
        ),
        "patternErrorMessage": (
            f"Allowed are {', '.join(functions)} of a value and a number of rows or a duration,"
            " such as lag(sales, 7 days) or mean(sales, 28)."
        ),
        "defaultSnippets": [
            {"label": f"{name}(value, 7 days)", "body": f"{name}(${{1:value}}, ${{2:7 days}})"}
            for name in functions
        ],
    }


def _expression_pattern(calls: Iterable[str]) -> str:
    """Return a pattern, of JavaScript and of Python, that finds each call's name in ``calls``.

    Texts and names in backticks are skipped. No alternative begins as another does, so a wrong
    text is refused in linear time.
    """
    text = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
    name = r"[A-Za-z_][A-Za-z0-9_]*(?![A-Za-z0-9_]|\s*\()"
    call = rf"(?:{'|'.join(map(re.escape, (*calls, *_OPERATORS)))})(?=\s*\()"
    return rf"^(?:[^'\"`A-Za-z_]|{text}|`[^`\n]+`|{name}|{call})*$"


def _snippet(name: str, arguments: int) -> dict[str, str]:
    names = ("column", "other", "third")[:arguments]
    if name == "where":
        names = ("condition", "value", "otherwise")
    places = ", ".join(f"${{{place}:{text}}}" for place, text in enumerate(names, 1))
    return {"label": f"{name}({', '.join(names)})", "body": f"{name}({places})"}
