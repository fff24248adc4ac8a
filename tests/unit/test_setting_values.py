"""Values of settings: which are allowed."""

import pytest

from homestead.setting_values import check_memory, check_origins, check_web_address, memory_bytes


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


@pytest.mark.parametrize(
    ("text", "size"),
    [
        *(("134217728", 2**27), ("1.5 GB", 1_500_000_000), ("256mb", 256_000_000)),
        *(("2Gi", 2**31), ("512 MiB", 2**29), ("1 TB", 10**12), ("200000 kB", 200_000_000)),
    ],
)
def test_memory_is_written_as_kubernetes_and_databases_do(text: str, size: int) -> None:
    assert check_memory(text) == text
    assert memory_bytes(text) == size


@pytest.mark.parametrize("text", ["0", "127 MB", "-1 GB", "2 PB", "50%", "GB", "1e9"])
def test_what_is_no_memory_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"found '{text}', allowed is at least 128 MB"):
        check_memory(text)
