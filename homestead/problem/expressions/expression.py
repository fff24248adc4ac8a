"""Derived columns: one expression, the same result for a table in training and a row in serving.

An expression is a small subset of Python: numbers, column names (any name in backticks), ``+ - * /
// % **``, one comparison at a time, ``in`` a list, ``and or not`` and the functions of
:data:`.functions.FUNCTIONS`. A column can be compared with a text. It is parsed, checked and
compiled once; the same code then runs on numpy columns or on one row's Python numbers.

All values are float64. A result that is not finite is NaN, which models treat as missing. Time
stamps are seconds since 1970-01-01 UTC.
"""

import ast
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from homestead.problem.expressions.functions import (
    COLUMN_GLOBALS,
    ROW_GLOBALS,
    variable_in_code,
)
from homestead.problem.expressions.quoted_names import replace_quotes
from homestead.problem.expressions.syntax import CodeOfText, translate

MAX_CHARACTERS = 1000


class Expression:
    """A checked expression.

    Attributes:
        text: the expression's source.
        names: the columns that it reads.
        numbers_read: those of them that it reads as numbers, not in comparisons with a text.
        texts: comparisons of a column with a text.
        tree: the checked syntax tree; its calls are names of :data:`.functions.ROW_GLOBALS`, its
            other names those of :func:`.functions.variable_in_code`.
    """

    def __init__(self, text: str, code_of_text: CodeOfText | None = None) -> None:
        """Parse ``text``.

        Args:
            code_of_text: from a column and a text to the column's number for that text, see
                :func:`.text_codes.compile_derived`. Without it an expression with texts can be
                read, but not evaluated.

        Raises:
            ValueError: it is not of the allowed subset; the message says what was found.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"found {len(text)} characters, allowed are {MAX_CHARACTERS}")
        self.text = text
        try:
            parsed = ast.parse(replace_quotes(text).strip(), mode="eval")
            self.tree, self.numbers_read, self.texts = translate(
                parsed, code_of_text or (lambda column, compared: math.nan)
            )
            self.names = self.numbers_read.union(compared.column for compared in self.texts)
            self._arguments = sorted(self.names)
            code = compile(self._function_tree(), "<expression>", "eval")
        except SyntaxError as error:
            raise ValueError(f"{text!r} is not an expression: {error.msg}") from None
        except (RecursionError, MemoryError, OverflowError):
            raise ValueError(
                f"{text!r}: nested too deeply, or a number that is too large"
            ) from None
        except ValueError as error:
            raise ValueError(f"{text!r}: {error}") from None
        self._can_evaluate = not self.texts or code_of_text is not None
        self._columns_function = eval(code, COLUMN_GLOBALS)  # noqa: S307
        self._row_function = eval(code, ROW_GLOBALS)  # noqa: S307

    def _function_tree(self) -> ast.Expression:
        parameters = [ast.arg(variable_in_code(name)) for name in self._arguments]
        signature = ast.arguments([], parameters, None, [], [], None, [])
        return ast.fix_missing_locations(ast.Expression(ast.Lambda(signature, self.tree.body)))

    def evaluate_columns(self, values: Mapping[str, Any]) -> np.ndarray:
        """Return the value for each row of a table.

        Args:
            values: arrays of shape (rows,), float64; at least one.

        Returns:
            Array of shape (rows,), float64; NaN where there is no value.
        """
        assert self._can_evaluate, self.text  # noqa: S101
        with np.errstate(all="ignore"):
            result = self._columns_function(*[values[name] for name in self._arguments])
        rows = len(next(iter(values.values())))
        column = np.broadcast_to(np.asarray(result, dtype=float), (rows,))
        return np.where(np.isfinite(column), column, np.nan)

    def evaluate_row(self, values: Mapping[str, float]) -> float:
        """Return the value for one row of Python floats, or NaN if there is none."""
        assert self._can_evaluate, self.text  # noqa: S101
        result = float(self._row_function(*[values[name] for name in self._arguments]))
        return result if math.isfinite(result) else math.nan
