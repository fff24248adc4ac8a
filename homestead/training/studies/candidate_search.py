"""Search of a candidate's best parameters, alone or with other workers."""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from homestead.problem.answers.metrics import problem_metric
from homestead.problem.sections.candidate import Candidate
from homestead.training.answer_rules import TunedAnswers
from homestead.training.distributed.workers import boosting_workers
from homestead.training.folds import mean_values
from homestead.training.studies.plan import (
    BATCH_TRIALS,
    RANDOM_TRIALS,
    SearchPlan,
    search_plan,
)
from homestead.training.studies.proposals import SAMPLER, is_hopeless
from homestead.training.studies.space import SearchSpace
from homestead.training.studies.study import MemoryStudy, Study, run_trials
from homestead.training.studies.trial import Outcome, StudyTrial, Trial
from homestead.training.studies.trial_runner import TrialRunner

_HOMESTEAD = Path(__file__).parents[2]
# What the score of a trial depends on beside the problem and the rows.
_ROOMS, _LIBRARIES = (
    ("training", "model", "problem"),
    ("lightgbm", "numpy", "optuna", "scikit-learn", "scipy"),
)


@dataclass(frozen=True)
class SearchMethod:
    """How the trials of a search were chosen, of which the result is a function.

    Attributes:
        sampler: ``random``, or ``tpe`` after the first trials.
        random_trials: how many of the first trials were drawn at random.
        batch_trials: how many were then proposed at once; 0 for none.
    """

    sampler: str
    random_trials: int
    batch_trials: int


@dataclass(frozen=True)
class SearchResult:
    """All trials of a search, in the order of their numbers, and the best of them.

    Attributes:
        answers: of the best trial's fit, for the rows that the newest fold is scored on.
    """

    best: Trial
    answers: TunedAnswers
    trials: tuple[Trial, ...]
    method: SearchMethod


# Called between trials with the number of those that have not ended.
Between = Callable[[int], None]


class StudyHost(Protocol):
    """Where studies lie, and what else is done while one is worked on."""

    def open(
        self, study: str, candidate: str, trials: int
    ) -> AbstractContextManager[tuple[Study, Between]]:
        """Open a study.

        Args:
            study: its identity, of 64 characters: workers that search the same name the same one.
            candidate: its name.
            trials: how many there will be.
        """
        ...


class MemoryHost:
    """Studies of this process alone."""

    @contextmanager
    def open(self, study: str, candidate: str, trials: int) -> Iterator[tuple[Study, Between]]:
        """Open a study that ends with this block."""
        yield MemoryStudy(), lambda left: None


def search(runner: TrialRunner, host: StudyHost) -> SearchResult:
    """Search the best parameters of a candidate.

    Raises:
        UserError: a trial cannot be fitted.
        SQLAlchemyError: the database of the studies fails.
    """
    candidate = runner.problem.candidates[runner.name]
    plan = search_plan(candidate, runner.seed)
    if plan is None:
        return _result(runner, _random_trials(runner, candidate), SearchMethod("random", 10, 0))
    ended = join_search(runner, plan, host)
    outcomes = [(plan.space.params(t.point), t.outcome) for t in ended if t.outcome is not None]
    is_random = plan.trials <= RANDOM_TRIALS
    batch = 0 if is_random else BATCH_TRIALS
    method = SearchMethod(
        "random" if is_random else SAMPLER, min(plan.trials, RANDOM_TRIALS), batch
    )
    return _result(runner, outcomes, method)


def join_search(runner: TrialRunner, plan: SearchPlan, host: StudyHost) -> list[StudyTrial]:
    """Take part in a search until all of its trials have ended, and return them.

    Raises:
        UserError: a trial cannot be fitted.
        SQLAlchemyError: the database of the studies fails.
    """

    def run(trial: StudyTrial, earlier: Sequence[StudyTrial]) -> Outcome:
        give_up = partial(is_hopeless, plan, earlier, trial.point)
        return runner.run(plan.space.params(trial.point), give_up)

    def report(trial: StudyTrial) -> None:
        if trial.outcome is not None:
            params = plan.space.params(trial.point)
            _report(runner, trial.number, _trial(params, trial.outcome))

    with host.open(study_identity(runner, plan), runner.name, plan.trials) as (study, between):
        return run_trials(plan, study, run, report, between)


def study_identity(runner: TrialRunner, plan: SearchPlan) -> str:
    """Return the SHA-256, in hex, of everything that the trials of a search depend on.

    So a search is resumed by whoever does the same: after a kill, in another pod, in another run.
    """
    arrays = [runner.X, runner.y, runner.fitting, runner.scoring]
    arrays += [rows for fold in runner.folds for rows in (fold.fitted, fold.scored)]
    content: dict[str, Any] = {
        "problem": runner.problem.model_dump(mode="json"),
        "candidate": runner.name,
        "seed": [runner.seed, plan.seed],
        "plan": [plan.trials, RANDOM_TRIALS, BATCH_TRIALS],
        "arrays": [None if a is None else _array_hash(a) for a in arrays],
        "code": _code_hash(),
        "libraries": [version(name) for name in _LIBRARIES],
    }
    if workers := boosting_workers(runner.problem.candidates[runner.name].estimator):
        content["workers"] = workers
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()


def _array_hash(array: np.ndarray) -> str:
    form = f"{array.dtype} {array.shape}".encode()
    return hashlib.sha256(form + np.ascontiguousarray(array).tobytes()).hexdigest()


def _code_hash() -> str:
    """Return a hash of the code by which trials are fitted and scored, changed or not."""
    digest = hashlib.sha256()
    for room in _ROOMS:
        for path in sorted((_HOMESTEAD / room).rglob("*.py")):
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _random_trials(
    runner: TrialRunner, candidate: Candidate
) -> list[tuple[dict[str, Any], Outcome]]:
    """Run distinct points of the candidate's search space, at most ``trials``."""
    from sklearn.model_selection import ParameterSampler

    trials = int(min(candidate.trials, SearchSpace(candidate.search).size))
    sampler = ParameterSampler(candidate.search, n_iter=trials, random_state=runner.seed)
    outcomes = []
    for number, params in enumerate(map(dict, sampler)):
        outcome = runner.run(params)
        outcomes.append((params, outcome))
        _report(runner, number, _trial(params, outcome))
    return outcomes


def _result(
    runner: TrialRunner, outcomes: list[tuple[dict[str, Any], Outcome]], method: SearchMethod
) -> SearchResult:
    trials = [_trial(params, outcome) for params, outcome in outcomes]
    losses = [float("inf") if outcome.pruned else outcome.steps[-1] for _, outcome in outcomes]
    # The first trials are never pruned, so that one without a value comes first if all are.
    number = losses.index(min(losses))
    best, answers = trials[number], outcomes[number][1].answers
    if answers is None:
        # Another process has fitted it; the same fit gives the same answers.
        answers = runner.answers(best.params, runner.folds[0])
    return SearchResult(best, answers, tuple(trials), method)


def _trial(params: dict[str, Any], outcome: Outcome) -> Trial:
    return Trial(params, mean_values(outcome.folds), outcome.folds, outcome.pruned)


def _report(runner: TrialRunner, number: int, trial: Trial) -> None:
    pruned = f"pruned {trial.pruned}, " if trial.pruned else ""
    described = _describe(trial, problem_metric(runner.problem).name)
    runner.report(f"trial {number + 1}: {pruned}{described} {dict(trial.params)}")


def _describe(trial: Trial, metric: str) -> str:
    """Return a trial's metric, and its values by fold if there are several."""
    values = [values[metric].value for values in (trial.validation, *trial.folds)]
    mean, *by_fold = ["without a value" if v is None else f"{v:.4f}" for v in values]
    return f"{metric} {mean}" + (f" ({', '.join(by_fold)})" if len(by_fold) > 1 else "")
