"""Record of a release: what is released in place of what, how far it got, and why."""

from collections.abc import Callable
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from homestead.names import derived_name
from homestead.problem.sections.release import ReleasePolicy
from homestead.release.learnt import LearntValues
from homestead.release.plan import ModelVersion, ReleasePlan

State = Literal[
    "waiting",
    "running",
    "awaiting_approval",
    "paused",
    "promoting",
    "rolling_back",
    "promoted",
    "rolled_back",
    "superseded",
]
WishKind = Literal["approve", "promote", "rollback", "pause", "resume"]
END_STATES: frozenset[State] = frozenset(("promoted", "rolled_back", "superseded"))
# The challenger gets its share of the traffic.
LIVE_STATES: frozenset[State] = frozenset(("running", "awaiting_approval", "paused"))


# As long as a release's id may be in a plan, with room for its number.
_MAX_NAME_LENGTH = 52


def release_id(problem: str, number: int) -> str:
    """Return the id of a problem's release: ``house-price-3``."""
    return f"{derived_name('', problem, _MAX_NAME_LENGTH)}-{number}"


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Wish(_Document):
    """What a person asked of a release.

    Attributes:
        at: seconds since 1970.
    """

    kind: WishKind
    who: str
    at: float


class ReleaseRecord(_Document):
    """A release; the controller replaces it as a whole, by compare-and-swap on ``revision``.

    Attributes:
        id: from :func:`release_id`; in the plan, and on each row of the prediction log.
        run_id: parent run in MLflow that started it; '' if a person did.
        champion: what answered before; None for a problem's first model.
        plan_before: the exact plan to go back to, with the model versions before; None if there
            was none.
        previous_version: what the registry's alias ``previous`` named before.
        policy: the problem file's, as it was at the start.
        slices: names of the slices of numbers, by column, that the challenger's certificate has:
            the bounds of the holdout, so that they do not depend on the release's requests. Those
            of categories whose values are learnt, too.
        learnt: what the problem file leaves to the training sets of the two models.
        step: index of the current share of ``policy.steps``.
        started_at, changed_at, ended_at: seconds since 1970.
        step_since: when its step began, seconds since 1970; a pause postpones it.
        deadline: when it is rolled back if it is not decided, seconds since 1970; a pause
            postpones it.
        paused_at: since when it is paused, seconds since 1970; None if it is not.
        reason: of the latest change, a sentence.
        numbers: what that change rests on: the analysis' results and the requests.
        wishes: what people asked of it, in order.
    """

    id: str = Field(max_length=64)
    problem: str
    number: int = Field(ge=1)
    revision: int = 0
    run_id: str = ""
    challenger: ModelVersion
    champion: ModelVersion | None
    plan_before: ReleasePlan | None
    previous_version: str | None = None
    policy: ReleasePolicy
    slices: dict[str, tuple[str, ...]] = {}
    # Left out where it says nothing: an earlier version's controller does not know it.
    learnt: LearntValues = Field(LearntValues(), exclude_if=lambda learnt: learnt.is_empty)
    state: State
    step: int = 0
    started_at: float
    changed_at: float
    step_since: float
    deadline: float
    ended_at: float | None = None
    paused_at: float | None = None
    reason: str
    numbers: dict[str, Any] = {}
    wishes: tuple[Wish, ...] = ()

    @model_validator(mode="after")
    def _needs_a_champion(self) -> Self:
        if self.champion is None and self.state in LIVE_STATES:
            raise ValueError(f"a first model is released at once, but is {self.state}")
        return self

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is decided about it."""
        return self.state in END_STATES

    @property
    def is_live(self) -> bool:
        """Whether the challenger gets its share of the traffic."""
        return self.state in LIVE_STATES

    @property
    def is_approved(self) -> bool:
        """Whether a person approved it; a promotion by hand needs no other approval."""
        return any(wish.kind in ("approve", "promote") for wish in self.wishes)

    @property
    def steps(self) -> tuple[float, ...]:
        """Traffic shares of the challenger, one after the other; a shadow has one step of 0."""
        return (0.0,) if self.policy.strategy == "shadow" else self.policy.steps

    @property
    def traffic_share(self) -> float:
        """Share of the subjects that the challenger answers now."""
        if self.state in ("promoting", "promoted"):
            return 1.0
        return self.steps[self.step] if self.state in LIVE_STATES else 0.0

    def map_uris(self, function: Callable[[str], str]) -> Self:
        """Return the record with the function's value for each URI of its model versions."""
        plan, champion = self.plan_before, self.champion
        return self.model_copy(
            update={
                "challenger": self.challenger.map_uris(function),
                "champion": champion and champion.map_uris(function),
                "plan_before": plan and plan.map_uris(function),
            }
        )
