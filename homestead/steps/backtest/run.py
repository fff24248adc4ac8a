"""Backtest: three strategies over the same rows, and what they came to."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from homestead.data.ingest import ingest
from homestead.errors import UserError
from homestead.evaluation.certificate import Comparison, Estimate
from homestead.evaluation.scoring import compare_scores, score_models
from homestead.files import write_text
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.schema import Problem
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.reports.backtest.result import (
    BacktestResult,
    Measured,
    StrategyName,
    StrategyResult,
)
from homestead.steps.backtest.replay import Replay, Replayer, replay_strategy
from homestead.steps.backtest.serving import Answers, Arrivals, read_arrivals
from homestead.steps.backtest.timeline import Schedule, Timeline, replayed_problem

STRATEGIES: tuple[StrategyName, ...] = ("never", "monthly", "loop")
RESULT_FILE, PAGE_FILE, PICTURE_FILE = "backtest.json", "backtest.html", "backtest.svg"


def run_backtest(
    problem: Problem,
    timeline: Timeline,
    schedule: Schedule,
    report: Callable[[str], None],
    seed: int = 0,
    strategies: Sequence[StrategyName] = STRATEGIES,
) -> BacktestResult:
    """Replay the table's time with each strategy, in homes that are removed afterwards.

    Args:
        problem: as its file says. Without a section ``retraining`` the loop retrains on harm that
            labels show.

    Raises:
        UserError: a training fails, or the first one is not promoted.
    """
    problem = replayed_problem(problem, schedule)
    if problem.retraining is None:
        problem = problem.model_copy(update={"retraining": RetrainingPolicy()})
    arrivals = [
        read_arrivals(timeline, problem, since, until) for since, until in schedule.periods()
    ]
    replays = []
    for name in strategies:
        with tempfile.TemporaryDirectory() as home:
            replayer = Replayer(name, problem, timeline, Path(home), seed, report)
            try:
                replays.append(replay_strategy(replayer, schedule, arrivals))
            finally:
                replayer.close()
    return BacktestResult(
        problem=problem.name,
        metric=problem.metric,
        since=schedule.start,
        until=schedule.end,
        period_days=schedule.period_days,
        validation_days=schedule.validation_days,
        holdout_days=schedule.holdout_days,
        candidates=tuple(problem.candidates),
        rows=sum(len(arriving.y) for arriving in arrivals),
        strategies=tuple(_results(replays, arrivals, seed)),
    )


def _results(
    replays: Sequence[Replay], arrivals: Sequence[Arrivals], seed: int
) -> list[StrategyResult]:
    problem = arrivals[-1].problem
    y = np.concatenate([arriving.y for arriving in arrivals])
    scores = score_models(problem, y, [_joined(replay.answers) for replay in replays], seed)
    return [
        StrategyResult(
            name=replay.name,
            overall=_measured(found.estimates[problem.metric]),
            less_never=_difference(compare_scores(problem, found, scores[0])) if place else None,
            periods=tuple(replay.periods),
            trainings=tuple(replay.trainings),
            alerts=tuple(replay.alerts),
        )
        for place, (replay, found) in enumerate(zip(replays, scores, strict=True))
    ]


def _joined(answers: Sequence[Answers]) -> np.ndarray | Predictions:
    parts = [answer.predictions for answer in answers]
    if isinstance(parts[0], Predictions):
        of_classes = [part for part in parts if isinstance(part, Predictions)]
        codes = np.concatenate([np.asarray(answer.codes) for answer in answers])
        return Predictions(np.concatenate([part.values for part in of_classes]), codes)
    return np.concatenate([np.asarray(part) for part in parts])


def _measured(estimate: Estimate) -> Measured:
    return Measured(value=estimate.value, low=estimate.low, high=estimate.high)


def _difference(comparison: Comparison | None) -> Measured | None:
    if comparison is None:
        return None
    return Measured(value=comparison.difference, low=comparison.low, high=comparison.high)


def backtest_problem(
    problem: Problem,
    candidates: Sequence[str] = (),
) -> tuple[Problem, Timeline]:
    """Return the problem with some of its candidates only, and the time of its table.

    Raises:
        UserError: the source cannot be read, has no time, or a candidate is unknown.
    """
    if problem.timestamp is None:
        raise UserError(
            f"backtest: problem {problem.name} has no timestamp, so that its rows have no time"
        )
    unknown = [name for name in candidates if name not in problem.candidates]
    if unknown:
        raise UserError(
            f"--candidate: found {', '.join(unknown)}, allowed are {', '.join(problem.candidates)}"
        )
    if candidates:
        chosen = {name: problem.candidates[name] for name in candidates}
        problem = problem.model_copy(update={"candidates": chosen})
    return problem, Timeline(ingest(problem).valid, problem)


def write_backtest(result: BacktestResult, folder: Path, home: Path) -> list[Path]:
    """Write result, page and picture; return their paths.

    Args:
        home: whose reports are linked with the page, if it lies there.
    """
    from homestead.reports.backtest.page import backtest_html
    from homestead.reports.backtest.picture import backtest_svg
    from homestead.reports.shelf import link_reports

    texts = {
        RESULT_FILE: result.to_json(),
        PAGE_FILE: backtest_html(result),
        PICTURE_FILE: backtest_svg(result),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    link_reports(home, result.problem)
    return [folder / name for name in texts]
