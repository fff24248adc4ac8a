"""A command of ours that a CronJob runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ScheduledJob:
    """A command of ours that runs at set times.

    Attributes:
        name: its CronJob's name begins with it, and its accounts are found by it.
        schedule: in the format of cron, UTC.
        arguments: of ``homestead``.
        requests, limits: CPU and memory.
        deadline_s: longest time that a run may take.
        starting_deadline_s: how late a run may still start.
        retries: how often a run that failed is started again.
        reads_source: whether it reads the problem's table, wherever that is.
        calls_kubernetes: whether it writes the release plan through the Kubernetes API; it then
            has a service account of its own.
        verifies: whether it verifies certificates.
        signs: whether it signs certificates, too.
        hashes: whether it logs predictions, whose sensitive values are hashed.
        account: job whose service account it has; '' for one of its own.
    """

    name: str
    schedule: str
    arguments: tuple[str, ...]
    requests: tuple[str, str]
    limits: tuple[str, str]
    deadline_s: int = 1800
    starting_deadline_s: int = 3600
    retries: int = 2
    reads_source: bool = False
    calls_kubernetes: bool = False
    verifies: bool = False
    signs: bool = False
    hashes: bool = False
    account: str = ""

    @property
    def trains(self) -> bool:
        """Whether it runs the training pipeline in its pod, and tells other trackers of it."""
        return self.name in ("train", "retrain")
