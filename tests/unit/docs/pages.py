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
# The guides whose shell blocks a test runs; those of benchmarks and images take long, or a builder.
SHELL_PAGES = [
    page
    for page in PAGES
    if page.name != "CHANGELOG.md"
    and page.relative_to(ROOT).parts[0] not in ("benchmarks", "components", "pipelines", "serving")
]


def page_name(page: Path) -> str:
    """Return the page's path in the repository, as a name of a test case."""
    return str(page.relative_to(ROOT))
