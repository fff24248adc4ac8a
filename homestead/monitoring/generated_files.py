"""Generated files of monitoring, which ``homestead compile`` writes: rules and dashboards."""

import json
from typing import Any

from homestead.files import yaml_text
from homestead.monitoring.alerts.all_alerts import problem_alerts
from homestead.monitoring.burn_rates import recording_rules
from homestead.monitoring.dashboards.all_dashboards import dashboards
from homestead.names import derived_name, manifest_folder
from homestead.problem.schema import Problem

MANIFEST_FOLDER = "manifests/base/monitoring"
_HEADER = (
    "# Made by `homestead compile`; change homestead/monitoring/ or the problem's objectives.\n"
)


def monitoring_files(problem: Problem) -> dict[str, str]:
    """Return the rules of a problem for a plain Prometheus, and the dashboards of every problem.

    Returns:
        Text by path in the project: ``rules.yaml`` in the problem's folder, and one JSON file for
        each Grafana dashboard.
        The same problem gives the same bytes.
    """
    folder = manifest_folder(problem.name, MANIFEST_FOLDER)
    return {
        f"{folder}/rules.yaml": _HEADER + yaml_text({"groups": rule_groups(problem)}),
        **{
            f"{MANIFEST_FOLDER}/dashboards/{name}.json": json.dumps(dashboard, indent=2) + "\n"
            for name, dashboard in dashboards().items()
        },
    }


def prometheus_rule(problem: Problem) -> dict[str, Any]:
    """Return the same rules as an object of the Prometheus Operator."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": derived_name("homestead-", problem.name)},
        "spec": {"groups": rule_groups(problem)},
    }


def rule_groups(problem: Problem) -> list[dict[str, Any]]:
    """Return the rule groups of a problem: burn rates and alerts."""
    return [
        {"name": f"homestead.{problem.name}.burnrates", "rules": recording_rules(problem)},
        {
            "name": f"homestead.{problem.name}.alerts",
            "rules": [alert.rule() for alert in problem_alerts(problem)],
        },
    ]
