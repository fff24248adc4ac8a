"""The guides: every Markdown page of the repository that describes it."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
        *(
            page
            for folder in (
                "benchmarks",
                "components",
                "data",
                "homestead",
                "pipelines",
                "problems",
                "serving",
            )
            for page in (ROOT / folder).rglob("README.md")
        ),
    ]
)


def page_name(page: Path) -> str:
    """Return the page's path in the repository, as a name of a test case."""
    return str(page.relative_to(ROOT))
