"""Report of the scale benchmark: JSON with the targets, tables and a plot."""

import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.scale.step import BASELINE, INGEST, OURS, SPARK, TRAIN, TRAINING_SET

RESULTS = Path(__file__).parent / "results"
WAY = f"{INGEST} to {TRAINING_SET}"
# Rows, seconds and MB of the way, on two cores and 24 GB.
_LIMITS = ((1_000_000, 30.0, 2000.0), (10_000_000, 300.0, 4000.0))
# Linear, but for the logarithm of sorting and what noise adds.
_MOST_GROWTH = 1.1
# Below it a step's imports and start take more time than its rows.
_GROWTH_FROM = 1_000_000
_COLOURS = {OURS: "tab:blue", SPARK: "tab:green", BASELINE: "tab:orange"}
Figures = list[dict[str, Any]]


def write_report(figures: Figures, machine: dict[str, Any], folder: Path) -> str:
    """Write ``scale.json``, ``.md`` and ``.png``, and return the Markdown.

    What was measured before and not again stays, with the machine of its own run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "scale.json"
    former = json.loads(file.read_text(encoding="utf-8"))["figures"] if file.exists() else []
    measured = [figure | {"machine": machine} for figure in figures]
    by_name = {(f["system"], f["rows"], f["step"]): f for f in (*former, *measured)}
    figures = sorted(by_name.values(), key=lambda f: (f["rows"], f["system"], f["step"]))
    found = {"targets": targets(figures), "growth": growth(figures), "figures": figures}
    file.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = table_text(figures)
    (folder / "scale.md").write_text(text, encoding="utf-8")
    plot(figures, folder / "scale.png")
    return text


def whole_way(figures: Figures, system: str) -> dict[int, tuple[float, float]]:
    """Return by rows the seconds of both steps together, and the larger peak in MB."""
    ways: dict[int, tuple[float, float]] = {}
    for rows in sorted({figure["rows"] for figure in figures}):
        both = [
            f
            for f in figures
            if (f["system"], f["rows"]) == (system, rows) and f["step"] in (INGEST, TRAINING_SET)
        ]
        if len(both) == 2:
            ways[rows] = sum(f["seconds"] for f in both), max(f["peak_mb"] for f in both)
    return ways


def growth(figures: Figures) -> list[dict[str, Any]]:
    """Return the exponent of seconds in rows between neighbouring sizes; 1 is linear."""
    ways = whole_way(figures, OURS)
    sizes = list(ways)
    return [
        {
            "from": low,
            "to": high,
            "exponent": math.log(ways[high][0] / ways[low][0]) / math.log(high / low),
        }
        for low, high in itertools.pairwise(sizes)
    ]


def targets(figures: Figures) -> list[dict[str, Any]]:
    """Return each target whose size was measured: name, limit, measured and unit."""
    ways, found = whole_way(figures, OURS), []
    for rows, seconds, megabytes in _LIMITS:
        if rows in ways:
            name = f"{rows:,} rows, {WAY}"
            for measured, limit, unit in zip(
                ways[rows], (seconds, megabytes), ("s", "MB"), strict=True
            ):
                what = "time" if unit == "s" else "peak memory"
                found.append(_target(f"{name}: {what}", limit, measured, unit))
    for step in growth(figures):
        if step["from"] >= _GROWTH_FROM:
            name = f"growth of time from {step['from']:,} to {step['to']:,} rows"
            found.append(_target(name, _MOST_GROWTH, step["exponent"], "exponent"))
    return found


def _target(name: str, limit: float, measured: float, unit: str) -> dict[str, Any]:
    return {"name": name, "limit": limit, "measured": round(measured, 3), "unit": unit}


def table_text(figures: Figures) -> str:
    """Return the figures and the targets as Markdown."""
    by_text = {json.dumps(f["machine"], sort_keys=True): f["machine"] for f in figures}
    lines = ["| rows | system | step | s | peak, MB | CPU, s |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {f['rows']:,} | {f['system']} | {f['step']} | {f['seconds']:.1f} |"
        f" {f['peak_mb']:,.0f} | {f['cpu_s']:.1f} |"
        for f in figures
    ]
    if found := targets(figures):
        lines += ["", "| target | limit | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {t['name']} | {t['limit']:g} {t['unit']} | {t['measured']:.4g} {t['unit']} |"
        f" {'met' if t['measured'] <= t['limit'] else '**not met**'} |"
        for t in found
    ]
    lines += ["", "Growth of the time with the rows (1 is linear):", ""]
    lines += [f"- {g['from']:,} to {g['to']:,}: {g['exponent']:.2f}" for g in growth(figures)]
    lines += ["", "Measured on:", "", *(f"- {_described(machine)}" for machine in by_text.values())]
    return "\n".join(lines) + "\n"


def _described(machine: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    return (
        f"{machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, Python"
        f" {machine['python']}, {libraries}; load average before the run"
        f" {machine['load_before']}"
    )


def plot(figures: Figures, path: Path) -> None:
    """Draw seconds and peak memory by rows, both axes logarithmic, with the limits."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    picture, axes = plt.subplots(1, 2, figsize=(11, 4.5), constrained_layout=True)
    for place, (axis, unit) in enumerate(
        zip(axes, ("seconds", "peak memory of one step, MB"), strict=True)
    ):
        for system, colour in _COLOURS.items():
            ways = whole_way(figures, system)
            if ways:
                values = [way[place] for way in ways.values()]
                axis.plot(list(ways), values, "o-", color=colour, label=f"{system}: {WAY}")
            trained = [f for f in figures if (f["system"], f["step"]) == (system, TRAIN)]
            if trained:
                sizes = [f["rows"] for f in trained]
                values = [f[("seconds", "peak_mb")[place]] for f in trained]
                axis.plot(sizes, values, "s:", color=colour, label=f"{system}: {TRAIN}")
        limits: Sequence[tuple[int, float]] = [(n[0], n[1 + place]) for n in _LIMITS]
        axis.plot(*zip(*limits, strict=True), "_", color="tab:red", markersize=22, label="target")
        axis.set(xscale="log", yscale="log", xlabel="rows", ylabel=unit)
        axis.grid(alpha=0.3, which="both")
    axes[0].legend(loc="upper left", fontsize=8)
    picture.savefig(path, dpi=110)
    plt.close(picture)
