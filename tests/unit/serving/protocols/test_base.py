"""Messages that all protocols share."""

import numpy as np

from tests.protocol_cases import class_response, response


def test_the_label_is_the_most_probable_class() -> None:
    assert class_response([[0.25, 0.75], [0.9, 0.1]]).labels == ["left", "stayed"]
    assert response([1.5]).labels is None


def test_stale_views_are_named_only_if_there_are_any() -> None:
    identification = {"prediction_id": "p-1", "model_version": "3", "digest": "d" * 64}
    assert response([1.5]).identification == identification
    stale = response([1.5], stale_views={"b", "a"}).identification
    assert stale == {**identification, "stale_features": ["a", "b"]}
    without = response([1.5], unavailable_views={"b", "a"}).identification
    assert without == {**identification, "unavailable_features": ["a", "b"]}


def test_an_explanation_names_each_contribution() -> None:
    explained = response([1.5], contributions=np.array([[1.0, 0.5]]))
    assert explained.explanation == {"names": ["area", "base"], "values": [[1.0, 0.5]]}
