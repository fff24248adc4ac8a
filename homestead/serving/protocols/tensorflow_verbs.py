"""TensorFlow's ``:classify`` and ``:regress`` and KServe's ``:explain``, beside ``:predict``."""

from collections.abc import Mapping, Sequence
from typing import Any

from homestead.problem.contract import Contract
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER
from homestead.serving.inputs.field_checks import describe_value
from homestead.serving.protocols import json_schema, tensorflow
from homestead.serving.protocols.base import (
    HeaderReader,
    MessageSchemas,
    PageKind,
    PredictionRequest,
    PredictionResponse,
    no_header,
)
from homestead.serving.protocols.json_body import decode_json_object, encode_json
from homestead.serving.protocols.tables.json_tables import parse_rows


class _Verb:
    """What the adapters of this module share."""

    NAME = tensorflow.NAME
    SERVER_PAGES: Mapping[PageKind, Any] = {}

    def __init__(self, verb: str) -> None:
        self._verb = verb

    def predict_paths(self, problem: str) -> Sequence[str]:
        """Return the paths of predictions."""
        return tensorflow.verb_paths(problem, self._verb)

    def pages(self, problem: str) -> Mapping[str, PageKind]:
        """Return no pages."""
        return {}

    def page_content(self, kind: PageKind, contract: Contract, version: str) -> Any:
        """Return no content."""

    def encode_error(self, status: int, reason: str, message: str) -> bytes:
        """Encode the body of an error response."""
        return tensorflow.encode_error(status, reason, message)


class ExamplesAdapter(_Verb):
    """``:classify`` and ``:regress``: a list of examples, and the features that they share."""

    def decode_request(self, body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
        """Decode a request's body.

        Raises:
            RefusedError: the body does not follow the protocol.
        """
        content = decode_json_object(body)
        # The names that TensorFlow's estimators give to their signatures.
        noun = {"classify": "classification", "regress": "regression"}[self._verb]
        full_name = f"tensorflow/serving/{self._verb}"
        tensorflow.check_signature(content, ("", full_name, noun, tensorflow.SIGNATURE))
        examples, context = content.get("examples"), content.get("context") or {}
        if not isinstance(context, dict):
            raise RefusedError(400, "shape", "context: allowed is an object of features")
        if not isinstance(examples, list) or not all(isinstance(row, dict) for row in examples):
            raise RefusedError(400, "shape", "examples: allowed is a list of objects")
        for i, example in enumerate(examples):
            for name in context.keys() & example.keys():
                raise RefusedError(
                    400,
                    "duplicate",
                    f"examples[{i}]: {describe_value(name)} is given in the context, too",
                )
        rows = [{**context, **example} for example in examples] if context else examples
        return PredictionRequest(*parse_rows(rows, "examples"))

    def encode_response(self, response: PredictionResponse) -> tuple[bytes, bytes]:
        """Return the body and the header lines of a response.

        Raises:
            RefusedError: a class is asked of a regression, or a number of a classification.
        """
        classes = response.contract.classes
        if bool(classes) != (self._verb == "classify"):
            verb = "classify" if classes else "regress"
            task = response.contract.task
            raise RefusedError(400, "shape", f"the model is a {task}: ask it by :{verb}")
        results = response.predictions
        if classes:
            results = [[list(pair) for pair in zip(classes, row, strict=True)] for row in results]
        content = {"results": results, "metadata": response.identification}
        if response.contributions is not None:
            content["explanations"] = _explanations(response)
        if response.bounds is not None:
            content["interval"] = response.bounds.tolist()
        return encode_json(content), JSON_HEADER

    def schemas(self, contract: Contract, example: dict[str, Any]) -> MessageSchemas:
        """Return the schemas of prediction requests and responses."""
        row = json_schema.row_schema(contract)
        properties = {
            "signature_name": {"type": "string"},
            "context": json_schema.ANY_OBJECT,
            "examples": json_schema.array_schema(row),
        }
        request = json_schema.object_schema(properties, "examples", allow_others=True)
        properties = {"results": json_schema.array_schema({}), "metadata": json_schema.ANY_OBJECT}
        response = json_schema.object_schema(properties, *properties, allow_others=True)
        return MessageSchemas(request, response, {"examples": [example]})


class ExplainAdapter(_Verb):
    """``:explain``: predictions with the contributions of their features."""

    def __init__(self) -> None:
        super().__init__("explain")

    def decode_request(self, body: bytes, header: HeaderReader = no_header) -> PredictionRequest:
        """Decode a request's body, which is that of a prediction.

        Raises:
            RefusedError: the body does not follow the protocol.
        """
        request = tensorflow.decode_request(body, header)
        request.explain = True
        return request

    def encode_response(self, response: PredictionResponse) -> tuple[bytes, bytes]:
        """Return the body and the header lines of a response."""
        labels = response.labels
        content: dict[str, Any] = {
            "predictions": response.predictions if labels is None else labels,
            "explanations": _explanations(response),
            "metadata": response.identification,
        }
        if labels is not None:
            content["probabilities"] = response.predictions
        if response.bounds is not None:
            content["interval"] = response.bounds.tolist()
        return encode_json(content), JSON_HEADER

    def schemas(self, contract: Contract, example: dict[str, Any]) -> MessageSchemas:
        """Return the schemas of prediction requests and responses."""
        prediction = tensorflow.schemas(contract, example)
        properties = {
            "predictions": json_schema.array_schema({}),
            "explanations": json_schema.array_schema(json_schema.ANY_OBJECT),
            "metadata": json_schema.ANY_OBJECT,
        }
        response = json_schema.object_schema(properties, *properties, allow_others=True)
        return prediction._replace(response=response)


def _explanations(response: PredictionResponse) -> list[dict[str, Any]]:
    """Return the contributions of each row by their names; of a class each, if there are any."""
    explanation = response.explanation
    names = explanation["names"]
    return [dict(zip(names, values, strict=True)) for values in explanation["values"]]


CLASSIFY, REGRESS, EXPLAIN = (
    ExamplesAdapter("classify"),
    ExamplesAdapter("regress"),
    ExplainAdapter(),
)
