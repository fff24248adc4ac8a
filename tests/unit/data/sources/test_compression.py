"""Compressed files."""

import gzip

import pyarrow as pa
import pytest

from homestead.data.sources.compression import decompress
from homestead.errors import UserError

TEXT = "id,name\n1,Zoë\n"


def test_gzip_and_zstandard_are_told_by_their_first_bytes() -> None:
    plain = TEXT.encode()
    members = gzip.compress(plain[:5]) + gzip.compress(plain[5:])
    zstd = pa.compress(plain, "zstd", asbytes=True)
    assert [decompress(c, "t.csv") for c in (plain, gzip.compress(plain), members, zstd)] == (
        [plain] * 4
    )


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_a_file_that_is_cut_off_is_named(kind: str) -> None:
    content = pa.compress(TEXT.encode() * 1000, kind, asbytes=True)
    with pytest.raises(UserError, match=f"t.csv.gz: not a complete {kind} file"):
        decompress(content[: len(content) // 2], "t.csv.gz")
