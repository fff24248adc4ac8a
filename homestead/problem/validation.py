"""What must hold between the parts of a problem file. Each fault's text begins with its key."""

from collections.abc import Iterable, Iterator

from homestead.problem.expressions import Expression
from homestead.problem.fields import ProblemFields
from homestead.problem.model_metrics import metrics_of

# Columns that the training set adds to the source's.
RESERVED_NAMES = ("split", "event_timestamp", "homestead_row")
_WHOLE = ("integer", "category", "boolean")


def validation_errors(problem: ProblemFields) -> Iterator[str]:
    """Yield every error between a problem's fields; each text begins with its key."""
    yield from _roles(problem)
    yield from _evaluation(problem)
    yield from _view_names(problem)
    yield from _derived(problem)
    yield from _views(problem)
    yield from _inputs(problem)


def _among(where: str, found: str, allowed: Iterable[str]) -> Iterator[str]:
    if found not in allowed:
        yield f"{where}: found {found!r}, allowed are {', '.join(allowed)}"


def _roles(problem: ProblemFields) -> Iterator[str]:
    """Key, time stamp and target are columns of their own, of a fitting type, never missing."""
    targets = {"regression": ("number", "integer"), "classification": ("category",)}
    types = {
        "key": ("integer", "category"),
        "timestamp": ("timestamp",),
        "target": targets[problem.task],
    }
    for name in problem.columns:
        if name in RESERVED_NAMES:
            yield f"columns.{name}: the name is taken, another is needed"
    seen: dict[str, str] = {}
    for role, allowed in types.items():
        name = getattr(problem, role)
        yield from _among(role, name, problem.columns)
        if name in seen:
            yield f"{role}: {name} is the {seen[name]} already"
        seen.setdefault(name, role)
        column = problem.columns.get(name)
        if column is None:
            continue
        if column.type not in allowed:
            yield (
                f"{role}: column {name} is of type {column.type},"
                f" allowed for a {problem.task} is {' or '.join(allowed)}"
            )
        if column.nullable:
            yield f"columns.{name}.nullable: found true, but the {role} can't be missing"
    yield from _target(problem)


def _target(problem: ProblemFields) -> Iterator[str]:
    column = problem.columns.get(problem.target)
    if problem.target_log and problem.task != "regression":
        yield "target_log: only a regression's target has a logarithm"
    if column and problem.target_log and column.range and column.range[0] <= 0:
        yield (
            f"target_log: the range of {problem.target} begins at {column.range[0]:g};"
            " a logarithm needs values above 0"
        )
    if column and problem.task == "classification" and len(column.allowed or ()) == 1:
        yield f"columns.{problem.target}.allowed: a classification needs two classes or more"


def _evaluation(problem: ProblemFields) -> Iterator[str]:
    metrics = [metric.name for metric in metrics_of(problem.task)]
    yield from _among("metric", problem.metric, metrics)
    for name in problem.gate.limits:
        yield from _among("gate.limits", name, metrics)
    if problem.baseline is not None:
        others = [name for name in problem.columns if name != problem.target]
        yield from _among("baseline", problem.baseline, others)
    for label, candidate in problem.candidates.items():
        if candidate.task != problem.task:
            yield (
                f"candidates.{label}.estimator: {candidate.estimator} is for a"
                f" {candidate.task}, the task is {problem.task}"
            )


def _view_names(problem: ProblemFields) -> Iterator[str]:
    """A query's features have names of their own."""
    seen = {
        **dict.fromkeys(problem.columns, "columns"),
        **dict.fromkeys(RESERVED_NAMES, "taken names"),
    }
    for label, view in problem.views.items():
        for name in view.features:
            if name in seen:
                yield f"views.{label}.features: {name} is one of {seen[name]} already"
            seen[name] = f"views.{label}"


def _derived(problem: ProblemFields) -> Iterator[str]:
    """An expression reads what stands before it, and never the target."""
    known = {
        **dict.fromkeys(problem.columns, "columns"),
        **dict.fromkeys(RESERVED_NAMES, "taken names"),
    }
    for label, view in problem.views.items():
        known.update(dict.fromkeys(view.features, f"views.{label}"))
    for name, text in problem.derived.items():
        if name in known:
            yield f"derived.{name}: the name is one of {known[name]} already"
        readable = [other for other in known if other not in (problem.target, *RESERVED_NAMES)]
        try:
            names = sorted(Expression(text).names)
        except ValueError as error:
            yield f"derived.{name}: {error}"
            names = []
        for read in names:
            if read == problem.target:
                yield f"derived.{name}: reads the target {read}"
            else:
                yield from _among(f"derived.{name}", read, readable)
        known[name] = "derived"


def _views(problem: ProblemFields) -> Iterator[str]:
    before = _before_views(problem)
    apart = (problem.target, problem.timestamp)
    whole = [n for n, c in problem.columns.items() if c.type in _WHOLE and n not in apart]
    for label, view in problem.views.items():
        where = f"views.{label}.entity"
        if view.entity in problem.derived and view.entity not in before:
            yield f"{where}: {view.entity} is made from a view's features, not from columns alone"
        else:
            yield from _among(where, view.entity, [*whole, *before])
        allowed = [name for name in problem.columns if name not in apart]
        for name in view.columns:
            yield from _among(f"views.{label}.columns", name, allowed)


def _before_views(problem: ProblemFields) -> list[str]:
    """The derived columns that need no view's features."""
    known = set(problem.columns)
    for name, text in problem.derived.items():
        try:
            ready = Expression(text).names <= known
        except ValueError:
            continue  # said at its own key
        if ready:
            known.add(name)
    return [name for name in problem.derived if name in known]


def _inputs(problem: ProblemFields) -> Iterator[str]:
    served = [name for view in problem.views.values() for name in view.features]
    every = [*problem.columns, *served, *problem.derived]
    for number, name in enumerate(problem.features):
        if name == problem.target:
            yield f"features: {name} is the target"
        elif name in problem.features[:number]:
            yield f"features: {name} stands twice"
        else:
            yield from _among("features", name, [n for n in every if n != problem.target])
    for name in problem.slices:
        yield from _among("slices", name, every)
