"""Page of a backtest: the picture, what each strategy came to, and why it trained."""

from datetime import UTC, datetime
from functools import partial

from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.reports.backtest.picture import SMOOTHED_PERIODS, backtest_figure
from homestead.reports.backtest.result import TITLES, BacktestResult, Measured, StrategyResult
from homestead.reports.base_page import PageHeader, render
from homestead.reports.charts import chart_html
from homestead.reports.wording import joined, metric_value


def backtest_html(result: BacktestResult) -> str:
    """Return the page."""
    return render(
        "backtest.html",
        PageHeader(result.problem),
        result=result,
        titles=TITLES,
        conclusion=conclusion(result),
        picture=chart_html(
            partial(backtest_figure, result=result),
            picture_sentence(result),
            f"Error over time of {len(result.strategies)} strategies",
        ),
        smoothed=SMOOTHED_PERIODS,
        day=day,
        value=lambda measured: describe(result, measured),
        signed=lambda measured: describe(result, measured, signed=True),
    )


def picture_sentence(result: BacktestResult) -> str:
    """Say which strategy has the best metric in the newest part of the time, and by how much."""
    metric = MODEL_METRICS[result.metric]
    newest: dict[str, float] = {}
    for strategy in result.strategies:
        periods = [p for p in strategy.periods if p.value is not None][-SMOOTHED_PERIODS:]
        rows = sum(period.rows for period in periods)
        if rows:
            total = sum((period.value or 0.0) * period.rows for period in periods)
            newest[TITLES[strategy.name]] = total / rows
    if not newest:
        return "No period has a value."
    best = min(newest, key=lambda name: metric.loss(newest[name]))
    values = joined([f"{name} {metric_value(result.metric, newest[name])}" for name in newest])
    if len({f"{value:.4g}" for value in newest.values()}) == 1:
        return f"At the end all strategies are equal: {values}."
    return f"At the end {best} is best: {values} in the last {SMOOTHED_PERIODS} periods."


def conclusion(result: BacktestResult) -> list[str]:
    """Return what the loop came to beside each other strategy, as sentences."""
    metric = MODEL_METRICS[result.metric]
    sentences = []
    for strategy in result.strategies:
        difference = strategy.less_never
        if difference is None or difference.value is None:
            continue
        title = TITLES[strategy.name]
        trained = (
            f"{_count(len(strategy.trainings) - 1, 'training')} after the first,"
            f" {_count(len(strategy.releases), 'release')}"
        )
        if (
            difference.low is None
            or difference.high is None
            or (difference.low <= 0 <= difference.high)
        ):
            verdict = "cannot be told from never retraining"
        elif metric.loss(difference.value) < 0:
            verdict = "is better than never retraining"
        else:
            verdict = "is worse than never retraining"
        sentences.append(
            f"{title[0].upper()}{title[1:]} ({trained}) {verdict}:"
            f" {metric.title} {describe(result, difference, signed=True)}."
        )
    return sentences


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def describe(result: BacktestResult, measured: Measured | None, *, signed: bool = False) -> str:
    """Return a value with its interval."""
    if measured is None or measured.value is None:
        return "–"
    is_share = MODEL_METRICS[result.metric].unit == "share"
    sign = "+" if signed else ""

    def text(number: float) -> str:
        return f"{number * 100:{sign}.2f}" if is_share else f"{number:{sign},.4g}"

    unit = (" points" if signed else "%") if is_share else ""
    shown = f"{text(measured.value)}{unit}"
    if measured.low is None or measured.high is None:
        return shown
    return f"{shown} ({text(measured.low)} to {text(measured.high)})"


def day(seconds: float) -> str:
    """Return the day of a moment."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def markdown(result: BacktestResult) -> str:
    """Return the table of the strategies as Markdown."""
    metric = MODEL_METRICS[result.metric]
    lines = [
        f"| strategy | {metric.title} (95% interval) | less never retrained | trainings"
        " | releases | alerts of harm | of drift |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(result, strategy) for strategy in result.strategies]
    return "\n".join(lines) + "\n"


def _row(result: BacktestResult, strategy: StrategyResult) -> str:
    return (
        f"| {TITLES[strategy.name]} | {describe(result, strategy.overall)}"
        f" | {describe(result, strategy.less_never, signed=True)} | {len(strategy.trainings)}"
        f" | {1 + len(strategy.releases)} | {len(strategy.alerts_of('harm'))}"
        f" | {len(strategy.alerts_of('drift'))} |"
    )
