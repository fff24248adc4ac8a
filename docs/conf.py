"""Sphinx builds the site from Markdown where it lies in the repository; `make docs` runs it."""

import os
import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs.site.sources import prepare  # noqa: E402
from homestead import __version__  # noqa: E402

project = "Homestead"
author = "the Homestead authors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
]
# The source folder is the repository, so that a link means the same here and on a code host.
root_doc = "docs/index"
source_suffix = {".md": "markdown", ".ipynb": "markdown"}
include_patterns = [
    "docs/**.md",
    "docs/**.ipynb",
    "benchmarks/*/README.md",
    "benchmarks/*/results/*.md",
    "components/README.md",
    "data/README.md",
    "pipelines/README.md",
    "problems/examples/README.md",
    "serving/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
]
exclude_patterns = [".*", "docs/_build", "homestead", "tests", "manifests", "**/.ipynb_checkpoints"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4
highlight_language = "none"
autodoc_typehints = "description"
autodoc_member_order = "bysource"
copybutton_prompt_text = "$ "

html_theme = "pydata_sphinx_theme"
html_title = f"Homestead {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "header_links_before_dropdown": 7,
    "navbar_align": "left",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["sphinx-version"],
}
# The front page is not at the top of the output, because the source folder is the repository.
html_extra_path = ["static/top"]


def _repository() -> str:
    """Return the address of the sources at the built commit, empty outside of a workflow."""
    if "GITHUB_REPOSITORY" not in os.environ:
        return ""
    server, name = os.environ["GITHUB_SERVER_URL"], os.environ["GITHUB_REPOSITORY"]
    return f"{server}/{name}/blob/{os.environ['GITHUB_SHA']}"


def _prepare(app: Sphinx, page: str, content: list[str]) -> None:
    def is_page(path: Path) -> bool:
        return app.project.path2doc(path) in app.project.docnames

    content[0] = prepare(app.env.doc2path(page), content[0], _repository(), is_page)


def setup(app: Sphinx) -> None:
    """Prepare each page's source before it is parsed."""
    app.connect("source-read", _prepare)
