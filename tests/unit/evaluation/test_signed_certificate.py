"""Signed certificates: read back as issued, and by trusted keys only."""

from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.evaluation.signed_certificate import SignedCertificate
from tests.factories import certificate, signed_certificate, slice_result
from tests.signed import KEY, OTHER_KEY, trusted


def test_a_certificate_is_read_back_as_it_was_issued(tmp_path: Path) -> None:
    issued = certificate(slices=(slice_result(value="Zürich <b>"),))
    signed = SignedCertificate.sign(issued, KEY)
    path = tmp_path / signed.file_name
    path.write_bytes(signed.envelope)
    read = SignedCertificate.read(path, trusted(KEY, OTHER_KEY))
    assert read == signed
    assert read.certificate.to_json() == issued.to_json()
    assert path.stem.removesuffix(".intoto") == read.digest
    assert SignedCertificate.sign(issued, KEY) == signed


def test_a_decision_to_keep_is_signed_too() -> None:
    kept = signed_certificate(decision="keep")
    read = SignedCertificate.from_bytes(kept.envelope, trusted(KEY), "x")
    assert read.certificate.decision == "keep"


def test_only_trusted_keys_are_believed(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="x: signed by no trusted key"):
        SignedCertificate.from_bytes(signed_certificate().envelope, trusted(OTHER_KEY), "x")
    with pytest.raises(UserError, match="no such certificate"):
        SignedCertificate.read(tmp_path / "none", trusted(KEY))
