"""Places that may hold a step's result: the run's own, and the cache that earlier runs filled."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from homestead.components.reuse.store import StepResult, StepStore
from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS

# Of each step and problem, or candidate: two tables that are trained on in turn stay.
_KEPT_RESULTS = 3


@dataclass(frozen=True)
class ResultPlaces:
    """Stores of a step's result, each with the result's key there.

    Attributes:
        stores: by the variable of the local runner that names the folder.
        what: what an earlier run has in common with this one if its result is the same.
    """

    stores: dict[str, tuple[StepStore, str]] = field(default_factory=dict)
    what: str = "data, rules and code"

    def add(self, variable: str, key: str) -> None:
        """Add the store that a variable names, if it is set."""
        if folder := os.environ.get(variable):
            self.stores[variable] = (StepStore(Path(folder)), key)

    def restore(self, outputs: Mapping[str, Path]) -> tuple[StepResult, str] | None:
        """Put a kept result's files where they are wanted.

        Args:
            outputs: paths to write, by the artifact's name.

        Returns:
            The result, and a line of progress that says where it is from; None if no store has it.
        """
        for variable, (store, key) in self.stores.items():
            if result := store.restore(key, outputs):
                # A later attempt of this run finds it where the run's own are.
                if variable == DATA_CACHE and FINISHED_STEPS in self.stores:
                    own, own_key = self.stores[FINISHED_STEPS]
                    own.keep(own_key, outputs, result.value, result.metadata)
                return result, self._taken_over(variable, result)
        return None

    def keep(
        self,
        outputs: Mapping[str, Path],
        value: Any,
        metadata: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Keep a result in each store; arguments as of :meth:`StepStore.keep`."""
        for variable, (store, key) in self.stores.items():
            store.keep(key, outputs, value, metadata)
            if variable == DATA_CACHE:
                store.prune(key.rpartition("-")[0], _KEPT_RESULTS)

    def _taken_over(self, variable: str, result: StepResult) -> str:
        at = datetime.fromtimestamp(result.at).astimezone().strftime("%Y-%m-%d %H:%M")
        if variable == DATA_CACHE:
            return f"the same {self.what} as at {at}: nothing to do (--no-cache does it again)"
        return f"finished at {at}, in an earlier attempt of this run"
