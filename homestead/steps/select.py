"""Select: choose the candidate with the best validation metric."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from homestead.errors import UserError
from homestead.files import write_bytes
from homestead.problem.model_metrics import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.training.candidate_summary import CandidateSummary, SelectedCandidate


def select_candidate(
    problem: Problem,
    summaries: Sequence[CandidateSummary],
    models: Sequence[Path],
    *,
    winner: Path,
    report: Callable[[str], None],
) -> SelectedCandidate:
    """Choose the best candidate and copy its ONNX file; of equals, the first by name.

    Args:
        models: the candidates' ONNX files, in any order: they are matched by digest, because the
            order of collected artifacts is not guaranteed.
        winner: ONNX file to write.

    Raises:
        UserError: no file has the best candidate's digest, or the metric has no value for any.
    """
    metric = MODEL_METRICS[problem.metric]
    best = min(
        summaries,
        key=lambda summary: (metric.order(summary.validation[metric.name]), summary.name),
    )
    undefined = [
        f"{summary.name}: {summary.undefined.get(metric.name, 'no value')}"
        for summary in summaries
        if summary.validation[metric.name] is None
    ]
    value = best.validation[metric.name]
    if value is None:
        raise UserError(f"no candidate has {metric.name} on validation: {'; '.join(undefined)}")
    for reason in undefined:
        report(f"not chosen, without {metric.name} on validation: {reason}")
    report(f"{best.name} with {metric.name} {value:.4f} on validation")
    contents = (path.read_bytes() for path in models)
    content = next((c for c in contents if hashlib.sha256(c).hexdigest() == best.digest), None)
    if content is None:
        raise UserError(f"no file of candidate {best.name} with digest {best.digest[:12]}")
    write_bytes(winner, content)
    return SelectedCandidate(
        **best.model_dump(),
        all_candidates={summary.name: summary.validation[metric.name] for summary in summaries},
    )
