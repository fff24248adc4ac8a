"""Report of the simulated releases: JSON, Markdown and a plot."""

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
_NAMES = ("homestead", "z-test", "mSPRT")
_PAIRS = (200, 500, 1000, 2000, 5000)
_COLOURS = {"homestead": "#2a7", "z-test": "#c73", "mSPRT": "#57a"}


def table_text(figures: dict[str, Any]) -> str:
    """Return the tables as Markdown."""
    lines = [
        "Equal models: releases that were rolled back.",
        "",
        "| evidence | releases | requests each | Homestead | z-test | mSPRT |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures["equal"]:
        shares = (row["tests"].get(name, {}).get("stopped") for name in _NAMES)
        cells = " | ".join("" if share is None else f"{share:.2%}" for share in shares)
        lines.append(f"| {row['title']} | {row['runs']:,} | {row['requests']:,} | {cells} |")
    lines += [
        "",
        "A worse challenger: pairs until it is rolled back, median (90th percentile).",
        "",
        "| challenger | Homestead | z-test | mSPRT |",
        "|---|---|---|---|",
    ]
    for row in figures["delay"]:
        cells = " | ".join(_delay(row["tests"][name], row["requests"]) for name in _NAMES)
        lines.append(f"| {row['title']} | {cells} |")
    lines += [
        "",
        "Going on: labelled pairs until the error is known to be at most 5% larger.",
        "",
        "| challenger | passed within 20,000 | median (90th percentile) |",
        "|---|---|---|",
    ]
    for row in figures["pass"]:
        test = row["tests"]["homestead"]
        lines.append(
            f"| {row['title']} | {test['stopped']:.1%} | {_delay(test, row['requests'])} |"
        )
    return "\n".join(lines) + "\n"


def _delay(test: dict[str, Any], requests: int) -> str:
    texts = [
        f"over {requests:,}" if test[key] is None else f"{test[key]:,.0f}"
        for key in ("median", "p90")
    ]
    return f"{texts[0]} ({texts[1]})"


def write_report(figures: dict[str, Any]) -> None:
    """Write the figures, the tables and the plot to ``results/``."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "release.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "release.md").write_text(table_text(figures), encoding="utf-8")
    plot(figures).savefig(RESULTS / "release.svg", metadata={"Date": None})


def plot(figures: dict[str, Any]) -> Any:
    """Return a figure: false roll-backs by requests, and delays by challenger."""
    import matplotlib as mpl

    mpl.rcParams["svg.hashsalt"] = "release"
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    figure = Figure(figsize=(10, 4.8), layout="constrained")
    equal, delay = figure.subplots(1, 2, width_ratios=(1.1, 1))
    for row, style in zip(figures["equal"], ("-", ":", "--", "-.", "-"), strict=False):
        for name, test in row["tests"].items():
            is_all = row["title"].startswith("all")
            marks = [float(mark) for mark in test["by"]]
            equal.plot(
                marks,
                [max(share, 5e-5) for share in test["by"].values()],
                style,
                color="black" if is_all else _COLOURS[name],
                linewidth=2 if is_all else 1.2,
                label=f"{name}: {row['title'].split(':')[0]}",
            )
    equal.axhline(figures["error_level"], color="black", linewidth=0.8)
    equal.set(xscale="log", yscale="log", xlabel="requests", ylabel="equal models rolled back")
    equal.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:g}%"))
    equal.set_ylim(5e-5, 0.2)
    # Below the axes, so that it covers no line.
    handles, labels = equal.get_legend_handles_labels()
    figure.legend(handles, labels, fontsize=7, loc="outside lower center", ncols=3)
    rows = figures["delay"][::-1]
    for index, name in enumerate(_NAMES):
        for position, row in enumerate(rows):
            test = row["tests"][name]
            half = test["median"] or row["requests"]
            most = test["p90"] or row["requests"]
            height = position + 0.22 * (1 - index)
            label = name if position == 0 else None
            delay.plot([half, most], [height, height], "-", color=_COLOURS[name], linewidth=1.5)
            delay.plot([half], [height], "o", color=_COLOURS[name], markersize=5, label=label)
    delay.set_yticks(range(len(rows)), [row["title"] for row in rows])
    delay.set(xscale="log", xlabel="pairs until roll-back, median to 90th percentile")
    delay.set_xticks(_PAIRS, [f"{count:,}" for count in _PAIRS])
    delay.minorticks_off()
    delay.grid(axis="x", alpha=0.3)
    delay.legend(fontsize=8)
    return figure
