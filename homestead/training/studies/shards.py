"""Tasks of a pipeline's loop over candidates: a long search is shared by several of them."""

from homestead.problem.schema import Problem
from homestead.training.studies.plan import BATCH_TRIALS, RANDOM_TRIALS, search_plan

_MARK = "/"


def training_tasks(problem: Problem, shards: int) -> list[str]:
    """Return the tasks that train the candidates: their names, once for each that searches little.

    Others get ``name``, ``name/2``, …: the first one searches with them and fits the model, the
    rest only run trials of the study that they share.

    Args:
        shards: how many tasks share a search of more than ten trials, at most as many as are
            proposed at once.
    """
    tasks: list[str] = []
    for name, candidate in problem.candidates.items():
        tasks.append(name)
        plan = search_plan(candidate, seed=0)
        if plan is not None and plan.trials > RANDOM_TRIALS:
            tasks += [f"{name}{_MARK}{n}" for n in range(2, min(shards, BATCH_TRIALS) + 1)]
    return tasks


def parse_task(task: str) -> tuple[str, bool]:
    """Return a task's candidate, and whether it only runs trials."""
    candidate, mark, _ = task.partition(_MARK)
    return candidate, bool(mark)
