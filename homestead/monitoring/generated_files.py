"""The generated files: path and text. ``homestead compile`` writes them."""

import json
from typing import Any

import yaml

from homestead.monitoring.alerts import alerts
from homestead.monitoring.dashboards import dashboards
from homestead.monitoring.rules import recording_rules
from homestead.names import object_name
from homestead.problem.schema import Problem

FOLDER = "manifests/base/monitoring"
_HEADER = (
    "# Made by `homestead compile`; change homestead/monitoring/ or the problem's objectives.\n"
)


def monitoring_files(problem: Problem) -> dict[str, str]:
    """Rules and dashboards of a problem.

    Returns:
        Text by path, relative to the project: ``rules.yaml`` for a plain Prometheus,
        ``prometheusrule.yaml`` with the same groups for the Prometheus Operator, and one JSON a
        Grafana dashboard. The same problem gives the same bytes.
    """
    groups = rule_groups(problem)
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": f"homestead-{object_name(problem.name)}",
            "labels": {"app.kubernetes.io/part-of": "homestead"},
        },
        "spec": {"groups": groups},
    }
    return {
        f"{FOLDER}/rules.yaml": _yaml({"groups": groups}),
        f"{FOLDER}/prometheusrule.yaml": _yaml(resource),
        **{
            f"{FOLDER}/dashboards/{name}.json": json.dumps(dashboard, indent=2) + "\n"
            for name, dashboard in dashboards().items()
        },
    }


def rule_groups(problem: Problem) -> list[dict[str, Any]]:
    """The rule groups of a problem: what is recorded, and the alerts."""
    return [
        {"name": f"homestead.{problem.name}.burnrates", "rules": recording_rules(problem)},
        {
            "name": f"homestead.{problem.name}.alerts",
            "rules": [alert.rule() for alert in alerts(problem)],
        },
    ]


class _Dumper(yaml.SafeDumper):
    """No anchors: both groups of a pair may share a value."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _yaml(content: Any) -> str:
    text = yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True)
    return _HEADER + text
