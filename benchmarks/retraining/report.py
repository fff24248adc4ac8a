"""``results/retraining.json``, ``.md`` and ``.svg``."""

import json
from pathlib import Path

from benchmarks.retraining.simulation import Outcome
from homestead.files import write_text

RESULTS = Path(__file__).parent / "results"
_COLUMNS = (
    *("fault rate", "seeds", "causes with a run", "runs", "withdrawn", "deliveries"),
    *("kills", "interleaved checks", "seeds with any fault found"),
)


def row(rate: float, outcomes: list[Outcome]) -> dict[str, float]:
    """Return the sums over all seeds of a fault rate."""
    sums = [
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("causes", "runs", "withdrawn", "deliveries", "kills", "interleavings")
    ]
    wrong = sum(bool(outcome.faults_found) for outcome in outcomes)
    return dict(zip(_COLUMNS, (rate, len(outcomes), *sums, wrong), strict=True))


def write_report(outcomes: dict[float, list[Outcome]]) -> None:
    """Write the table and the plot."""
    rows = [row(rate, of_rate) for rate, of_rate in outcomes.items()]
    write_text(RESULTS / "retraining.json", json.dumps(rows, indent=2) + "\n")
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        "|" + "---|" * len(_COLUMNS),
        *(f"| {' | '.join(f'{value:,g}' for value in each.values())} |" for each in rows),
    ]
    write_text(RESULTS / "retraining.md", "\n".join(lines) + "\n")
    _plot(outcomes)


def _plot(outcomes: dict[float, list[Outcome]]) -> None:
    """Draw how many causes became how many runs, and how many went wrong."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "retraining"
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.2), layout="constrained")
    places = range(len(outcomes))
    for offset, name, label in (
        (-0.25, "causes", "causes with a run"),
        (0.0, "runs", "runs (one may answer several causes)"),
        (0.25, "kills", "killed processes"),
    ):
        heights = [sum(getattr(o, name) for o in of_rate) for of_rate in outcomes.values()]
        bars = axes.bar([place + offset for place in places], heights, 0.23, label=label)
        axes.bar_label(bars, fmt="{:,.0f}", fontsize=7)
    wrong = [sum(bool(o.faults_found) for o in of_rate) for of_rate in outcomes.values()]
    seeds = [len(of_rate) for of_rate in outcomes.values()]
    axes.set_xticks(
        list(places),
        [
            f"{rate:.0%} faults a write\n{bad} of {count:,} seeds wrong"
            for rate, bad, count in zip(outcomes, wrong, seeds, strict=True)
        ],
    )
    axes.set_title("Exactly one run for each cause, whatever is killed, doubled or late")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(RESULTS / "retraining.svg", metadata={"Date": None})
    plt.close(figure)
