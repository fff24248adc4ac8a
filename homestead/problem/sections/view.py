"""A feature view."""

from typing import Literal, Self

from pydantic import Field, model_validator

from homestead.problem.sections.part import Name, ProblemPart

OnStoreFailure = Literal["null", "refuse"]


class View(ProblemPart):
    """A feature view: values of one entity over time.

    Either ``columns`` of the valid rows, known from the row's own time stamp on; or ``history``,
    lags and windows of the entity's past rows, each of which counts from ``horizon_days`` after
    its time stamp on; or a DuckDB ``query`` over the table ``rows`` (columns and derived columns)
    that yields the entity, the time ``event_timestamp`` from which on the values are known, and
    ``features``. An entity has one row at a time. A query reads ``rows`` on one thread, in the
    order of time and key.
    """

    entity: str
    columns: tuple[str, ...] = ()
    history: dict[Name, str] = Field(
        default_factory=dict,
        exclude_if=lambda history: not history,
        description="Name: lag or window of past rows, such as lag(sales, 1), lag(sales, 7 days),"
        " mean(sales, 28 days).",
    )
    horizon_days: float | None = Field(
        None,
        ge=0,
        le=36500,
        exclude_if=lambda days: days is None,
        description="For a history: a row counts from so many days after its time stamp on, which"
        " is how far ahead can be predicted; 0: it counts for later rows at once.",
    )
    query: str = ""
    features: tuple[Name, ...] = ()
    ttl_days: float = Field(365, gt=0)
    missing: Literal["refuse", "null"] = Field(
        "null", description="An entity without values: refuse the request (404), or use null."
    )
    stale: Literal["mark", "null", "refuse"] = Field(
        "mark",
        description="Values older than ttl_days: serve them and mark the response, treat them as"
        " missing, as training does, or refuse the request (503).",
    )
    on_store_failure: OnStoreFailure = Field(
        default_factory=lambda fields: fields["missing"],
        description="While the online store cannot be read: use null and name the view in the"
        " response, or refuse the request (503). By default as for 'missing'.",
    )

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if sum(map(bool, (self.columns, self.history, self.query))) != 1:
            raise ValueError("give either 'columns', a 'history' or a 'query'")
        if self.query and not self.features:
            raise ValueError("a 'query' needs 'features', the names of the columns it yields")
        if self.features and self.history:
            raise ValueError("a 'history' names its features itself, 'features' is for a 'query'")
        if self.horizon_days is not None and not self.history:
            raise ValueError("'horizon_days' is for a 'history'")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features in this view."""
        return self.columns or self.computed

    @property
    def computed(self) -> tuple[str, ...]:
        """Those of them that are no columns of the source."""
        return tuple(self.history) or self.features
