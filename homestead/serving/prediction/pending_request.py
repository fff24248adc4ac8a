"""A decoded request that waits for its response."""

import msgspec

from homestead.serving.http.application import Responder
from homestead.serving.http.request import Client
from homestead.serving.protocols.base import PredictionRequest, ProtocolAdapter


class PendingRequest(msgspec.Struct, frozen=True):
    """A request, and what is needed to respond to it.

    Attributes:
        respond: sends the response; to be called once.
        received_at: seconds since 1970; the time of rows without a timestamp.
        started_at: the same moment on the clock that measures durations, in seconds.
        client: whether it is still there.
        prediction_id: of a request that may be sent again; None for a new one.
    """

    adapter: ProtocolAdapter
    request: PredictionRequest
    respond: Responder
    received_at: float
    started_at: float
    client: Client
    prediction_id: str | None = None
