"""The machine that figures were measured on, as their reports name it."""

import platform
from typing import Any

from homestead.threads import cpu_limit


def described_machine(load: float) -> dict[str, Any]:
    """Return cores, Python and processor, and the load average before the run."""
    return {
        "cores": cpu_limit(),
        "load_before": round(load, 2),
        "python": platform.python_version(),
        "processor": platform.machine(),
    }
