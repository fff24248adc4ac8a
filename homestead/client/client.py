"""Client of a server, for programs that wait for its answers."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

import httpx

from homestead.client.batches import Row
from homestead.client.exchange import Call, Outcome, Pause, RetryPolicy, Steps
from homestead.client.operations import Operations, Server
from homestead.client.results import LabelResult, Prediction, Predictions, ServedModel

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")


class Client:
    """A server's predictions, explanations and labels.

    It keeps its connections and may be used from several threads. A request that fails for a reason
    that may pass (no response, 503, 429) is sent again under the same ``Idempotency-Key``, so that
    the server answers and logs it once.

    Example:
        >>> with homestead.Client("http://localhost:9000") as client:
        ...     client.predict({"id": 7129300520}).value
        214631.8
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        labels_url: str | None = None,
        labels_token: str | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Prepare to call a server; nothing is sent yet.

        Args:
            url: of the server, such as ``http://localhost:9000``.
            token: sent as ``Authorization: Bearer``: that of feedback, or of a gateway in front.
            timeout: of each attempt, in seconds.
            retries: how often a request is sent again at most.
            labels_url: of the port of labels, such as ``http://localhost:9003``; without it,
                :meth:`label` sends feedback to the server.
            labels_token: of that port; the same as ``token`` unless it is given.
            transport: of httpx, for a Unix socket or a proxy.
        """
        self.url = url.rstrip("/")
        self._operations = Operations(
            Server(self.url, token),
            None if labels_url is None else Server(labels_url.rstrip("/"), labels_token or token),
            RetryPolicy(retries),
        )
        self._http = httpx.Client(timeout=timeout, transport=transport)

    def __repr__(self) -> str:
        return f"<Client {self.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @overload
    def predict(
        self,
        data: Row,
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> Prediction: ...
    @overload
    def predict(
        self,
        data: Sequence[Row],
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> Predictions: ...
    @overload
    def predict(
        self,
        data: "pd.DataFrame",
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> "pd.DataFrame": ...
    def predict(
        self,
        data: "Row | Sequence[Row] | pd.DataFrame",
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> "Prediction | Predictions | pd.DataFrame":
        """Predict a row, rows or a frame; many rows are sent in several requests.

        A row holds columns, features that a view stores, or any mix, such as the key alone; the
        server looks up and derives the rest.

        Args:
            data: a mapping of fields, a list of such rows, or a frame (rows, fields), whose index
                is not sent.
            version: the model version that must answer; otherwise the release plan decides.
            interval: also return the prediction interval of each row.
            request_id: names the request in the prediction log, and is the same for a request that
                is to count once; a new one each time unless it is given.

        Returns:
            A prediction for a row, a sequence of them for a list; for a frame, a frame with its
            index and the columns ``prediction``, ``probability_<class>``, ``low`` and ``high``,
            ``prediction_id``, ``row`` and ``model_version``.

        Raises:
            InvalidRequestError: names the row and the field.
            ServerError: or another kind of it, see :mod:`homestead.client.errors`.

        Example:
            >>> client.predict([{"id": 7129300520}, {"id": 6414100192}]).values
            [214631.8, 541202.3]
            >>> client.predict(houses[["id"]])["prediction"]
        """
        result: Prediction | Predictions | pd.DataFrame = self._run(
            self._operations.predict(data, version, interval, request_id)
        )
        return result

    @overload
    def explain(
        self, data: Row, *, version: str | None = None, request_id: str | None = None
    ) -> Prediction: ...
    @overload
    def explain(
        self, data: Sequence[Row], *, version: str | None = None, request_id: str | None = None
    ) -> Predictions: ...
    @overload
    def explain(
        self, data: "pd.DataFrame", *, version: str | None = None, request_id: str | None = None
    ) -> "pd.DataFrame": ...
    def explain(
        self,
        data: "Row | Sequence[Row] | pd.DataFrame",
        *,
        version: str | None = None,
        request_id: str | None = None,
    ) -> "Prediction | Predictions | pd.DataFrame":
        """Predict, and say what each feature adds to each prediction.

        Args:
            data, version, request_id: as in :meth:`predict`.

        Returns:
            Predictions whose ``contributions`` are set; for a frame, the contributions (rows,
            features + 1) with its index, of a classification by class and feature.

        Raises:
            InvalidRequestError: as :meth:`predict`; also: the model has no contributions.

        Example:
            >>> client.explain({"id": 7129300520}).contributions["sqft_living"]
            -41210.7
        """
        result: Prediction | Predictions | pd.DataFrame = self._run(
            self._operations.explain(data, version, request_id)
        )
        return result

    def label(self, of: Any, truth: Any) -> list[LabelResult]:
        """Say what became true after predictions; the same label may be sent again.

        Args:
            of: a prediction or its id, several of them, or the frame that :meth:`predict` returned.
            truth: the outcome; of several predictions a list, an array or a series of as many.

        Returns:
            What became of each label. As feedback it is only known to be ``sent``.

        Raises:
            UnauthorizedError: the server, or its port of labels, wants another token.
            InvalidRequestError: an outcome is not one of the target's.

        Example:
            >>> prediction = client.predict({"id": 7129300520})
            >>> client.label(prediction, 221900)
            [LabelResult(status='sent', ...)]
        """
        return self._run(self._operations.label(of, truth))

    def models(self) -> list[ServedModel]:
        """Return the served versions, the champion first.

        Example:
            >>> [(model.version, model.role) for model in client.models()]
            [('3', 'champion'), ('4', 'challenger')]
        """
        return self._run(self._operations.models())

    def ready(self) -> bool:
        """Return whether the server answers and has a model."""
        return self._run(self._operations.ready())

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Wait until the server answers and has a model.

        Args:
            timeout: in seconds.

        Raises:
            UnavailableError: it did not become ready in time.
        """
        self._run(self._operations.wait_until_ready(timeout))

    def _run(self, steps: Steps[T]) -> T:
        outcome: Outcome = None
        try:
            while True:
                step = steps.send(outcome)
                outcome = self._do(step)
        except StopIteration as end:
            result: T = end.value
            return result

    def _do(self, step: Call | Pause) -> Outcome:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._http.request(
                step.method, step.url, content=step.content, headers=step.all_headers
            )
        except httpx.TransportError as error:
            return error
