"""Report of the figures as JSON, Markdown and a plot."""

import json
import os
import platform
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.serving.systems import SYSTEMS

RESULTS = Path(__file__).parent / "results"
FIGURES = RESULTS / "serving.json"
OURS = "homestead"
# Our speed in a scenario is to be at least this multiple of another system's.
TARGETS = {
    "mlserver full@16": 8.0,
    "mlflow full@16": 15.0,
    "floor full@16": 0.35,
    "feast key-redis@16": 5.0,
}
Speed = Callable[[dict[str, Any]], float]
# Server and load generator use one core each; a higher load average means other work on them.
MAX_LOAD_AVERAGE = 2.5
_STARTS = [
    "| system | ready after, s | memory, MB | commit | load before |",
    "|---|---|---|---|---|",
]


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    cpu = (
        Path("/proc/cpuinfo")
        .read_text(encoding="utf-8")
        .partition("model name")[2]
        .split("\n")[0]
        .strip("\t :")
    )
    memory = int(Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]) / 2**20
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "kernel": platform.release(),
        "python": platform.python_version(),
        "onnxruntime": version("onnxruntime"),
        "load generator": "wrk, one thread on the other core",
    }


def commit() -> str:
    """Return the commit, marked if the tree has other changes than to the results."""

    def git(*command: str) -> str:
        done = subprocess.run(["git", *command], capture_output=True, encoding="utf-8", check=True)
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", ":/", f":(exclude){FIGURES.parent}")
    return git("rev-parse", "--short=12", "HEAD") + ("-dirty" if changed else "")


def ratios(systems: dict[str, Any], speed: Speed) -> dict[str, dict[str, float]]:
    """Return our speed divided by each peer's, by peer and scenario."""
    by_peer: dict[str, dict[str, float]] = {}
    ours = {
        name: speed(figures)
        for system in (OURS, f"{OURS}-sqlite")
        for name, figures in systems.get(system, {}).get("scenarios", {}).items()
    }
    for peer, one in systems.items():
        if peer.startswith(OURS):
            continue
        by_peer[peer] = {
            name: round(ours[name] / speed(figures), 2)
            for name, figures in one["scenarios"].items()
            if name in ours and figures["rps"]  # none answered in time, if 0
        }
    return by_peer


def write(figures: dict[str, Any]) -> str:
    """Write figures, table and plot; return the table."""
    order = [system.name for system in SYSTEMS]
    measured = sorted(figures["systems"].items(), key=lambda one: order.index(one[0]))
    figures["systems"] = dict(measured)
    figures["ratios"] = ratios(figures["systems"], lambda one: float(one["rps"]))
    figures["cpu_ratios"] = ratios(figures["systems"], lambda one: 1e6 / max(one["cpu_us"], 1.0))
    RESULTS.mkdir(exist_ok=True)
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    text = _markdown(figures)
    (RESULTS / "serving.md").write_text(text, encoding="utf-8")
    _plot(figures["systems"], RESULTS / "serving.svg")
    return text


def _markdown(figures: dict[str, Any]) -> str:
    lines = [
        "# Serving: one core, one model",
        "",
        "Made by `make bench-serving`. "
        + ", ".join(f"{n}: {v}" for n, v in figures["machine"].items()),
        "",
        f"Medians of {figures['rounds']} rounds of {figures['seconds']:.0f} s. `full`: one row with"
        " all features (Homestead gets named fields, checks them and derives from them; peers get"
        " the model's inputs); `matrix`: Homestead gets the model's inputs by V2; `key`: the key"
        " alone, looked up; `batch-n`: n rows a request. `@n`: connections. Ratio: Homestead's"
        " requests a second over that system's; CPU: time of all the server's processes a request,"
        " and its ratio, which other work on the machine changes little.",
        "",
        *_warning(figures["systems"]),
        "| system | scenario | requests/s (min to max) | p50 ms | p99 ms | CPU µs | failed"
        " | ratio | CPU ratio |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    ratios_by_peer = figures["ratios"]
    for name, one in figures["systems"].items():
        for scenario, f in one["scenarios"].items():
            ratio = ratios_by_peer.get(name, {}).get(scenario)
            cpu = figures["cpu_ratios"].get(name, {}).get(scenario)
            lines.append(
                f"| {one['title']} | {scenario} | {f['rps']:,.0f}"
                f" ({f['rps_min']:,.0f} to {f['rps_max']:,.0f}) | {f['p50_us'] / 1000:.2f}"
                f" | {f['p99_us'] / 1000:.2f} | {f['cpu_us']:,.0f} | {f['failed']}"
                f" | {'' if ratio is None else f'{ratio:.2f}'}"
                f" | {'' if cpu is None else f'{cpu:.2f}'} |"
            )
    lines += ["", *_STARTS]
    for one in figures["systems"].values():
        starts = ", ".join(f"{kind} {seconds:.2f}" for kind, seconds in one["start_s"].items())
        where = f"{one['commit']} | {one['load_before']}"
        lines.append(f"| {one['title']} | {starts} | {one['memory_mb']} | {where} |")
    lines += ["", "| target | found | |", "|---|---|---|"]
    for target, least in TARGETS.items():
        peer, scenario = target.split()
        value = ratios_by_peer.get(peer, {}).get(scenario)
        verdict = "not measured" if value is None else "met" if value >= least else "missed"
        text = "" if value is None else f"{value:.2f}"
        lines.append(f"| {scenario} at least {least:g} times {peer} | {text} | {verdict} |")
    lines += _own_targets(figures["systems"])
    return "\n".join(lines) + "\n"


def _warning(systems: dict[str, Any]) -> list[str]:
    loads = [one["load_before"] for one in systems.values()]
    if max(loads) <= MAX_LOAD_AVERAGE:
        return []
    text = (
        "**Not alone: other work ran on the machine (load average"
        f" {min(loads):.0f} to {max(loads):.0f} on {os.cpu_count()} cores). Requests a second,"
        " latencies, start-up and the targets below say little; run it again on a quiet machine.**"
    )
    return [text, ""]


def _own_targets(systems: dict[str, Any]) -> list[str]:
    ours = systems.get(OURS)
    if not ours:
        return []
    p99 = ours["scenarios"]["full@1"]["p99_us"] / 1000
    full, key = ours["start_s"].get("full"), ours["start_s"].get("key-redis")
    rows = [
        ("p99 of full@1 under 1 ms", p99, p99 < 1),
        ("full features in under 1 s after start", full, full is not None and full < 1),
        ("key alone in under 6 s after start", key, key is not None and key < 6),
    ]
    return [
        f"| {n} | {v:.2f} | {'met' if ok else 'missed'} |" for n, v, ok in rows if v is not None
    ]


def _plot(systems: dict[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    # Without it every run would give other ids.
    matplotlib.rcParams["svg.hashsalt"] = "homestead"
    from matplotlib import pyplot as plt

    bars = []
    for one in systems.values():
        for scenario, figures in one["scenarios"].items():
            kind, _, connections = scenario.partition("@")
            if connections == "16":
                label = one["title"] if kind == "full" else f"{one['title']}: {kind}"
                bars.append((figures["rps"], label, one["title"].startswith("Homestead")))
    bars.sort()
    figure, axes = plt.subplots(figsize=(8, 0.38 * len(bars) + 1.2), layout="constrained")
    colours = ["#1f6f8b" if ours else "#b8c4cc" for _, _, ours in bars]
    drawn = axes.barh([label for _, label, _ in bars], [rps for rps, _, _ in bars], color=colours)
    axes.bar_label(drawn, [f"{rps:,.0f}" for rps, _, _ in bars], padding=4, fontsize=9)
    axes.set_xscale("log")
    axes.set_xlim(right=max(rps for rps, _, _ in bars) * 2.5)
    axes.set_xlabel("requests per second on one core, 16 connections (log scale)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
