"""Report of the drift benchmark: JSON, Markdown and a plot."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
RULES = ("share above 0.3", "Evidently's default", "calibrated")
SETTINGS = ("house_sales", "independent")
_PARTS = ("calibrated: classifier", "calibrated: columns")
_COLOURS = {"share above 0.3": "#c73", "Evidently's default": "#57a", "calibrated": "#2a7"}


def write_report(name: str, figures: dict[str, Any]) -> None:
    """Write a setting's figures and plot to ``results/``, and the tables of all that are there."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    plot(figures).savefig(RESULTS / f"{name}.svg", metadata={"Date": None})
    there = [path for setting in SETTINGS if (path := RESULTS / f"{setting}.json").exists()]
    texts = [table_text(json.loads(path.read_text(encoding="utf-8"))) for path in there]
    (RESULTS / "drift.md").write_text("\n".join(texts), encoding="utf-8")


def table_text(figures: dict[str, Any]) -> str:
    """Return a setting's tables as Markdown."""
    windows = figures["windows"]
    lines = [
        f"# {figures['title']}",
        "",
        f"Windows of 500 rows with 19 inputs that were found to have drifted, of {windows:,} each.",
        "",
        f"| change | {' | '.join((*RULES, *_PARTS))} |",
        "|---|" + "---|" * (len(RULES) + len(_PARTS)),
    ]
    for change, found in figures["found"].items():
        cells = " | ".join(f"{found[name] / windows:.1%}" for name in (*RULES, *_PARTS))
        lines.append(f"| {change} | {cells} |")
    if "months" in figures:
        lines += _month_lines(figures["months"])
        lines += _speed_lines(figures["seconds_of_1_000_000_rows"])
    return "\n".join(lines) + "\n"


def _month_lines(months: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "Months of hourly checks without drift in which any check raised an alarm.",
        "",
        "| allowed in a month | whole check | classifier's test alone, at the whole level |",
        "|---|---|---|",
    ]
    whole, classifier = months["whole"], months["classifier"]
    for level in whole["alarms"]:
        cells = " | ".join(
            f"{part['alarms'][level]:,} of {part['months']:,}" for part in (whole, classifier)
        )
        lines.append(f"| {float(level):.0%} | {cells} |")
    return lines


def _speed_lines(speed: dict[str, float]) -> list[str]:
    return [
        "",
        "Seconds of processor time for 1,000,000 served and 1,000,000 reference rows of 19 inputs:"
        f" {speed['whole']} if all are given, {speed['sampled']} of the default sample;"
        f" Evidently's default in the same run {speed['evidently']},"
        f" {speed['evidently'] / speed['whole']:.0f} times as many.",
    ]


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
