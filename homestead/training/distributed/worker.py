"""One of the workers that fit a booster together: a task of a Spark barrier stage.

The workers find each other through the stage's ``allGather`` and then talk over LightGBM's own
sockets, as in LightGBM's "Distributed Learning Guide". Spark starts them at the same time and ends
all when one ends.
"""

import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

# Minutes until a worker gives up that cannot reach another one; LightGBM's own are 120.
_CONNECT_MIN: Final = 2
# Until a worker without its peers reports that itself; the cause's own report takes milliseconds.
_PEER_REPORTS_S: Final = 10
# Of the table that a fit returns, in Spark's notation.
MODEL_SCHEMA: Final = "model string"


@dataclass(frozen=True)
class FitPlan:
    """What each worker needs beside its rows.

    Attributes:
        params: LightGBM's.
        rounds: number of boosting rounds.
        features: number of columns.
        categorical: columns with codes of categories.
        is_weighted: whether rows have weights.
    """

    params: dict[str, Any]
    rounds: int
    features: int
    categorical: tuple[int, ...]
    is_weighted: bool

    def fit(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Fit with the other workers of the stage; the first one returns the model as text.

        Args:
            batches: blocks of rows, with their number among all (see :func:`blocks`).

        Raises:
            LightGBMError: another worker cannot be reached, or values are refused.
        """
        import lightgbm
        from pyspark import BarrierTaskContext

        X, y, weights = self._rows(batches)
        context = BarrierTaskContext.get()
        rank = context.partitionId()
        own = socket.gethostbyname(context.getTaskInfos()[rank].address.rpartition(":")[0])
        port = _free_port()
        machines = context.allGather(f"{own}:{port}")
        network = {
            "machines": ",".join(machines),
            "num_machines": len(machines),
            "local_listen_port": port,
            "time_out": _CONNECT_MIN,
        }
        data = lightgbm.Dataset(
            X,
            y,
            weight=weights,
            categorical_feature=list(self.categorical),
            params=dict(self.params),
        )
        try:
            booster = lightgbm.train({**self.params, **network}, data, self.rounds)
        except lightgbm.basic.LightGBMError as error:
            # Spark reports the task that ends first and ends the others. A lost connection follows
            # from what happened to another worker, which is what the user should read.
            if str(error).startswith("Socket "):
                time.sleep(_PEER_REPORTS_S)
            raise
        if rank == 0:
            yield pa.RecordBatch.from_pydict({"model": [booster.model_to_string()]})

    def _rows(
        self, batches: Iterable[pa.RecordBatch]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """Return this worker's rows in the order of their blocks."""
        found = [row for batch in batches for row in batch.to_pylist()]
        found.sort(key=lambda row: int(row["block"]))
        X = np.concatenate([np.frombuffer(row["x"]) for row in found]).reshape(-1, self.features)
        y = np.concatenate([np.frombuffer(row["y"]) for row in found])
        if not self.is_weighted:
            return X, y, None
        return X, y, np.concatenate([np.frombuffer(row["weight"]) for row in found])


def blocks(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, workers: int, block_bytes: int
) -> pa.Table:
    """Return rows as blocks of bytes, each with its worker: the bits arrive as they are.

    Rows are dealt out in turns. Each worker makes the bins of its share of the columns from its own
    rows, and those of a time alone would be a poor sample.

    Args:
        X: (rows, features) float64.
        y: (rows,).
        weights: (rows,) or None.
        block_bytes: size of a block, about.
    """
    columns: dict[str, list[Any]] = {"worker": [], "block": [], "x": [], "y": [], "weight": []}
    rows_per_block = max(1, block_bytes // (8 * (X.shape[1] + 2)))
    for worker in range(workers):
        own = np.arange(worker, len(X), workers)
        for block, start in enumerate(range(0, len(own), rows_per_block)):
            rows = own[start : start + rows_per_block]
            columns["worker"].append(worker)
            columns["block"].append(block)
            columns["x"].append(np.ascontiguousarray(X[rows], dtype=np.float64).tobytes())
            columns["y"].append(np.asarray(y[rows], dtype=np.float64).tobytes())
            columns["weight"].append(
                b"" if weights is None else np.asarray(weights[rows], dtype=np.float64).tobytes()
            )
    types = {"worker": pa.int32(), "block": pa.int32()}
    return pa.table(
        {name: pa.array(v, types.get(name, pa.binary())) for name, v in columns.items()}
    )


def _free_port() -> int:
    """Return a port that nobody listens on; LightGBM opens it a moment later."""
    with socket.socket() as found:
        found.bind(("", 0))
        return int(found.getsockname()[1])
