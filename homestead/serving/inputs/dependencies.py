"""Dependencies between the values of a contract: what follows from what a request holds.

A value is a column or a feature that a view stores, both given by a request or looked up, or a
derived column. A derived column depends on the names in its expression; a stored feature depends on
its view's entity, by which it is looked up, and an entity may itself be derived or stored in
another view.
"""

import functools
from collections.abc import Collection, Iterable

from homestead.problem.contract import Contract, ContractView
from homestead.problem.expressions.text_codes import compile_derived

RowValues = dict[str, float]
# Sets of fields that requests hold, of which answers are kept.
_CACHE_SIZE = 1024


class DependencyGraph:
    """The dependencies of one contract's values.

    Attributes:
        expressions: the expression of each derived column, in the order of computation.
        used_expressions: those of them that the model's inputs depend on.
        required: columns and stored features that the model's inputs depend on. A row that holds
            them all needs no look-up.
        views: the contract's views, ordered so that a view comes after those that store what its
            entity is derived from.
    """

    def __init__(self, contract: Contract) -> None:
        self._features = contract.features
        self._view_of = {name: view for view in contract.views for name in view.features}
        self.expressions = compile_derived(contract.derived, contract.columns)
        reachable = self._reachable(contract.features)
        self.required = frozenset(reachable - self.expressions.keys())
        self.used_expressions = {n: e for n, e in self.expressions.items() if n in reachable}
        self.views = self._ordered_views(contract.views)
        # Most requests of a client hold the same fields.
        self.missing_by_view = functools.lru_cache(_CACHE_SIZE)(self._missing_by_view)

    def missing_inputs(self, present: Collection[str]) -> set[str]:
        """Return the columns and stored features without which the model's inputs are incomplete.

        Args:
            present: names of the values that a row holds.
        """
        return self._sources(self._features, present)

    def _missing_by_view(
        self, present: frozenset[str]
    ) -> tuple[tuple[ContractView, tuple[str, ...]], ...]:
        """Return the views to read for a row, in order, with the features that it lacks.

        Features that only determine the entity of another look-up are included.

        Args:
            present: names of the values that the row holds.
        """
        missing = (
            self._reachable(self._features, present, through_entities=True)
            - self.expressions.keys()
        )
        by_view = (
            (view, tuple(name for name in view.features if name in missing)) for view in self.views
        )
        return tuple((view, features) for view, features in by_view if features)

    def entity_sources(self, features: Iterable[str]) -> list[list[str]]:
        """Return what features could be looked up by.

        Returns:
            For each entity whose views store one of them, the columns that determine the entity.
        """
        views = (self._view_of.get(name) for name in features)
        entities = dict.fromkeys(view.entity for view in views if view)
        return [sorted(self._sources([entity])) for entity in entities]

    def derive(self, name: str, values: RowValues) -> float | None:
        """Return a value of a row, computed from others if necessary.

        Args:
            values: the row's values; computed ones are added.

        Returns:
            None if a value that it depends on is missing.
        """
        if name not in values:
            expression = self.expressions.get(name)
            if expression is None or any(self.derive(n, values) is None for n in expression.names):
                return None
            values[name] = expression.evaluate_row(values)
        return values[name]

    def _sources(self, names: Iterable[str], present: Collection[str] = ()) -> set[str]:
        """Return the columns and stored features that values are computed from."""
        return self._reachable(names, present) - self.expressions.keys()

    def _reachable(
        self, names: Iterable[str], present: Collection[str] = (), through_entities: bool = False
    ) -> set[str]:
        """Return the values that others depend on, and these themselves, but for present ones.

        Args:
            present: values that are known, so that theirs are not needed.
            through_entities: whether stored features count as dependent on their view's entity.
        """
        visited, pending = set(present), list(names)
        reachable = set()
        while pending:
            name = pending.pop()
            if name in visited:
                continue
            visited.add(name)
            reachable.add(name)
            if name in self.expressions:
                pending.extend(self.expressions[name].names)
            elif through_entities and name in self._view_of:
                pending.append(self._view_of[name].entity)
        return reachable

    def _ordered_views(self, views: Iterable[ContractView]) -> tuple[ContractView, ...]:
        remaining, ordered = list(views), []
        while remaining:
            for view in remaining:
                sources = self._sources([view.entity])
                others = (other for other in remaining if other is not view)
                if not any(sources.intersection(other.features) for other in others):
                    break
            else:  # each depends on another: any order does
                view = remaining[0]
            remaining.remove(view)
            ordered.append(view)
        return tuple(ordered)
