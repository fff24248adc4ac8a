"""Proposals of trials, and the choice which of them to give up, by Optuna.

Proposals come from its tree-structured Parzen estimator (Bergstra et al., "Algorithms for
Hyper-Parameter Optimization", 2011), which draws points that are likelier among the better trials
than among the others. Trials are given up by the median rule (Golovin et al., "Google Vizier",
2017). Optuna holds neither state nor random numbers between calls: the same earlier trials give the
same answers in each process.
"""

import math
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from homestead.training.studies.plan import RANDOM_TRIALS, SearchPlan
from homestead.training.studies.trial import Point, StudyTrial

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLER: Final = "tpe"
# Draws of a point that was not tried before, until a random one is taken.
_DRAWS = 50


def propose(plan: SearchPlan, earlier: Sequence[StudyTrial], numbers: range) -> list[Point]:
    """Return a point for each trial of a batch, distinct from each other and from earlier ones.

    Args:
        earlier: the trials before the batch, which have ended.
        numbers: of the batch.
    """
    state = np.random.SeedSequence([plan.seed, numbers.start])
    draw = np.random.default_rng(state)
    seen = {_key(trial.point) for trial in earlier}
    points: list[Point] = []
    if numbers.start == 0:
        return [_unseen(plan, draw, seen) for _ in numbers]
    with _quiet_optuna() as optuna:
        sampler = optuna.samplers.TPESampler(
            seed=int(state.generate_state(1)[0]),
            n_startup_trials=RANDOM_TRIALS,
            multivariate=True,
            # Of a batch, later points keep away from those that still run.
            constant_liar=True,
        )
        distributions = plan.space.distributions()
        study = _study(optuna, plan, earlier, sampler=sampler)
        for _ in numbers:
            for _ in range(_DRAWS):
                trial = study.ask(distributions)
                if _key(trial.params) not in seen:
                    seen.add(_key(trial.params))
                    points.append(dict(trial.params))
                    break
                # A failed trial tells the sampler nothing.
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                points.append(_unseen(plan, draw, seen))
    return points


def is_hopeless(
    plan: SearchPlan, earlier: Sequence[StudyTrial], point: Point, steps: Sequence[float]
) -> bool:
    """Return whether to give up a trial: after its last step it is worse than the median.

    Args:
        earlier: the trials before its batch, which have ended.
        steps: its losses so far.
    """
    if not earlier:
        return False
    with _quiet_optuna() as optuna:
        study = _study(optuna, plan, earlier, pruner=optuna.pruners.MedianPruner())
        study.enqueue_trial(dict(point))
        trial = study.ask(plan.space.distributions())
        for step, loss in enumerate(steps):
            trial.report(loss, step)
        return bool(trial.should_prune())


def _study(optuna: Any, plan: SearchPlan, earlier: Sequence[StudyTrial], **parts: Any) -> Any:
    study = optuna.create_study(**parts)
    distributions = plan.space.distributions()
    for trial in earlier:
        study.add_trial(_frozen(optuna, trial, distributions))
    return study


def _frozen(optuna: Any, trial: StudyTrial, distributions: dict[str, Any]) -> Any:
    """Return a trial that has ended as Optuna's; one without a value has failed."""
    assert trial.outcome is not None  # noqa: S101
    states, steps = optuna.trial.TrialState, trial.outcome.steps
    loss = steps[-1]
    if trial.outcome.pruned:
        state, value = states.PRUNED, None
    elif math.isfinite(loss):
        state, value = states.COMPLETE, loss
    else:
        state, value = states.FAIL, None
    return optuna.trial.create_trial(
        state=state,
        value=value,
        params=dict(trial.point),
        distributions=distributions,
        intermediate_values=dict(enumerate(steps)),
    )


def _unseen(plan: SearchPlan, draw: np.random.Generator, seen: set[Any]) -> Point:
    """Return a random point that is not among those seen, and add it to them.

    There is one: a search has fewer trials than its space has points.
    """
    while _key(point := plan.space.random_point(draw)) in seen:
        pass
    seen.add(_key(point))
    return point


def _key(point: Point) -> tuple[tuple[str, int | float], ...]:
    return tuple(sorted(point.items()))


@contextmanager
def _quiet_optuna() -> "Iterator[Any]":
    """Yield Optuna without its log of each trial and its warnings of experimental arguments."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield optuna
