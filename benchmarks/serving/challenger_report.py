"""The plans whose cost is measured, and ``results/challenger.json`` and ``.md``."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.serving.measure import Round, summarize
from benchmarks.serving.report import MAX_LOAD_AVERAGE, RESULTS
from homestead.files import write_text

_HEAD = (
    "| scenario | plan | requests/s (min to max) | p50 ms | p99 ms | CPU µs | requests/s, ratio"
    " | CPU, ratio |\n|---|---|---|---|---|---|---|---|"
)


class Plan(NamedTuple):
    """A release plan to measure; the first one measured is what the others are compared with.

    Attributes:
        title: what it is, for the table.
        traffic_share: share of the requests that the challenger answers; None for no challenger.
        paired_share: share of the requests that both models predict.
    """

    name: str
    title: str
    traffic_share: float | None = None
    paired_share: float = 0.0


PLANS = (
    Plan("alone", "no challenger"),
    Plan("split", "challenger answers half, no pairs", 0.5),
    Plan("shadow", "shadow: challenger answers none, every request paired", 0.0, 1.0),
    Plan("canary", "challenger answers half, a tenth paired", 0.5, 0.1),
)


def compare_plans(measured: Iterable[list[Round]]) -> dict[str, dict[str, float]]:
    """Return each plan's medians, and its ratios to the first plan.

    A ratio is the median of those of rounds that ran one after the other.
    """
    plans = dict(zip((plan.name for plan in PLANS), measured, strict=True))
    alone = plans[PLANS[0].name]

    def ratio(rounds: list[Round], figure: str) -> float:
        pairs = zip(rounds, alone, strict=True)
        each = (getattr(one, figure) / max(getattr(base, figure), 0.1) for one, base in pairs)
        return round(float(median(each)), 3)

    return {
        name: {
            **summarize(rounds),
            "rps_ratio": ratio(rounds, "rps"),
            "cpu_ratio": ratio(rounds, "cpu_us"),
        }
        for name, rounds in plans.items()
    }


def served_shares(metrics: str) -> dict[str, float]:
    """Return what a server says that it did: shares of challenger and pairs, and failures.

    Args:
        metrics: its metrics as text.
    """

    def total(pattern: str) -> float:
        found = re.findall(rf"^homestead_release_{pattern} (\S+)$", metrics, re.MULTILINE)
        return sum(map(float, found))

    challenger = total(r'requests_total\{[^}]*"challenger"[^}]*\}')
    requests = total(r"requests_total\{[^}]*\}")
    pairs = total(r"pairs_total\{[^}]*\}")
    return {
        "challenger_share": round(challenger / max(requests, 1), 3),
        "pair_share": round(pairs / max(requests, 1), 3),
        "failures": total(r"failures_total\{[^}]*\}"),
    }


def write(figures: dict[str, Any], folder: Path = RESULTS) -> str:
    """Write figures and table; return the table."""
    text = _markdown(figures)
    write_text(folder / "challenger.json", json.dumps(figures, indent=2) + "\n")
    write_text(folder / "challenger.md", text)
    return text


def _markdown(figures: dict[str, Any]) -> str:
    """Return the report as Markdown."""
    lines = [
        "# What a challenger costs a request",
        "",
        "Made by `make bench-challenger`, commit "
        + figures["commit"]
        + ". "
        + ", ".join(f"{name}: {value}" for name, value in figures["machine"].items())
        + f", load average before: {figures['load_before']}",
        "",
        f"Medians of {figures['rounds']} rounds of {figures['seconds']:g} s, which alternate"
        " between the plans. Champion and challenger are one model, loaded twice. Ratios are to the"
        " server without a challenger, medians of those of rounds in turn. CPU is the time of all"
        " the server's processes a request, with its prediction log; other work on the machine"
        " changes it little.",
        "",
    ]
    if figures["load_before"] > MAX_LOAD_AVERAGE:
        lines += ["**Not alone: other work ran on the machine. Only ratios of CPU say much.**", ""]
    lines += [_HEAD]
    for scenario, plans in figures["scenarios"].items():
        for name, f in plans.items():
            lines.append(
                f"| {scenario} | {figures['plans'][name]['title']} | {f['rps']:,.0f}"
                f" ({f['rps_min']:,.0f} to {f['rps_max']:,.0f}) | {f['p50_us'] / 1000:.2f}"
                f" | {f['p99_us'] / 1000:.2f} | {f['cpu_us']:,.0f} | {f['rps_ratio']:.3f}"
                f" | {f['cpu_ratio']:.3f} |"
            )
    lines += ["", "| plan | answered by the challenger | paired | failures |", "|---|---|---|---|"]
    for plan in figures["plans"].values():
        shares = f"{plan['challenger_share']:.1%} | {plan['pair_share']:.1%}"
        lines.append(f"| {plan['title']} | {shares} | {plan['failures']:.0f} |")
    return "\n".join(lines) + "\n"
