"""Choose the candidate that did best on validation."""

from kfp.dsl import Input, Model, Output

from homestead.components.image import component


@component
def select(
    problem: str,
    summaries: list,
    models: Input[list[Model]],
    winner: Output[Model],
) -> str:
    """The winner's ONNX file and its summary."""
    import hashlib
    import json
    from pathlib import Path

    from homestead.errors import UserError
    from homestead.files import write_bytes
    from homestead.problem.loader import parse_problem
    from homestead.problem.model_metrics import MODEL_METRICS
    from homestead.steps.progress import report_step

    with report_step("select") as say:
        metric = parse_problem(problem).metric
        found = [json.loads(text) for text in summaries]
        best = min(
            found,
            key=lambda one: (MODEL_METRICS[metric].loss(one["validation"][metric]), one["name"]),
        )
        say(f"{best['name']} with {metric} {best['validation'][metric]:.4f} on validation")
        # The order of collected artifacts is nobody's promise; a digest is.
        files = (Path(model.path).read_bytes() for model in models)
        content = next((c for c in files if hashlib.sha256(c).hexdigest() == best["digest"]), None)
        if content is None:
            raise UserError(
                f"no file of candidate {best['name']} with digest {best['digest'][:12]}"
            )
        write_bytes(Path(winner.path), content)
    return json.dumps({**best, "all": {one["name"]: one["validation"][metric] for one in found}})
