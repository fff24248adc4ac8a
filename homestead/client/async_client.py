"""Client of a server, for programs with an event loop."""

import asyncio
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


class AsyncClient:
    """A server's predictions, explanations and labels, as :class:`homestead.client.client.Client`.

    It keeps its connections and belongs to one event loop. A request that fails for a reason
    that may pass (no response, 503, 429) is sent again under the same ``Idempotency-Key``, so that
    the server answers and logs it once.

    Example:
        >>> async with homestead.AsyncClient("http://localhost:9000") as client:
        ...     (await client.predict({"id": 7129300520})).value
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
        transport: httpx.AsyncBaseTransport | None = None,
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
        self._http = httpx.AsyncClient(timeout=timeout, transport=transport)

    def __repr__(self) -> str:
        return f"<AsyncClient {self.url}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @overload
    async def predict(
        self,
        data: Row,
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> Prediction: ...
    @overload
    async def predict(
        self,
        data: Sequence[Row],
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> Predictions: ...
    @overload
    async def predict(
        self,
        data: "pd.DataFrame",
        *,
        version: str | None = None,
        interval: bool = False,
        request_id: str | None = None,
    ) -> "pd.DataFrame": ...
    async def predict(
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
        result: Prediction | Predictions | pd.DataFrame = await self._run(
            self._operations.predict(data, version, interval, request_id)
        )
        return result

    @overload
    async def explain(
        self, data: Row, *, version: str | None = None, request_id: str | None = None
    ) -> Prediction: ...
    @overload
    async def explain(
        self, data: Sequence[Row], *, version: str | None = None, request_id: str | None = None
    ) -> Predictions: ...
    @overload
    async def explain(
        self, data: "pd.DataFrame", *, version: str | None = None, request_id: str | None = None
    ) -> "pd.DataFrame": ...
    async def explain(
        self,
        data: "Row | Sequence[Row] | pd.DataFrame",
        *,
        version: str | None = None,
        request_id: str | None = None,
    ) -> "Prediction | Predictions | pd.DataFrame":
        """Predict, and say what each feature adds to each prediction.

        See :meth:`homestead.client.client.Client.explain`.
        """
        result: Prediction | Predictions | pd.DataFrame = await self._run(
            self._operations.explain(data, version, request_id)
        )
        return result

    async def label(self, of: Any, truth: Any) -> list[LabelResult]:
        """Say what became true after predictions.

        See :meth:`homestead.client.client.Client.label`.
        """
        return await self._run(self._operations.label(of, truth))

    async def models(self) -> list[ServedModel]:
        """Return the served versions, the champion first."""
        return await self._run(self._operations.models())

    async def ready(self) -> bool:
        """Return whether the server answers and has a model."""
        return await self._run(self._operations.ready())

    async def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Wait until the server answers and has a model.

        Args:
            timeout: in seconds.

        Raises:
            UnavailableError: it did not become ready in time.
        """
        await self._run(self._operations.wait_until_ready(timeout))

    async def _run(self, steps: Steps[T]) -> T:
        outcome: Outcome = None
        try:
            while True:
                step = steps.send(outcome)
                outcome = await self._do(step)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _do(self, step: Call | Pause) -> Outcome:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._http.request(
                step.method, step.url, content=step.content, headers=step.all_headers
            )
        except httpx.TransportError as error:
            return error
