"""Pages that the server offers for reading: health, metadata and documentation."""

from collections.abc import Sequence

from homestead.problem.contract import Contract
from homestead.serving.docs_page import docs_page
from homestead.serving.errors import RefusedError
from homestead.serving.front.example_row import ExampleRow, Row
from homestead.serving.front.home_page import home_page
from homestead.serving.front.served_models import served_document
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.models.manager import ModelManager
from homestead.serving.openapi import openapi_document
from homestead.serving.protocols.base import TEXT_KINDS, PageKind, ProtocolAdapter
from homestead.serving.protocols.json_body import encode_json

_READINESS_KINDS = (PageKind.READY, PageKind.MODEL_READY, PageKind.STATUS)


class Pages:
    """Content of the pages of one problem's server.

    All methods return encoded content, and raise RefusedError with status 503 while there is
    nothing to show, or 404 for a model version that is not served.
    """

    def __init__(
        self,
        models: ModelManager,
        adapters: Sequence[ProtocolAdapter],
        example: ExampleRow,
        metrics_port: int | None = None,
    ) -> None:
        self._models = models
        self._adapters = adapters
        self._example = example
        self._metrics_port = metrics_port
        # Made once for each contract and its example.
        self._documented: tuple[Contract, Row] | None = None
        self._openapi = self._docs = b""

    def protocol_page(
        self, adapter: ProtocolAdapter, kind: PageKind, version: str | None, is_draining: bool
    ) -> bytes:
        """Return a page of a protocol, of the champion unless a version is named.

        A server that waits for its first model is live.
        """
        if kind in adapter.SERVER_PAGES:
            content = adapter.SERVER_PAGES[kind]
            return str(content).encode() if kind in TEXT_KINDS else encode_json(content)
        if kind in _READINESS_KINDS:
            if is_draining:
                raise RefusedError(503, "draining", "about to stop")
            if not self._models.is_ready:
                message = "the model or the feature store is not there yet"
                raise RefusedError(503, "model", message)
        if kind == PageKind.SERVED:
            return encode_json(served_document(self._models.served))
        model = self._champion() if version is None else self._version(version)
        return encode_json(adapter.page_content(kind, model.contract, model.version))

    def openapi(self) -> bytes:
        """Return the OpenAPI document of the champion's contract."""
        self._update_documents()
        return self._openapi

    def home(self) -> bytes:
        """Return the first page of a server, as HTML.

        Raises:
            RefusedError: 503, nothing is served yet.
        """
        document = served_document(self._models.served)
        contract = self._champion().contract
        return home_page(document, contract, self._example.row(contract), self._metrics_port)

    def docs(self) -> bytes:
        """Return the same document as an HTML page."""
        self._update_documents()
        return self._docs

    def _update_documents(self) -> None:
        contract = self._champion().contract
        row = self._example.row(contract)
        if self._documented != (contract, row):
            document = openapi_document(contract, self._adapters, row)
            self._openapi, self._docs = encode_json(document), docs_page(document)
            self._documented = (contract, row)

    def _champion(self) -> LoadedModel:
        return self._models.served.require_champion()

    def _version(self, version: str) -> LoadedModel:
        self._champion()
        return self._models.served.with_version(version)
