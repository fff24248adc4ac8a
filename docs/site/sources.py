"""Preparation of a page's source: generated parts, notebooks as Markdown, links to sources."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import nbformat
from nbconvert import MarkdownExporter

from docs.site.command_line import command_line
from docs.site.http_api import http_api
from docs.site.metrics import model_metrics, prometheus_metrics
from docs.site.problem_file import problem_file
from docs.site.python_api import python_api

ROOT = Path(__file__).parents[2]
# What stands for the comment <!-- generated: NAME --> in a page.
GENERATORS: Mapping[str, Callable[[], str]] = {
    "command line": command_line,
    "problem file": problem_file,
    "http": http_api,
    "prometheus metrics": prometheus_metrics,
    "model metrics": model_metrics,
    "python": python_api,
}
_GENERATED = re.compile(r"<!-- generated: ([a-z ]+) -->")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s#]+)(#[^()\s]*)?\)")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def prepare(page: Path, text: str, repository: str, is_page: Callable[[Path], bool]) -> str:
    """Return a page's Markdown as the build reads it.

    Args:
        page: the file.
        text: its text.
        repository: address at which a browser finds the repository's files; empty for none.
        is_page: whether a file is a page of the site.

    Raises:
        KeyError: the page asks for a generated part that does not exist.
    """
    if page.suffix == ".ipynb":
        notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        exporter = MarkdownExporter()  # type: ignore[no-untyped-call]
        text, _ = exporter.from_notebook_node(notebook)
        # Cells hold commands, too.
        text = text.replace("```python\n", "```ipython3\n")
    if not re.search(r"^# ", text, re.MULTILINE):
        # Tables of results that benchmarks write.
        text = f"# {page.stem.replace('_', ' ').capitalize()}: results\n\n{text}"
    text = _GENERATED.sub(lambda match: GENERATORS[match[1]](), text)
    parts = _FENCE.split(text)
    parts[::2] = [_with_source_links(part, page, repository, is_page) for part in parts[::2]]
    return "".join(parts)


def _with_source_links(
    text: str, page: Path, repository: str, is_page: Callable[[Path], bool]
) -> str:
    """Point links to sources and folders at the repository; without an address keep their text.

    Links to pages, and to what does not exist, stay as they are: the build checks them.
    """

    def replace(match: re.Match[str]) -> str:
        target = Path(os.path.normpath(page.parent / match[2]))
        if "://" in match[2] or not target.exists() or is_page(target):
            return match[0]
        if not repository:
            return match[1]
        return f"[{match[1]}]({repository}/{target.relative_to(ROOT)}{match[3] or ''})"

    return _LINK.sub(replace, text)
