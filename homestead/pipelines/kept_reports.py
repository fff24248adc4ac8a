"""Reports of the newest training run, kept in the home beside those of drift and releases."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from homestead.files import write_bytes
from homestead.reports.index import REPORTS_FOLDER
from homestead.reports.shelf import link_reports
from homestead.settings import Settings

TRAINING_FOLDER = "training"


def keep_training_reports(
    settings: Settings, problem: str, reports: Mapping[str, str]
) -> dict[str, str]:
    """Copy the pages of a run to the home, where they lead to each other and to other reports.

    Args:
        reports: paths on this machine by name.

    Returns:
        The paths by name, of pages those of the copies.
    """
    now = time.time()
    kept = dict(reports)
    for name, text in reports.items():
        path = Path(text)
        if path.suffix == ".html":
            copy = settings.home / REPORTS_FOLDER / problem / TRAINING_FOLDER / path.name
            write_bytes(copy, path.read_bytes())
            # Those of one run are equally new.
            os.utime(copy, (now, now))
            kept[name] = str(copy)
    link_reports(settings.home, problem)
    return kept
