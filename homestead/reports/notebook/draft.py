"""A drafted problem, as a notebook shows it."""

from collections.abc import Sequence

from homestead.reports.notebook.fragment import render_fragment


def draft_html(name: str, lines: Sequence[str], text: str) -> str:
    """Return the guesses that decide much, and the problem file to fold out.

    Args:
        lines: a guess each.
        text: of the problem file.
    """
    return render_fragment("draft.html", name=name, lines=lines, text=text)
