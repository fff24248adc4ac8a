"""Checks between the fields of a problem file. Each error's text begins with its key."""

from collections.abc import Collection, Iterable, Iterator

from homestead.names import EVENT_TIME
from homestead.problem.expressions.expression import Expression
from homestead.problem.model_metrics.table import metrics_of
from homestead.problem.sections import ProblemFields
from homestead.problem.split import SPLIT_COLUMN
from homestead.problem.values.listing import list_values

# Columns that training sets and views add to the source's.
RESERVED_NAMES = (SPLIT_COLUMN, EVENT_TIME)
_ENTITY_TYPES = ("integer", "category", "boolean")


def validation_errors(problem: ProblemFields) -> Iterator[str]:
    """Yield every error between a problem's fields."""
    yield from _role_errors(problem)
    yield from _evaluation_errors(problem)
    yield from _view_name_errors(problem)
    yield from _derived_errors(problem)
    yield from _view_errors(problem)
    yield from _sql_name_errors(problem)
    yield from _input_errors(problem)


def _unless_allowed(key: str, found: str, allowed: Collection[str]) -> Iterator[str]:
    if found not in allowed:
        yield f"{key}: found {found!r}, allowed are {list_values(allowed, found)}"


def _role_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that key, time stamp and target are distinct columns of a fitting type, never null."""
    target_types = {"regression": ("number", "integer"), "classification": ("category",)}
    types = {
        "key": ("integer", "category"),
        "timestamp": ("timestamp",),
        "target": target_types[problem.task],
    }
    for name in problem.columns:
        if name in RESERVED_NAMES:
            yield f"columns.{name}: the name is reserved, choose another"
    role_of: dict[str, str] = {}
    for role, allowed in types.items():
        name = getattr(problem, role)
        yield from _unless_allowed(role, name, problem.columns)
        if name in role_of:
            yield f"{role}: {name} is already the {role_of[name]}"
        role_of.setdefault(name, role)
        column = problem.columns.get(name)
        if column is None:
            continue
        if column.type not in allowed:
            yield (
                f"{role}: column {name} is of type {column.type},"
                f" allowed for a {problem.task} is {' or '.join(allowed)}"
            )
        if column.nullable:
            yield f"columns.{name}.nullable: found true, but the {role} cannot be missing"
    yield from _target_errors(problem)


def _target_errors(problem: ProblemFields) -> Iterator[str]:
    column = problem.columns.get(problem.target)
    if problem.target_log and problem.task != "regression":
        yield "target_log: found true, but only the target of a regression has a logarithm"
    if column and problem.target_log and column.range and column.range[0] <= 0:
        yield (
            f"target_log: the range of {problem.target} begins at {column.range[0]:g};"
            " a logarithm needs values above 0"
        )
    if column and problem.task == "classification" and len(column.allowed or ()) == 1:
        yield f"columns.{problem.target}.allowed: a classification needs at least two classes"


def _evaluation_errors(problem: ProblemFields) -> Iterator[str]:
    metrics = [metric.name for metric in metrics_of(problem.task)]
    yield from _unless_allowed("metric", problem.metric, metrics)
    for name in problem.gate.limits:
        yield from _unless_allowed("gate.limits", name, metrics)
    if problem.baseline is not None:
        inputs = [name for name in problem.columns if name != problem.target]
        yield from _unless_allowed("baseline", problem.baseline, inputs)
    for name, candidate in problem.candidates.items():
        if candidate.task != problem.task:
            yield (
                f"candidates.{name}.estimator: {candidate.estimator} is for a"
                f" {candidate.task}, the task is {problem.task}"
            )


def _origin_of_names(problem: ProblemFields) -> dict[str, str]:
    """Return the names in use before any view or expression, each with where it comes from."""
    return {
        **dict.fromkeys(problem.columns, "columns"),
        **dict.fromkeys(RESERVED_NAMES, "the reserved names"),
    }


def _view_name_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that the features of queries have names of their own."""
    origins = _origin_of_names(problem)
    for view_name, view in problem.views.items():
        for name in view.features:
            if name in origins:
                yield f"views.{view_name}.features: {name} is already one of {origins[name]}"
            origins[name] = f"views.{view_name}"


def _derived_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that an expression reads only names before it, and never the target."""
    origins = _origin_of_names(problem)
    for view_name, view in problem.views.items():
        origins.update(dict.fromkeys(view.features, f"views.{view_name}"))
    for name, text in problem.derived.items():
        if name in origins:
            yield f"derived.{name}: the name is already one of {origins[name]}"
        readable = [other for other in origins if other not in (problem.target, *RESERVED_NAMES)]
        try:
            names_read = sorted(Expression(text).names)
        except ValueError as error:
            yield f"derived.{name}: {error}"
            names_read = []
        for name_read in names_read:
            if name_read == problem.target:
                yield f"derived.{name}: reads the target {name_read}"
            else:
                yield from _unless_allowed(f"derived.{name}", name_read, readable)
        origins[name] = "derived"


def _view_errors(problem: ProblemFields) -> Iterator[str]:
    without_views = _derived_without_views(problem)
    excluded = (problem.target, problem.timestamp)
    columns = [name for name in problem.columns if name not in excluded]
    entities = [name for name in columns if problem.columns[name].type in _ENTITY_TYPES]
    for view_name, view in problem.views.items():
        key = f"views.{view_name}.entity"
        if view.entity in problem.derived and view.entity not in without_views:
            yield f"{key}: {view.entity} is derived from a view's features, not from columns alone"
        else:
            yield from _unless_allowed(key, view.entity, [*entities, *without_views])
        key = f"views.{view_name}.columns"
        for position, name in enumerate(view.columns):
            if name == view.entity:
                yield f"{key}: {name} is the view's entity, which its rows hold anyway"
            elif name in view.columns[:position]:
                yield f"{key}: {name} is listed twice"
            else:
                yield from _unless_allowed(key, name, columns)


def _sql_name_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that queries can tell names apart: SQL takes ``Size`` and ``size`` for one name."""
    for name in problem.columns:
        if not name or "\0" in name:
            yield f"columns: found {name!r}, allowed is a name without the character 0, not empty"
    queries = {name: view for name, view in problem.views.items() if view.query}
    if queries:
        for name, other in _same_in_sql([*problem.columns, *problem.derived]):
            part = "columns" if name in problem.columns else "derived"
            yield (
                f"{part}.{name}: a query cannot tell it from {other}, because names in SQL ignore"
                f" case; rename one, or use no query (views.{next(iter(queries))})"
            )
    for view_name, view in queries.items():
        for name, other in _same_in_sql([EVENT_TIME, view.entity, *view.features]):
            key = "entity" if name == view.entity else "features"
            yield (
                f"views.{view_name}.{key}: a query cannot yield both {name} and {other}, because"
                " names in SQL ignore case"
            )


def _same_in_sql(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that differs from an earlier one only in the case of ASCII letters."""
    earlier: dict[bytes, str] = {}
    for name in names:
        other = earlier.setdefault(name.encode().lower(), name)
        if other != name:
            yield name, other


def _derived_without_views(problem: ProblemFields) -> list[str]:
    """Return the derived columns that need no view's features."""
    known = set(problem.columns)
    for name, text in problem.derived.items():
        try:
            computable = Expression(text).names <= known
        except ValueError:
            continue  # reported at its own key
        if computable:
            known.add(name)
    return [name for name in problem.derived if name in known]


def _input_errors(problem: ProblemFields) -> Iterator[str]:
    view_features = [name for view in problem.views.values() for name in view.features]
    all_names = [*problem.columns, *view_features, *problem.derived]
    for position, name in enumerate(problem.features):
        if name == problem.target:
            yield f"features: {name} is the target"
        elif name in problem.features[:position]:
            yield f"features: {name} is listed twice"
        else:
            inputs = [other for other in all_names if other != problem.target]
            yield from _unless_allowed("features", name, inputs)
    for name in problem.slices:
        yield from _unless_allowed("slices", name, all_names)
