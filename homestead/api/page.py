"""A report as one HTML page, which a notebook shows in a frame of its own."""

import html
import os
from dataclasses import dataclass, field
from pathlib import Path

from homestead.files import write_text

_HEIGHT_PX = 640


@dataclass(frozen=True)
class Page:
    """A report as one HTML page.

    Attributes:
        title: what the page is.
        html: the page, which needs no other file.

    Example:
        >>> homestead.load_champion("house_price").card.write("card.html")
    """

    title: str
    html: str = field(repr=False)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, and return its path."""
        file = Path(path)
        write_text(file, self.html)
        return file

    def _repr_html_(self) -> str:
        # In a frame, so that neither the page's style nor the notebook's reaches the other.
        return (
            f'<iframe title="{html.escape(self.title)}" srcdoc="{html.escape(self.html)}"'
            f' style="width: 100%; height: {_HEIGHT_PX}px; border: 1px solid #dfe4e8"></iframe>'
        )
