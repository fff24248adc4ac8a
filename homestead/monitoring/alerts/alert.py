"""An alert as a rule of Prometheus, and texts that alerts share."""

from dataclasses import dataclass, field
from typing import Any, Literal

# Folder of the runbooks; with the project's address in front of it they become links.
RUNBOOK_FOLDER = "docs/runbooks"
# Templates that Prometheus fills in.
VALUE_AS_DURATION = "{{ $value | humanizeDuration }}"
MODEL = "{{ $labels.model }}"

Severity = Literal["critical", "warning"]


@dataclass(frozen=True)
class Alert:
    """One alert.

    Attributes:
        name: also the name of its runbook.
        severity: critical pages somebody at once; warning can wait for the next working day.
        expression: PromQL; each resulting series is one firing alert.
        summary: one sentence, the same for every value.
        description: values and limits.
        hold: how long the expression must hold before the alert fires, a Prometheus duration.
        labels: labels beside the severity.
    """

    name: str
    severity: Severity
    expression: str
    summary: str
    description: str
    hold: str = "0m"
    labels: dict[str, str] = field(default_factory=dict)

    def rule(self) -> dict[str, Any]:
        """Return the alert as an item of a rule file."""
        return {
            "alert": self.name,
            "expr": self.expression,
            **({} if self.hold == "0m" else {"for": self.hold}),
            "labels": {"severity": self.severity, **self.labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{RUNBOOK_FOLDER}/{self.name}.md",
            },
        }


def percentage(share: float) -> str:
    """Return a share as text: ``99.9%`` of 0.999."""
    return f"{share * 100:.10g}%"
