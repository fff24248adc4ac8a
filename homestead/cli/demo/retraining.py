"""Retraining in the demo: the real controller decides by what was seen, and starts the training."""

import time

from pydantic import BaseModel, ConfigDict

from homestead.errors import UserError
from homestead.pipelines.retraining.check import open_controller, require_success
from homestead.pipelines.retraining.local_runs import LocalRuns
from homestead.pipelines.run_result import TrainingResult, read_result
from homestead.problem.schema import Problem
from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.cause import Cause
from homestead.settings import Settings

POLICY = RetrainingPolicy(cooldown_hours=0)


class DemoRetraining(BaseModel):
    """Whether something asked for a training, and what came of it.

    Attributes:
        cause: kind of what asked for it; None if nothing did.
        started: whether it started a run.
        reason: why, in a sentence.
    """

    model_config = ConfigDict(frozen=True)
    cause: str | None
    started: bool
    reason: str


def retrain(problem: Problem, settings: Settings) -> tuple[DemoRetraining, TrainingResult]:
    """Check what asks for a training, and wait for its run; return the decision and the result.

    If nothing asks for one, the demo does, as a person may.

    Raises:
        UserError: no run was started, or it failed.
    """
    started, local = time.monotonic(), LocalRuns(problem, settings)
    with open_controller(problem, settings, local, lambda _: None) as controller:
        outcome = controller.check()
        if outcome.decision.action == "none":
            summary = f"the demo asks, since {outcome.decision.reason}"
            asked = Cause.of(problem.name, "request", str(time.time_ns()), summary, time.time())
            controller.records.add_causes([asked])
            outcome = controller.check()
        decision, run = outcome.decision, outcome.run
        if decision.action != "start" or run is None:
            raise UserError(f"demo: no training was started: {decision.reason}")
        local.wait()
        require_success(controller.records, run.id)
    decided = DemoRetraining(cause=decision.causes[0].kind, started=True, reason=decision.reason)
    seconds = round(time.monotonic() - started, 1)
    return decided, read_result(problem, settings, run.id, seconds=seconds)
