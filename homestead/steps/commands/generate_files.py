"""Writing of generated files, so that a change of the code shows up in them as a difference."""

import re
from collections.abc import Iterator
from pathlib import Path

from homestead.files import write_text
from homestead.monitoring.generated_files import monitoring_files
from homestead.problem.json_schema import problem_schema
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.setting_values import bounds
from homestead.settings import Settings
from homestead.steps.commands.problem_objects import problem_manifests

SETTINGS_PAGE = "docs/reference/settings.md"
_TABLE = re.compile(r"(<!-- settings: made .*? -->\n).*(<!-- settings: end -->)", re.DOTALL)
_UNITS = {"s": "s", "ms": "ms", "days": "days"}
# Defaults that depend on the home, as a reader would write them.
# What defaults depend on.
_EMBEDDED = {"home": Path("$HOMESTEAD_HOME"), "log_uri": ""}


def generate_files(problem: Problem, folder: Path) -> Iterator[Path]:
    """Write every generated file but the compiled pipeline, and yield its path below ``folder``.

    These are the problem file's JSON Schema, the problem's alert rules and dashboards, and last
    its objects on a cluster; the table of settings only where ``folder`` has its page.

    Raises:
        UserError: pods cannot read the problem's source, so that it has no objects on a cluster.
    """
    texts = {
        "problems/schema.json": problem_schema(),
        **monitoring_files(problem),
    }
    page = folder / SETTINGS_PAGE
    if page.exists():
        texts[SETTINGS_PAGE] = with_settings_table(page.read_text(encoding="utf-8"))
    yield from _write(texts, folder)
    yield from _write(problem_manifests(problem, dump_problem(problem)), folder)


def _write(texts: dict[str, str], folder: Path) -> Iterator[Path]:
    for name, text in texts.items():
        write_text(folder / name, text)
        (folder / name).chmod(0o644)
        yield Path(name)


def with_settings_table(page: str) -> str:
    """Return a page with the table of settings between its two markers."""
    return _TABLE.sub(lambda match: f"{match[1]}{settings_table()}{match[2]}", page)


def settings_table() -> str:
    """Return a Markdown table of every setting: variable, default, unit, range and meaning."""
    lines = ["| variable | default | unit | range | meaning |", "|---|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data=_EMBEDDED)
        text = f"{default:g}" if isinstance(default, float) else f"`{default}`" if default else ""
        limits = bounds(field)
        cells = [
            f"`{field.validation_alias}`",
            text,
            _UNITS.get(name.rpartition("_")[2], "") if limits else "",
            f"{limits[0]:g} to {limits[1]:g}" if limits else "",
            str(field.description),
        ]
        lines.append("|" + "|".join(f" {cell} " if cell else " " for cell in cells) + "|")
    return "\n".join(lines) + "\n"
