"""Trials of a search: what is tried, and how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homestead.problem.model_metrics.table import MetricValue
from homestead.training.answer_rules import TunedAnswers

# Place in a search space: the position of a listed value, or a number of a range, by parameter.
Point = Mapping[str, int | float]


@dataclass(frozen=True)
class Trial:
    """One set of parameters, fitted on train and scored on validation, once for each origin.

    Attributes:
        params: the searched parameters, without the fixed ones.
        validation: metrics on validation, by name; with several origins their means.
        folds: the metrics of each fold, the newest first.
        pruned: when it was given up, such as ``after 1 of 3 folds``; its metrics are those measured
            until then. '' for one that ran to its end.
    """

    params: Mapping[str, Any]
    validation: Mapping[str, MetricValue]
    folds: tuple[Mapping[str, MetricValue], ...] = ()
    pruned: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a trial ended.

    Attributes:
        folds: the metrics of each fold that was scored, the newest first; of a trial that was
            pruned by its rounds, those of the fit with fewer rounds.
        steps: the problem's metric after each step at which the trial could be pruned, as a loss:
            smaller is better; infinite without a value.
        pruned: as of :class:`Trial`.
        answers: the answers of the newest fold; None if another process fitted it, or it was
            pruned.
    """

    folds: tuple[Mapping[str, MetricValue], ...]
    steps: tuple[float, ...]
    pruned: str = ""
    answers: TunedAnswers | None = None

    def to_json(self) -> str:
        """Return the outcome without its answers."""
        folds = [
            {name: [metric.value, metric.undefined] for name, metric in fold.items()}
            for fold in self.folds
        ]
        # Exact: a float's text in JSON is read as the same float. Infinity is no JSON.
        steps = [None if step == float("inf") else step for step in self.steps]
        content = {"folds": folds, "steps": steps, "pruned": self.pruned}
        return json.dumps(content, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Outcome":
        """Return the outcome that :meth:`to_json` wrote."""
        content = json.loads(text)
        return cls(
            folds=tuple(
                {name: MetricValue(*metric) for name, metric in fold.items()}
                for fold in content["folds"]
            ),
            steps=tuple(float("inf") if step is None else step for step in content["steps"]),
            pruned=content["pruned"],
        )


@dataclass(frozen=True)
class StudyTrial:
    """A trial of a study, from its proposal on.

    Attributes:
        number: counted from 0.
        outcome: None until it has ended.
    """

    number: int
    point: Point
    outcome: Outcome | None = None
