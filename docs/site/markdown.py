"""Markdown tables and code blocks."""

from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells in Markdown; a line's end in a cell becomes a space."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code_block(text: str, language: str = "") -> str:
    """Return a fenced code block."""
    return f"```{language}\n{text.rstrip()}\n```"


def code(text: object) -> str:
    """Return a code span, or nothing of an empty text."""
    return f"`{text}`" if str(text) else ""
