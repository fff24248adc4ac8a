"""What a reader sees of a report page."""

import re


def visible_text(html: str) -> str:
    """Return a page without styles, plots and tags, with single spaces."""
    html = re.sub(r"<(style|svg|script).*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def plot_count(html: str) -> int:
    """Return the number of plots in a page."""
    return html.count('<figure class="chart')


def loads_from_network(html: str) -> bool:
    """Return whether a page refers to a resource outside of itself."""
    return bool(re.search(r"(?<!:)(?:src|href)=[\"'](?:https?:)?//|<script", html))
