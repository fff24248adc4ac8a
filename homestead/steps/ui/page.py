"""Composition of the pages: which boxes they have, and what each was read from last."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from homestead.errors import UserError
from homestead.setting_values import mask_passwords
from homestead.steps.ui.boxes.alerts import read_alert_states
from homestead.steps.ui.boxes.drift import read_drift
from homestead.steps.ui.boxes.labels import read_labels
from homestead.steps.ui.boxes.models import read_models
from homestead.steps.ui.boxes.operations import read_features, read_jobs, read_servers
from homestead.steps.ui.boxes.performance import read_performance
from homestead.steps.ui.boxes.registry import read_registry
from homestead.steps.ui.boxes.release import read_release
from homestead.steps.ui.boxes.reports import read_reports, read_run_reports
from homestead.steps.ui.boxes.retraining import read_causes
from homestead.steps.ui.boxes.traffic import DEFAULT_WINDOW, WINDOWS, read_traffic
from homestead.steps.ui.problems import problem_names
from homestead.steps.ui.readings import Reading, Readings
from homestead.steps.ui.sources import Sources
from homestead.ui.pages import PageFrame
from homestead.ui.views.box import Box, ProblemCard

# For what has never been read; what was read before is shown at once.
_FIRST_WAIT_S = 2.5


@dataclass(frozen=True)
class BoxReader:
    """A box and how its content is read.

    Attributes:
        read: returns the content of a problem's box, None where there is nothing yet.
    """

    key: str
    title: str
    read: Callable[[Sources, str], object]


BOXES = (
    BoxReader("alerts", "Alerts", read_alert_states),
    BoxReader("release", "Release", read_release),
    BoxReader("models", "Champion and challenger", read_models),
    BoxReader("registry", "Registered versions", read_registry),
    BoxReader("traffic", "Traffic", read_traffic),
    BoxReader("performance", "Performance", read_performance),
    BoxReader("labels", "Labels", read_labels),
    BoxReader("drift", "Drift", read_drift),
    BoxReader("retraining", "Retraining", read_causes),
    BoxReader("features", "Online features", read_features),
    BoxReader("servers", "Servers", read_servers),
    BoxReader("jobs", "Jobs", read_jobs),
    BoxReader("reports", "Reports in the home", read_reports),
    BoxReader("run_reports", "Reports in MLflow", read_run_reports),
)
_CARD_KEYS = ("models", "alerts", "release", "drift", "traffic")


class Pages:
    """What the pages show, read in the background and shared by all who look."""

    def __init__(self, sources: Sources, readings: Readings | None = None) -> None:
        self.sources = sources
        self._readings = readings or Readings()

    def frame(self) -> PageFrame:
        """Return what every page has."""
        settings = self.sources.settings
        return PageFrame(
            f"home {settings.home}, database {mask_passwords(settings.database_url)}",
            self.sources.clock(),
        )

    def problems(self) -> list[str]:
        """Return the names of all problems."""
        return problem_names(self.sources)

    def cards(self) -> list[ProblemCard]:
        """Return a card of each problem."""
        readers = [reader for reader in BOXES if reader.key in _CARD_KEYS]
        names = self.problems()
        boxes = self._boxes([(name, reader) for name in names for reader in readers])
        count = len(readers)
        return [
            ProblemCard(name, {box.key: box for box in boxes[i * count : (i + 1) * count]})
            for i, name in enumerate(names)
        ]

    def boxes(self, problem: str, window: str = DEFAULT_WINDOW) -> list[Box]:
        """Return the boxes of a problem.

        Args:
            window: of the traffic.

        Raises:
            UserError: there is no such problem or window.
        """
        self.require(problem)
        if window not in WINDOWS:
            raise UserError(f"window: found {window!r}, allowed are: {', '.join(WINDOWS)}")
        return self._boxes([(problem, reader) for reader in BOXES], window)

    def require(self, problem: str) -> None:
        """Raise a UserError if there is no such problem."""
        names = self.problems()
        if problem not in names:
            allowed = ", ".join(names) or "none, homestead train begins one"
            raise UserError(f"found no problem {problem!r}, allowed are: {allowed}")

    def _boxes(
        self, wanted: Sequence[tuple[str, BoxReader]], window: str = DEFAULT_WINDOW
    ) -> list[Box]:
        keys = [_key(problem, reader, window) for problem, reader in wanted]
        functions = {
            key: self._function(problem, reader, window)
            for key, (problem, reader) in zip(keys, wanted, strict=True)
        }
        readings = self._readings.get(functions, _FIRST_WAIT_S)
        return [_box(reader, readings[key]) for key, (_, reader) in zip(keys, wanted, strict=True)]

    def _function(self, problem: str, reader: BoxReader, window: str) -> Callable[[], object]:
        if reader.key == "traffic":
            return partial(read_traffic, self.sources, problem, window)
        return partial(reader.read, self.sources, problem)


def _key(problem: str, reader: BoxReader, window: str) -> tuple[str, ...]:
    return (problem, reader.key, window) if reader.key == "traffic" else (problem, reader.key)


def _box(reader: BoxReader, reading: Reading[Any]) -> Box:
    return Box(
        reader.key,
        reader.title,
        reading.value,
        reading.error,
        is_pending=reading.read_at is None,
        read_at=reading.read_at,
    )
