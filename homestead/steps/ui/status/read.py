"""State of every problem of a home, read by the readers of the page: what `status` shows."""

from homestead.setting_values import mask_passwords
from homestead.steps.ui.page import BOXES, BoxReader
from homestead.steps.ui.problems import problem_names
from homestead.steps.ui.readings import explain
from homestead.steps.ui.sources import Sources
from homestead.steps.ui.status.log import read_log
from homestead.ui.status import HomeStatus, ProblemStatus
from homestead.ui.views.box import Box

_PAGE_KEYS = (
    *("models", "release", "jobs", "drift", "performance", "labels", "retraining"),
    *("servers", "alerts"),
)
_LOG = BoxReader("log", "Prediction log", read_log)


def read_status(sources: Sources) -> HomeStatus:
    """Return what is known of each problem; a part that cannot be read says why."""
    readers = {reader.key: reader for reader in (*BOXES, _LOG)}
    keys = [*_PAGE_KEYS, _LOG.key]
    return HomeStatus(
        home=str(sources.settings.home),
        database=mask_passwords(sources.settings.database_url),
        registry=mask_passwords(sources.settings.tracking_uri),
        read_at=sources.clock(),
        problems=[
            ProblemStatus(
                name,
                *_metric(sources, name),
                {key: _read(sources, name, readers[key]) for key in keys},
            )
            for name in problem_names(sources)
        ],
    )


def _read(sources: Sources, problem: str, reader: BoxReader) -> Box:
    try:
        content = reader.read(sources, problem)
    except Exception as error:
        # Each source has its own errors; one that is away hides nothing of the others.
        return Box(reader.key, reader.title, error=explain(error), read_at=sources.clock())
    return Box(reader.key, reader.title, content, read_at=sources.clock())


def _metric(sources: Sources, name: str) -> tuple[str, str]:
    """Return the problem's metric and the target's unit; '' for what cannot be read."""
    try:
        problem = sources.problem(name)
    except Exception:
        # MLflow's stores have errors of their own, which the boxes tell.
        return "", ""
    return problem.metric, problem.columns[problem.target].unit
