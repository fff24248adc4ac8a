"""``:classify``, ``:regress`` and ``:explain``: examples, results, and the wrong task."""

import numpy as np
import pytest

from homestead.serving.errors import RefusedError
from homestead.serving.protocols.base import ProtocolAdapter
from homestead.serving.protocols.tensorflow_verbs import CLASSIFY, EXPLAIN, REGRESS
from tests.protocol_cases import class_response, encode, encoded, response


def test_examples_share_the_features_of_their_context() -> None:
    body = encode({"context": {"kind": "flat"}, "examples": [{"area": 80}, {"area": [90]}]})
    expected = [{"kind": "flat", "area": 80}, {"kind": "flat", "area": 90}]
    assert CLASSIFY.decode_request(body).rows == expected


@pytest.mark.parametrize(
    ("verb", "signature"),
    [
        (REGRESS, "tensorflow/serving/regress"),
        (REGRESS, "regression"),
        (CLASSIFY, "classification"),
        (CLASSIFY, "serving_default"),
        (CLASSIFY, ""),
    ],
)
def test_a_signature_has_one_of_tensorflows_names(verb: ProtocolAdapter, signature: str) -> None:
    body = encode({"signature_name": signature, "examples": [{"area": 80}]})
    assert verb.decode_request(body).rows == [{"area": 80}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "examples: allowed is a list of objects"),
        ({"examples": [[1]]}, "examples: allowed is a list of objects"),
        ({"examples": [], "context": [1]}, "context: allowed is an object"),
        (
            {"examples": [{"b": 1}, {"a": 1}], "context": {"a": 1}},
            "examples[1]: 'a' is given in the context, too",
        ),
        ({"examples": [], "signature_name": "f"}, "signature_name: found 'f'"),
    ],
)
def test_examples_that_break_the_protocol_are_refused(content: object, message: str) -> None:
    with pytest.raises(RefusedError) as error:
        REGRESS.decode_request(encode(content))
    assert (error.value.status, message in str(error.value)) == (400, True)


def test_results_are_numbers_or_pairs_of_class_and_score() -> None:
    assert encoded(REGRESS, response([1.5, 2.5]))["results"] == [1.5, 2.5]
    content = encoded(CLASSIFY, class_response([[0.25, 0.75]]))
    assert content["results"] == [[["stayed", 0.25], ["left", 0.75]]]
    assert content["metadata"]["prediction_id"] == "p-1"


def test_the_wrong_task_is_refused() -> None:
    with pytest.raises(RefusedError, match="the model is a regression: ask it by :regress"):
        CLASSIFY.encode_response(response([1.5]))
    with pytest.raises(RefusedError, match="the model is a classification: ask it by :classify"):
        REGRESS.encode_response(class_response([[0.25, 0.75]]))


def test_explanations_name_the_features() -> None:
    request = EXPLAIN.decode_request(encode({"instances": [{"area": 80}]}))
    assert (request.explain, request.rows) == (True, [{"area": 80}])
    content = encoded(EXPLAIN, response([1.5], contributions=np.array([[1.0, 0.5]])))
    assert content["predictions"] == [1.5]
    assert content["explanations"] == [{"area": 1.0, "base": 0.5}]
    by_class = np.array([[[0.1, -0.1], [0.2, 0.8]]])
    content = encoded(EXPLAIN, class_response([[0.3, 0.7]], contributions=by_class))
    assert (content["predictions"], content["probabilities"]) == (["left"], [[0.3, 0.7]])
    assert content["explanations"] == [{"area": [0.1, -0.1], "base": [0.2, 0.8]}]
