"""Protocol-independent messages, and the functions that each protocol module provides."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np

from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError

# Returns a request's header by its name in lower case, None without it.
HeaderReader = Callable[[bytes], bytes | None]


def no_header(name: bytes) -> None:
    """Read a header of a request that has none."""


class PredictionRequest(msgspec.Struct):
    """A decoded request: either rows of named fields or a matrix of model inputs.

    Attributes:
        rows: one object per row; None if the request holds a matrix. Values are not checked yet.
        matrix: one list per row, in the order of the contract's features.
        request_id: the client's own id, if it sent one.
        explain: whether the client asks for contributions.
        response_form: which of the protocol's forms the response takes; "" is the default form.
        requested_outputs: names of the outputs that the client asks for; empty means all.
        binary_outputs: names of the outputs that it wants as bytes instead of JSON.
        returned_meta: what the response repeats, if the protocol has such metadata.
        interval: whether the client asks for prediction intervals.
    """

    rows: list[dict[str, Any]] | None
    matrix: list[list[Any]] | None = None
    request_id: str | None = None
    explain: bool = False
    response_form: str = ""
    requested_outputs: tuple[str, ...] = ()
    binary_outputs: tuple[str, ...] = ()
    returned_meta: dict[str, Any] | None = None
    interval: bool = False

    @property
    def size(self) -> int:
        """Number of rows."""
        return len((self.rows if self.rows is not None else self.matrix) or ())


class PredictionResponse(msgspec.Struct):
    """The predictions for one request, ready to be encoded.

    Attributes:
        prediction_id: unique id, under which the prediction log holds the response.
        request_id: the client's own id, if it sent one.
        model_version: version of the model that predicted.
        model_digest: SHA-256 of its ONNX file.
        predictions: one item per row: the value of a regression, or the probability of each class.
        stale_views: names of views that supplied a value older than its time to live.
        contributions: shape (rows, features + 1) or, for a classification,
            (rows, features + 1, classes). The last feature is the base value, so that the
            contributions of a row add up to its prediction. None unless requested.
        response_form: as in the request.
        requested_outputs: as in the request.
        unavailable_views: names of views whose values are null because the store could not be read.
        binary_outputs: as in the request.
        returned_meta: as in the request.
        bounds: lower and upper bound of each row's prediction interval, (rows, 2). None unless
            requested.
    """

    prediction_id: str
    request_id: str | None
    contract: Contract
    model_version: str
    model_digest: str
    predictions: list[Any]
    stale_views: Collection[str] = ()
    contributions: np.ndarray | None = None
    response_form: str = ""
    requested_outputs: tuple[str, ...] = ()
    unavailable_views: Collection[str] = ()
    binary_outputs: tuple[str, ...] = ()
    returned_meta: dict[str, Any] | None = None
    bounds: np.ndarray | None = None

    @property
    def interval_coverage(self) -> float:
        """The share of targets that the bounds are made for."""
        assert self.contract.interval is not None  # noqa: S101
        return self.contract.interval.coverage

    @property
    def labels(self) -> list[str] | None:
        """The class that is answered for each row; None for a regression.

        The most probable one, or the one that the model's decision rule chooses.
        """
        classes = self.contract.classes
        if not classes:
            return None
        if self.contract.decision is not None and self.predictions:
            codes = self.contract.decision.codes(np.array(self.predictions))
            return [classes[code] for code in codes.tolist()]
        return [classes[row.index(max(row))] for row in self.predictions]

    @property
    def identification(self) -> dict[str, Any]:
        """Ids of the prediction and its model, and views without fresh values, by their keys."""
        identification: dict[str, Any] = {
            "prediction_id": self.prediction_id,
            "model_version": self.model_version,
            "digest": self.model_digest,
        }
        if self.stale_views:
            identification["stale_features"] = sorted(self.stale_views)
        if self.unavailable_views:
            identification["unavailable_features"] = sorted(self.unavailable_views)
        return identification

    @property
    def explanation(self) -> dict[str, Any]:
        """The contributions with the names of their features, as JSON values."""
        assert self.contributions is not None  # noqa: S101
        return {
            "names": [*self.contract.features, "base"],
            "values": self.contributions.tolist(),
        }


def interval_bounds(model: Model, inputs: list[list[float]], predictions: list[Any]) -> np.ndarray:
    """Return the bounds of a regression's prediction intervals, (rows, 2).

    Args:
        inputs: the model's, by row.

    Raises:
        RefusedError: 400, the model has no intervals.
    """
    if model.contract.interval is None:
        raise RefusedError(
            400,
            "interval",
            "the model has no prediction intervals; the problem's key 'interval' makes them",
        )
    return model.bounds(np.array(inputs, dtype=float), np.array(predictions, dtype=float))


class FeedbackMessage(msgspec.Struct):
    """Ground truth or a reward that a client reports for an earlier prediction.

    Attributes:
        prediction_id: the server's id of the prediction, or the client's own id of its request;
            None if the message names neither.
        truth: the target's value or class of each row; empty if only a reward is given.
        reward: the client's own measure.
    """

    prediction_id: str | None
    truth: list[float | str]
    reward: float | None = None


class PageKind(StrEnum):
    """Kinds of pages that a protocol offers for reading; the values appear in the OpenAPI page."""

    LIVE = "live"
    READY = "ready"
    MODEL_READY = "model ready"
    SERVER = "server"
    METADATA = "metadata"
    MODELS = "models"
    STATUS = "status"
    VERSION = "version"
    SERVED = "served versions"


# Pages of plain text; the others are JSON.
TEXT_KINDS = (PageKind.VERSION,)


class MessageSchemas(NamedTuple):
    """JSON Schemas of a request and of its response, and an example of a request."""

    request: dict[str, Any]
    response: dict[str, Any]
    example: dict[str, Any]


class ProtocolAdapter(Protocol):
    """The functions that a protocol's module provides.

    Attributes:
        NAME: the protocol's name, as the documentation shows it.
        SERVER_PAGES: the pages that need no model, as JSON values.
    """

    NAME: str
    SERVER_PAGES: Mapping[PageKind, Any]

    def predict_paths(self, problem: str) -> Sequence[str]:
        """Return the paths of predictions; ``{version}`` stands for a model version."""

    def pages(self, problem: str) -> Mapping[str, PageKind]:
        """Return the kind of each page, by path; ``{version}`` stands for a model version."""

    def decode_request(self, body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
        """Decode a request's body. It keeps no state: a large body is decoded in a thread.

        Raises:
            RefusedError: the body does not follow the protocol.
        """

    def encode_response(self, response: PredictionResponse) -> tuple[bytes, bytes]:
        """Return the body of a response, and the complete header lines that tell what it is.

        Raises:
            RefusedError: the request asks for what the model does not have.
        """

    def encode_error(self, status: int, reason: str, message: str) -> bytes:
        """Encode the body of an error response."""

    def page_content(self, kind: PageKind, contract: Contract, version: str) -> Any:
        """Return a page about a model as JSON values."""

    def schemas(self, contract: Contract, example: dict[str, Any]) -> MessageSchemas:
        """Return the schemas of prediction requests and responses.

        Args:
            example: the row of the example.
        """
