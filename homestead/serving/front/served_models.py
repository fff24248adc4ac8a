"""What a server serves, as one document: the problem's target and fields, and the versions."""

from typing import Any

from homestead.names import CHALLENGER, CHAMPION
from homestead.serving.models.rollout import ServedModels


def served_document(served: ServedModels) -> dict[str, Any]:
    """Return the champion's contract in short, and each served version with its share.

    Raises:
        RefusedError: 503, nothing is served yet.
    """
    contract = served.require_champion().contract
    stored = [name for view in contract.views for name in view.features]
    shares = {CHAMPION: 1 - served.traffic_share, CHALLENGER: served.traffic_share}
    versions = [
        {"version": model.version, "role": role, "digest": model.digest, "share": shares[role]}
        for role, model in ((CHAMPION, served.champion), (CHALLENGER, served.challenger))
        if model is not None
    ]
    if served.challenger is None:
        versions[0]["share"] = 1.0
    return {
        "name": contract.problem,
        "task": contract.task,
        "target": contract.target,
        "unit": contract.target_unit,
        "classes": list(contract.classes),
        "key": list(contract.key_columns),
        "fields": list(dict.fromkeys([*contract.columns, *stored, *contract.derived])),
        "versions": versions,
    }
