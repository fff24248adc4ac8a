"""Submitting the compiled pipeline to Kubeflow Pipelines."""

from homestead.errors import UserError
from homestead.problem import Problem, dump_problem
from pipelines.compile import COMPILED

LARGEST = 60_000  # bytes that a parameter may hold on the backend


def submit(problem: Problem, host: str, seed: int = 0) -> str:
    """Submit a run; returns its id.

    Raises:
        UserError: the problem is too large for a parameter, or the API does not answer.
    """
    from kfp import Client

    text = dump_problem(problem)
    size = len(text.encode())
    if size > LARGEST:
        raise UserError(f"problem {problem.name}: {size} bytes, a parameter may hold {LARGEST}")
    try:
        client = Client(host=host)
        run = client.create_run_from_pipeline_package(
            str(COMPILED),
            arguments={"problem": text, "seed": seed},
            run_name=f"{problem.name}-training",
            experiment_name=problem.name,
        )
    except Exception as error:
        # The generated client has no common error for refused, unreachable and unauthorised.
        raise UserError(f"{host}: Kubeflow Pipelines refused the run: {error}") from None
    return str(run.run_id)
