"""What a request does not hold, from the online store."""

import functools
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from homestead.features.values import EntityKey, OnlineValues, ReadRequest, StoredRow
from homestead.problem.contract import Contract, ContractView
from homestead.problem.expressions.expression import Expression
from homestead.serving.errors import RefusedError

RowValues = dict[str, float]
Read = Callable[[ReadRequest], Awaitable[OnlineValues]]
# What must be given or looked up for some names, by what is there.
Lacking = Callable[..., set[str]]


class FeatureFill:
    """Looks up one contract's views for a request's rows."""

    def __init__(
        self, contract: Contract, derived: Mapping[str, Expression], lacking: Lacking, read: Read
    ) -> None:
        self._contract = contract
        self._derived = derived
        self._lacking = lacking
        self._read = read
        self._clock = contract.timestamp
        self._lacks = functools.lru_cache(1024)(lambda given: lacking(contract.features, given))
        self._views = self._in_order()

    async def look_up(self, values: list[RowValues], rows: list[dict[str, Any]]) -> Collection[str]:
        """Fill in, from the online store, what the rows do not hold.

        Everything whose key is known is read at once; a second read is for views whose key is
        derived from what the first one found.

        Returns:
            The views of which a value is older than their time to live, and served nevertheless.

        Raises:
            RefusedError: 404 for an unknown entity, 503 for values that are too old; what the
                reader raises.
        """
        done: set[tuple[int, str]] = set()
        stale: set[str] = set()
        while True:
            wanted = self._wanted(values, rows, done)
            if not wanted:
                return stale
            keys = {
                view: list(dict.fromkeys(key for _, key, _ in some if key is not None))
                for view, some in wanted.items()
            }
            found = await self._read({view: some for view, some in keys.items() if some})
            for view in self._views:
                for i, key, lacking in wanted.get(view.name, ()):
                    done.add((i, view.name))
                    kept = None if key is None else found[view.name].get(key)
                    where = _row(i, len(rows) > 1)
                    self._fill(
                        view, values[i], lacking, kept, f"{where}unknown {view.entity} {key}"
                    )
                    if kept and values[i][self._clock] - kept.at > view.ttl_days * 86400:
                        stale.add(view.name)
                        self._old(view, values[i], lacking, f"{where}{view.entity} {key}: ")

    def _wanted(
        self, values: list[RowValues], rows: list[dict[str, Any]], done: set[tuple[int, str]]
    ) -> dict[str, list[tuple[int, EntityKey | None, list[str]]]]:
        """By view: the row, its key and the features that it lacks, where the key is known."""
        wanted: dict[str, list[tuple[int, EntityKey | None, list[str]]]] = {}
        for i, found in enumerate(values):
            lacks = self._lacks(frozenset(found))
            for view in self._views:
                if (i, view.name) in done:
                    continue
                lacking = [name for name in view.features if name in lacks]
                if lacking:
                    key, known = self._key(view, found, rows[i])
                    if known:
                        wanted.setdefault(view.name, []).append((i, key, lacking))
        return wanted

    @staticmethod
    def _fill(
        view: ContractView,
        values: RowValues,
        lacking: list[str],
        kept: StoredRow | None,
        unknown: str,
    ) -> None:
        if kept is None:
            if view.missing == "refuse":
                raise RefusedError(404, "entity", unknown)
            values.update(dict.fromkeys(lacking, math.nan))
            return
        for name in lacking:
            value = kept.values.get(name)
            values[name] = math.nan if value is None else value

    @staticmethod
    def _old(view: ContractView, values: RowValues, lacking: list[str], where: str) -> None:
        if view.stale == "refuse":
            raise RefusedError(
                503,
                "stale",
                f"{where}the newest values of {view.name} are older than {view.ttl_days:g} days",
            )
        if view.stale == "null":
            values.update(dict.fromkeys(lacking, math.nan))

    def _in_order(self) -> list[ContractView]:
        """Views, those first whose features another view's key is derived from."""
        left, ordered = list(self._contract.views), []
        while left:
            for view in left:
                sources = self._lacking([view.entity], (), entities=False)
                if not any(sources & set(v.features) for v in left if v is not view):
                    break
            else:
                view = left[0]
            left.remove(view)
            ordered.append(view)
        return ordered

    def _key(
        self, view: ContractView, found: RowValues, row: dict[str, Any]
    ) -> tuple[EntityKey | None, bool]:
        """The entity to look up, None where it is null; and whether the request gives it at all."""
        entity = view.entity
        column = self._contract.columns.get(entity)
        if entity in found and column is not None and column.allowed:
            code = found[entity]
            return (None if math.isnan(code) else column.allowed[int(code)]), True
        number = self._value(entity, found)
        if number is None:
            return None, False
        if isinstance(row.get(entity), int):
            return int(row[entity]), True  # exact where a float is not
        whole = math.floor(number) if math.isfinite(number) else None
        return (whole if whole is not None and -(2**63) <= whole < 2**63 else None), True

    def _value(self, name: str, found: RowValues) -> float | None:
        """A field's value, derived if need be; None where something that it needs is missing."""
        if name not in found:
            expression = self._derived.get(name)
            if expression is None or any(self._value(n, found) is None for n in expression.names):
                return None
            found[name] = expression.evaluate_row(found)
        return found[name]


def _row(i: int, many: bool) -> str:
    return f"row {i}: " if many else ""
