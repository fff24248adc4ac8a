"""Paths of the server."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from homestead.serving.app import App


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/models/house_price/infer", 405),
        ("/v2/models/house-price/infer", 405),
        ("/v1/models/house-price:predict", 405),
        ("/v2/models/house-prices-/infer", 404),
    ],
)
def test_a_model_answers_to_its_name_on_kubernetes_too(path: str, status: int) -> None:
    """Seldon's executor asks by the container's name, which cannot have an underscore."""
    app = App(cast(Any, SimpleNamespace(problem="house_price", champion=None)), cast(Any, None))
    statuses: list[int] = []
    app(b"GET", path.encode(), b"", lambda status, content, headers=b"": statuses.append(status))
    assert statuses == [status]
