"""Gate component: the decision of a certificate that a trusted key has signed, nothing else."""

from pathlib import Path

import pytest

from homestead.components.gate.component import gate
from homestead.evaluation.signed_certificate import SignedCertificate
from homestead.signing.key_files import open_signing_key
from tests.components import TrainedHome, run_locally
from tests.conftest import settings_at
from tests.factories import certificate, signed_certificate


def test_the_function_answers_with_the_decision(home: TrainedHome, tmp_path: Path) -> None:
    assert home.parameter("gate") is True
    kept = tmp_path / "certificate"
    key = open_signing_key(settings_at(home.home))
    issued = certificate(decision="keep")
    kept.write_bytes(SignedCertificate.sign(issued, key).envelope)
    with home.environment():
        assert gate.python_func(home.handle("evaluate", "certificate", kept)) is False


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (certificate().to_json().encode(), "payload: Field required"),
        (signed_certificate().envelope, "signed by no trusted key: found key fd110d301d2f077d"),
    ],
    ids=["unsigned", "another key"],
)
def test_what_no_trusted_key_has_signed_is_refused(
    home: TrainedHome,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes,
    expected: str,
) -> None:
    path = tmp_path / "certificate"
    path.write_bytes(content)
    with home.environment(), pytest.raises(SystemExit):
        gate.python_func(home.handle("evaluate", "certificate", path))
    assert expected in capsys.readouterr().out.splitlines()[-1]


def test_the_local_runner_gives_the_decision(home: TrainedHome, tmp_path: Path) -> None:
    inputs = {"certificate": home.artifact("evaluate", "certificate")}
    with home.environment():
        assert run_locally(gate, tmp_path, {}, inputs).parameters == {"Output": True}
