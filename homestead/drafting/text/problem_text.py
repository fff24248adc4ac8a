"""Text of a drafted problem file: every section that trains, with comments that say why."""

from collections.abc import Iterator, Mapping
from typing import Any

from homestead.drafting.guesses.all_guesses import Guesses
from homestead.drafting.text.column_text import column_lines
from homestead.drafting.text.yaml_parts import WIDTH, comment, flow, scalar, wrapped_list
from homestead.problem.model_metrics.table import MODEL_METRICS, metrics_of

# Of a table whose rows may be old; a source that grows should have less.
_TTL_DAYS = 3650
# The entity of a single series; an unlikely name of a column.
_SERIES = "the_only_series"


def problem_text(
    guesses: Guesses, *, name: str, source: str, source_format: Mapping[str, Any], file_name: str
) -> str:
    """Return a problem file.

    Args:
        name: of the problem.
        source: as the file states it, relative to the file's own folder.
        source_format: the section ``format``; empty if the table is read without it.
        file_name: of the problem file, for the commands in its first comment.
    """
    lines = [
        *comment(
            f"Drafted from {source}: {guesses.rows:,} rows, {len(guesses.columns)} columns. Each"
            " comment says what was seen or guessed, and why; correct what is wrong, then:"
        ),
        f"#   homestead validate --problem {file_name}",
        f"#   homestead train --problem {file_name}",
        f"name: {scalar(name)}",
        'description: ""  # one sentence: what is predicted, and when',
        *_target_lines(guesses, source, source_format),
        "",
        *comment(
            "Units are for you to state (unit: USD). Ranges are about twice as wide as what was"
            " seen: rows beyond them are bad rows, and requests beyond them are refused."
        ),
        "columns:",
        *column_lines(guesses),
        *_feature_lines(guesses),
        "",
        *_candidate_lines(guesses),
        "",
        *_evaluation_lines(guesses),
        "",
        "card:  # sections of the model card that only people can write",
        '  owner: ""',
        '  intended_use: ""',
        '  out_of_scope: ""',
    ]
    return "\n".join(lines) + "\n"


def _target_lines(guesses: Guesses, source: str, source_format: Mapping[str, Any]) -> Iterator[str]:
    guess = guesses.of_target
    yield from comment(f"task: {guess.reason}")
    yield f"task: {guess.task}"
    yield f"source: {scalar(source)}"
    if source_format:
        yield f"format: {flow(source_format)}  # recognised from the file"
    yield from comment(f"key: {guesses.key.reason}")
    if guesses.key.column is not None:
        yield f"key: {scalar(guesses.key.column)}"
    yield from comment(f"timestamp: {guesses.timestamp.reason}")
    if guesses.timestamp.column is not None:
        yield f"timestamp: {scalar(guesses.timestamp.column)}"
    yield f"target: {scalar(guesses.target.name)}"
    if guess.positive is not None:
        yield f"positive: {scalar(guess.positive)}  # of two classes, the one to be found"
    if guess.is_log:
        yield "target_log: true  # the logarithm is fitted, since errors count as shares"


def _feature_lines(guesses: Guesses) -> Iterator[str]:
    derived = dict(guesses.derived)
    if guesses.series is not None and guesses.series.entity is None:
        derived[_SERIES] = "1"
    if derived:
        yield ""
        yield "derived:"
        for name, expression in derived.items():
            yield f"  {scalar(name)}: {scalar(expression)}"
    views = [*_past_view(guesses), *_latest_view(guesses)]
    if views:
        yield from ("", "views:", *views)
    left_out = guesses.suspicions.left_out
    yield ""
    if left_out:
        yield from comment("Left out of the features, see the columns: " + ", ".join(left_out))
    yield from wrapped_list("features", guesses.features)


def _past_view(guesses: Guesses) -> Iterator[str]:
    series = guesses.series
    if series is None:
        return
    yield from comment(
        f"The rows are a series at steps of {series.step_days:g} days: past values of"
        f" {guesses.target.name}, one step ahead. To predict farther ahead, raise horizon_days."
        " Remove from 'features' what is not known so far ahead.",
        "  ",
    )
    yield "  past:"
    yield f"    entity: {scalar(series.entity or _SERIES)}"
    yield "    history:"
    yield from (f"      {name}: {scalar(text)}" for name, text in series.history.items())
    yield f"    horizon_days: {scalar(series.step_days)}"
    yield f"    ttl_days: {_TTL_DAYS}"


def _latest_view(guesses: Guesses) -> Iterator[str]:
    key, timestamp, series = guesses.key.column, guesses.timestamp.column, guesses.series
    stored = [name for name in guesses.features if name in guesses.columns]
    if key is None or not stored or series is not None:
        return
    what = "The latest row of a" if timestamp else "The row of each"
    yield from comment(f"{what} {key}, so that a request may hold its key alone.", "  ")
    yield "  latest:" if timestamp else "  own:"
    yield f"    entity: {scalar(key)}"
    yield from (f"    {line}" for line in wrapped_list("columns", stored))
    yield f"    ttl_days: {_TTL_DAYS}" if timestamp else "    missing: refuse"


def _candidate_lines(guesses: Guesses) -> Iterator[str]:
    yield "# Each is tuned by trials of its 'search' on the validation rows; the best one goes on."
    for name, reason in guesses.untrainable.items():
        yield from comment(f"{name} is left out: {reason}; then draft again")
    yield "candidates:"
    for name, candidate in guesses.candidates.items():
        yield f"  {name}:"
        for key, value in candidate.items():
            line = f"    {key}: {flow(value)}"
            if len(line) <= WIDTH:
                yield line
            else:
                yield f"    {key}:"
                yield from (f"      {name}: {flow(choice)}" for name, choice in value.items())


def _evaluation_lines(guesses: Guesses) -> Iterator[str]:
    guess, split = guesses.of_target, guesses.split
    yield from comment(f"split: {split.reason}")
    yield f"split: {flow(split.section)}"
    others = [m.name for m in metrics_of(guess.task) if m.name != guess.metric]
    title = MODEL_METRICS[guess.metric].title
    yield from comment(f"metric: {title}, {guess.metric_reason}; others: {', '.join(others)}")
    yield f"metric: {guess.metric}"
    if guesses.baseline is None:
        yield from comment("baseline: the typical target of all rows; no column's groups tell more")
    else:
        share = guesses.suspicions.explained[guesses.baseline]
        yield from comment(
            f"baseline: the typical target of the rows with the same {guesses.baseline}, which"
            f" alone explains {share:.0%}; a first model has to beat it"
        )
        yield f"baseline: {scalar(guesses.baseline)}"
    if guesses.slices:
        yield from comment("slices: where a new model may not be worse than the one it replaces")
        yield from wrapped_list("slices", guesses.slices)
