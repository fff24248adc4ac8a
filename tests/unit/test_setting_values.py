"""Values of settings: which are allowed."""

import pytest

from homestead.setting_values import check_origins, check_web_address


@pytest.mark.parametrize(
    "origins", ["", "*", "https://a.example", "http://localhost:3000, https://[::1]:8443"]
)
def test_origins_are_written_as_browsers_send_them(origins: str) -> None:
    assert check_origins(origins) == origins


@pytest.mark.parametrize("origin", ["a.example", "https://a.example/", "https://*.example", "null"])
def test_what_is_no_origin_is_named(origin: str) -> None:
    with pytest.raises(ValueError, match=r"allowed are \* and origins like"):
        check_origins(f"https://good.example,{origin}")


def test_a_web_address_begins_with_http() -> None:
    assert check_web_address("https://mlflow.example") == "https://mlflow.example"
    with pytest.raises(ValueError, match="allowed is an address"):
        check_web_address("mlflow.example")
