"""The champion in Python: predictions, explanations and its papers, as a server has them."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from homestead.api.inputs import FrameInputs, refusals_of_frame
from homestead.api.locations import problem_of, settings_of
from homestead.api.page import Page
from homestead.drafting.drafted_problem import DraftedProblem
from homestead.errors import NoChampionError, RefusedRowsError, UserError
from homestead.evaluation.certificate import Certificate
from homestead.model.answers import answered_values
from homestead.model.onnx_model import Model, read_model
from homestead.names import MODEL_CARD_FILE
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.serving.models.batcher import predict_rows
from homestead.settings import Settings
from homestead.steps.releases.certificates import verify_version
from homestead.tracking import registry, runs

if TYPE_CHECKING:
    from homestead.api.locations import ProblemLike

_PART_ROWS = 10_000
_FILE_ENDINGS = (".yaml", ".yml")


class Champion:
    """A problem's champion, loaded from the registry; see :func:`homestead.load_champion`.

    Answers have the same bits as those of a server for the same rows. Nothing is logged. It may be
    used after a fork, and from several threads.

    Attributes:
        problem: the problem's name.
        version: the registered version, such as ``"3"``.
        digest: SHA-256 of the ONNX file, in hex.
        certificate: the promotion certificate, whose signature was verified: metrics with their
            intervals, the champion that it replaced, slices and limits.
        contract: columns, views and derived columns that a row may hold, and their types.
    """

    def __init__(
        self, model: Model, version: ModelVersion, certificate: Certificate, settings: Settings
    ) -> None:
        self.problem: str = model.contract.problem
        self.version: str = version.version
        self.digest: str = model.digest
        self.certificate: Certificate = certificate
        self.contract: Contract = model.contract
        self._model = model
        self._settings = settings
        self._inputs = FrameInputs(model.contract, settings)

    def __repr__(self) -> str:
        return f"<Champion {self.problem} version {self.version} ({self.digest[:12]})>"

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """Predict rows.

        A row holds columns, features that a view stores, derived columns, or any mix, such as the
        key alone; what it lacks is looked up in the online store or derived. A level of the index
        that has a field's name is a field. The target is left out, and so is, with a warning, a
        column that the model does not know.

        Args:
            frame: (rows, …); missing values are NaN, None or NaT.

        Returns:
            (rows,) with the frame's index and the target's name: the values of a regression, in
            the target's unit, or the answered classes of a classification.

        Raises:
            RefusedRowsError: names the row and the field: what a server would refuse.
            UserError: not a frame, or a column occurs twice.

        Example:
            >>> champion = homestead.load_champion("house_price")
            >>> champion.predict(pd.DataFrame({"id": [7129300520]}))
            0    214631.8
            Name: price, dtype: float64
        """
        _, predictions = self._predicted(frame)
        values, labels = answered_values(self.contract, predictions)
        answers = labels if self.contract.classes else values
        return pd.Series(answers, index=frame.index, name=self.contract.target)

    def predict_proba(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of each class, (rows, classes), with the frame's index.

        Args:
            frame: as in :meth:`predict`.

        Raises:
            UserError: the model is a regression, or as :meth:`predict`.

        Example:
            >>> homestead.load_champion("churn").predict_proba(customers)["yes"]
        """
        if not self.contract.classes:
            raise UserError(f"{self.problem}: a regression has no probabilities of classes")
        _, predictions = self._predicted(frame)
        return pd.DataFrame(predictions, index=frame.index, columns=list(self.contract.classes))

    def predict_interval(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return predictions with their intervals, in the target's unit.

        Args:
            frame: as in :meth:`predict`.

        Returns:
            (rows, 3) with the frame's index: the target's name, ``low`` and ``high``. The
            coverage is that of the problem's key ``interval``.

        Raises:
            UserError: the model has no intervals, or as :meth:`predict`.

        Example:
            >>> homestead.load_champion("rents").predict_interval(flats)["high"]
        """
        if self.contract.interval is None:
            raise UserError(
                f"{self.problem}: version {self.version} has no prediction intervals; the"
                " problem's key 'interval' makes them"
            )
        inputs, predictions = self._predicted(frame)
        bounds = self._model.bounds(inputs, predictions) if len(inputs) else np.empty((0, 2))
        table = {self.contract.target: predictions, "low": bounds[:, 0], "high": bounds[:, 1]}
        return pd.DataFrame(table, index=frame.index)

    def explain(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to each prediction.

        Args:
            frame: as in :meth:`predict`.

        Returns:
            (rows, features + 1) with the frame's index, in the target's unit. The last column,
            ``base``, is the prediction if nothing is known; a row adds up to its prediction. Of a
            classification the columns are pairs of class and feature, in shares of probability.

        Raises:
            RefusedRowsError: as :meth:`predict`, or the model's file holds no data for it.
            UserError: not a frame, or a column occurs twice.

        Example:
            >>> champion.explain(sales.head(1)).T.sort_values(0, key=abs)
        """
        from homestead.model.explain import load_explainer

        inputs = self._resolved(frame)
        try:
            explainer = load_explainer(self._model)
        except ValueError as error:
            raise RefusedRowsError(f"version {self.version}: {error}", "explain") from None
        names = [*self.contract.features, "base"]
        classes = self.contract.classes
        shape = (0, len(names), len(classes)) if classes else (0, len(names))
        parts = [explainer.contributions(inputs[rows]) for rows in _parts(len(inputs))]
        contributions = np.concatenate([np.empty(shape), *parts])
        if not classes:
            return pd.DataFrame(contributions, index=frame.index, columns=names)
        columns = pd.MultiIndex.from_product([classes, names], names=["class", "feature"])
        by_class = contributions.transpose(0, 2, 1).reshape(len(contributions), len(columns))
        return pd.DataFrame(by_class, index=frame.index, columns=columns)

    @property
    def card(self) -> Page:
        """The model card, an HTML page that a notebook shows; ``card.write("card.html")``.

        Raises:
            UserError: it cannot be read from MLflow.
        """
        mlflow = runs.open_client(self._settings)
        run_id = registry.version_run_id(mlflow, self.problem, self.version)
        html = runs.read_text(mlflow, run_id, MODEL_CARD_FILE)
        return Page(f"Model card of {self.problem}, version {self.version}", html)

    def _resolved(self, frame: pd.DataFrame) -> np.ndarray:
        return self._inputs.resolve(frame)

    def _predicted(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the model's inputs and its predictions."""
        inputs = self._inputs.resolve(frame)
        classes = self.contract.classes
        predictions = [np.empty((0, len(classes)) if classes else (0,))]
        for rows in _parts(len(inputs)):
            with refusals_of_frame(rows.start, len(inputs)):
                predictions.append(np.array(predict_rows(self._model, inputs[rows].tolist())))
        return inputs, np.concatenate(predictions)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from homestead.reports.notebook.champion import champion_html

        return champion_html(self.certificate, self.version, self.digest, self.contract)


def load_champion(problem: ProblemLike, *, home: str | os.PathLike[str] | None = None) -> Champion:
    """Load a problem's champion from the registry, after its certificate was verified.

    Args:
        problem: the problem's name, or a problem, a draft, or the path of a problem file.
        home: folder of the local state; by default ``HOMESTEAD_HOME``, or ``.homestead``.

    Raises:
        NoChampionError: nothing was promoted yet.
        UserError: its certificate is not signed by a trusted key, or its file is another one.

    Example:
        >>> champion = homestead.load_champion("house_price")
        >>> champion.version
        '1'
    """
    settings, name = settings_of(home), _name_of(problem)
    mlflow = runs.open_existing(settings)
    version = None if mlflow is None else registry.champion(mlflow, name)
    if version is None:
        place = settings.home if settings.has_own_registry else settings.tracking_uri
        raise NoChampionError(
            f"{name}: found no champion in {place}; homestead.train makes one", name
        )
    signed = verify_version(settings, name, version, None)
    model = read_model(version.uri, version.digest)
    certificate = Certificate.from_json(json.dumps(signed.predicate), str(version.certificate))
    return Champion(model, version, certificate, settings)


def _name_of(problem: ProblemLike) -> str:
    """Return a problem's name, whose file is read only if a file is named."""
    if isinstance(problem, Problem | DraftedProblem):
        return problem.name
    if isinstance(problem, str) and not problem.endswith(_FILE_ENDINGS):
        return problem
    return problem_of(problem).name


def _parts(rows: int) -> list[slice]:
    return [slice(start, start + _PART_ROWS) for start in range(0, rows, _PART_ROWS)]
