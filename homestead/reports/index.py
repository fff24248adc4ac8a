"""Index of the reports that a home keeps, the newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from homestead.names import (
    COMPARISON_FILE,
    DATA_SHEET_FILE,
    DRIFT_SUMMARY_FILE,
    MODEL_CARD_FILE,
    PERFORMANCE_PAGE_FILE,
    RELEASES_FOLDER,
)

REPORTS_FOLDER = "reports"
# Of two reports of one moment, such as those of a training run, the first here is the newer one.
_TITLES = {
    COMPARISON_FILE: "Comparison",
    MODEL_CARD_FILE: "Model card",
    DATA_SHEET_FILE: "Data sheet",
    PERFORMANCE_PAGE_FILE: "Performance",
    DRIFT_SUMMARY_FILE: "Drift",
    "backtest.html": "Backtest",
}
_RANKS = {title: -place for place, title in enumerate(_TITLES.values())}
# The drift report leads to it.
_PART_OF_ANOTHER = "evidently.html"


@dataclass(frozen=True)
class ReportEntry:
    """A report of the home.

    Attributes:
        problem: name of the problem that it is about.
        kind: what it reports, such as "Drift" or "Release".
        title: its kind, and what tells it from others of the kind.
        written_at: UTC.
        path: of the HTML file, absolute if the home's path is.
    """

    problem: str
    kind: str
    title: str
    written_at: datetime
    path: Path


def read_index(home: Path, problem: str | None = None) -> list[ReportEntry]:
    """Return the reports below a home's folder ``reports``, the newest first; [] without any.

    Args:
        problem: only its reports; None for those of all problems.

    Raises:
        OSError: the folder cannot be read.
    """
    root = home / REPORTS_FOLDER
    folders = [root / problem] if problem is not None else sorted(root.glob("*"))
    entries = [entry for folder in folders for entry in _entries(folder)]
    return sorted(entries, key=_age)


def newest_report(home: Path, problem: str | None = None) -> ReportEntry | None:
    """Return the report that was written last; after a training run its comparison.

    Raises:
        OSError: the folder cannot be read.
    """
    return next(iter(read_index(home, problem)), None)


def newest_of_each_kind(entries: list[ReportEntry]) -> list[ReportEntry]:
    """Return the first entry of each kind, in the order of the kinds."""
    newest: dict[str, ReportEntry] = {}
    for entry in entries:
        newest.setdefault(entry.kind, entry)
    return sorted(newest.values(), key=lambda entry: -_RANKS.get(entry.kind, -len(_RANKS)))


def _age(entry: ReportEntry) -> tuple[float, int, bool, str]:
    at, rank = entry.written_at.timestamp(), _RANKS.get(entry.kind, -len(_RANKS))
    # A copy has its original's time.
    return (-at, -rank, entry.title != entry.kind, str(entry.path))


def _entries(folder: Path) -> Iterator[ReportEntry]:
    """Yield the entries of a problem's folder, whose subfolders hold the reports."""
    for path in folder.glob("*/*.html"):
        if not path.name.startswith(".") and path.name != _PART_OF_ANOTHER:
            kind, title = _names(path)
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            yield ReportEntry(folder.name, kind, title, at, path)


def _names(path: Path) -> tuple[str, str]:
    folder = path.parent.name
    if folder == RELEASES_FOLDER:
        return "Release", f"Release {path.stem}"
    kind = _TITLES.get(path.name, path.stem.replace("_", " "))
    # The demo keeps reports that the next check would replace.
    is_copy = folder.startswith("demo-")
    return kind, f"{kind} ({folder.replace('-', ' ')})" if is_copy else kind
