"""Report of the drift benchmark: JSON, Markdown and a plot."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
RULES = ("share above 0.3", "Evidently's default", "calibrated")
_PARTS = ("calibrated: classifier", "calibrated: columns")
_COLOURS = {"share above 0.3": "#c73", "Evidently's default": "#57a", "calibrated": "#2a7"}


def write_report(figures: dict[str, Any]) -> None:
    """Write the figures, the tables and the plot to ``results/``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "drift.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "drift.md").write_text(table_text(figures), encoding="utf-8")
    plot(figures).savefig(RESULTS / "drift.svg", metadata={"Date": None})


def table_text(figures: dict[str, Any]) -> str:
    """Return the tables as Markdown."""
    windows = figures["windows"]
    lines = [
        f"Windows of 500 rows with 19 inputs that were found to have drifted, of {windows:,} each.",
        "",
        f"| change | {' | '.join((*RULES, *_PARTS))} |",
        "|---|" + "---|" * (len(RULES) + len(_PARTS)),
    ]
    for change, found in figures["found"].items():
        cells = " | ".join(f"{found[name] / windows:.1%}" for name in (*RULES, *_PARTS))
        lines.append(f"| {change} | {cells} |")
    lines += [
        "",
        "Months of hourly checks without drift in which any check raised an alarm.",
        "",
        "| allowed in a month | whole check | classifier's test alone, at the whole level |",
        "|---|---|---|",
    ]
    whole, classifier = figures["months"]["whole"], figures["months"]["classifier"]
    for level in whole["alarms"]:
        cells = " | ".join(
            f"{part['alarms'][level]:,} of {part['months']:,}" for part in (whole, classifier)
        )
        lines.append(f"| {float(level):.0%} | {cells} |")
    speed = figures["seconds_of_1_000_000_rows"]
    lines += [
        "",
        "Seconds of processor time for 1,000,000 served and 1,000,000 reference rows of 19 inputs:"
        f" {speed['whole']} if all are given, {speed['sampled']} of the default sample.",
    ]
    return "\n".join(lines) + "\n"


def plot(figures: dict[str, Any]) -> Any:
    """Return a figure: the share of windows found by each rule, change by change."""
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = "drift"
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axis = figure.subplots()
    changes = list(figures["found"])[::-1]
    for index, rule in enumerate(RULES):
        heights = [position + 0.26 * (1 - index) for position in range(len(changes))]
        shares = [100 * figures["found"][name][rule] / figures["windows"] for name in changes]
        axis.barh(heights, shares, 0.24, color=_COLOURS[rule], label=rule)
        for height, share in zip(heights, shares, strict=True):
            axis.text(share + 0.8, height, f"{share:.3g}%", va="center", fontsize=7)
    axis.set_yticks(range(len(changes)), changes)
    axis.set(xlabel="windows of 500 rows found to have drifted (%)", xlim=(0, 108))
    axis.spines[["top", "right"]].set_visible(False)
    # Below the axes, so that it covers no bar.
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=8, loc="outside lower center", ncols=3)
    return figure
