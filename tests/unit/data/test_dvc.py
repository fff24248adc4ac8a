"""References to versions that are refused before DVC looks; the rest is an integration test."""

from pathlib import Path

import pytest

from homestead.data.dvc import add_to_dvc, read_dvc_version
from homestead.errors import UserError


@pytest.mark.parametrize(
    "uri", ["dvc://repo/data/flats.csv", "dvc://repo@first", "dvc://@first/a.csv", "dvc://repo@/a"]
)
def test_a_malformed_reference_is_refused(uri: str) -> None:
    with pytest.raises(UserError) as error:
        read_dvc_version(uri)
    assert str(error.value) == f"{uri}: allowed is dvc://<repo>@<revision>/<path>"


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"cannot read a\.csv at revision v1 of {tmp_path}"):
        read_dvc_version(f"dvc://{tmp_path}@v1/a.csv")


def test_a_file_that_does_not_exist_is_not_added(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.csv: no such file"):
        add_to_dvc(tmp_path / "nothing.csv")
