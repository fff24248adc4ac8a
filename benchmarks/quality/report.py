"""Report of the quality benchmark: JSON, Markdown and a plot."""

import json
from pathlib import Path
from typing import Any

from homestead.problem.model_metrics.table import MODEL_METRICS

RESULTS = Path(__file__).parent / "results"


def relative_error(figures: dict[str, Any]) -> float:
    """Return how much worse our score is than AutoGluon's, relative to its distance to perfect.

    Below 0 ours is better. A share such as the area under a curve is compared by what lacks to 1.
    """
    metric = MODEL_METRICS[figures["metric"]]
    ours, other = figures["homestead"], figures["autogluon"]
    if metric.higher_is_better:
        ours, other = 1 - ours, 1 - other
    return float(ours / other - 1)


def table_text(figures: dict[str, Any]) -> str:
    """Return the scores as Markdown."""
    lines = [
        "| table | rows, holdout | metric | baseline | Homestead, init alone | s | AutoGluon | s |"
        " error beside AutoGluon's |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, row in figures["tables"].items():
        base = "" if row["baseline"] is None else f"{row['baseline']:.4g}"
        lines.append(
            f"| {name} | {row['rows']['known']:,} + {row['rows']['holdout']:,} | {row['metric']}"
            f" | {base} | {row['homestead']:.4g} | {row['homestead_s']:.0f}"
            f" | {row['autogluon']:.4g} | {row['autogluon_s']:.0f} | {relative_error(row):+.1%} |"
        )
    return "\n".join(lines) + "\n"


def write_report(figures: dict[str, Any]) -> None:
    """Write the figures, the table and the plot to ``results/``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "quality.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "quality.md").write_text(table_text(figures), encoding="utf-8")
    _plot(figures)


def _plot(figures: dict[str, Any]) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "quality"
    from matplotlib import pyplot as plt

    names = list(figures["tables"])
    errors = [100 * relative_error(figures["tables"][name]) for name in names]
    figure, axes = plt.subplots(figsize=(7, 0.45 * len(names) + 1.2), layout="constrained")
    axes.barh(names[::-1], errors[::-1], color=["#2a7" if e <= 0 else "#c73" for e in errors[::-1]])
    axes.axvline(0, color="black", linewidth=0.8)
    axes.set_xlabel("error beside AutoGluon's, % (to the left: ours is smaller)")
    figure.savefig(RESULTS / "quality.svg", metadata={"Date": None})
    plt.close(figure)
