"""A scoring job: what is asked for, and by what a rerun recognises the parts of an earlier run."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Literal

FeatureTime = Literal["online", "point-in-time"]
PART_ROWS = 50_000
# What a part holds; another form makes other names.
_FORM = 1


@dataclass(frozen=True)
class ScoringOptions:
    """What a user may choose.

    Attributes:
        features: stored features that rows lack: the newest of the online store, or those that
            were known at each row's time.
        is_logged: whether the prediction log gets the rows.
        keep: columns of the source that the result holds beside key and timestamp.
        part_rows: rows that are scored and committed together.
        workers: processes, or tasks of Spark at the same time; None for one for each CPU that the
            process, or Spark's executors, may use. The result does not depend on their number.
    """

    features: FeatureTime = "online"
    is_logged: bool = False
    keep: tuple[str, ...] = ()
    part_rows: int = PART_ROWS
    workers: int | None = None


def job_id(
    options: ScoringOptions, *, data_hash: str, digest: str, target: str, features_hash: str
) -> str:
    """Return the id of a job: the same for the same rows, model, features and options.

    Args:
        data_hash: SHA-256 of the source's bytes.
        digest: SHA-256 of the model's file.
        target: where the result goes.
        features_hash: of what features of past times are computed from; '' for the online store.
    """
    parts = asdict(options) | {
        "workers": 0,  # they do not change the result
        "data": data_hash,
        "digest": digest,
        "target": target,
        "past": features_hash,
        "form": _FORM,
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]
