"""Evidence of a release."""

from homestead.release.evidence import Evidence, PairedPrediction


def test_evidence_is_a_value_and_empty_at_first() -> None:
    pair = PairedPrediction(id="a/0", subject="s", at=1.0, champion=2.0, challenger=3.0)
    assert Evidence() == Evidence(failures=(), pairs=(), latencies=())
    assert Evidence(pairs=(pair,)) == Evidence(pairs=(pair,))
    assert Evidence(pairs=(pair,)) != Evidence()
