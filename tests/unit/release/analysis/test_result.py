"""What the analysis found is kept as JSON."""

from homestead.release.analysis.result import Analysis, TestResult


def test_an_analysis_is_read_as_it_was_written() -> None:
    analysis = Analysis(
        verdict="harm",
        reason="failures: 12 of 13",
        decided_by="failures",
        error_level=0.01,
        tests=(
            TestResult(
                name="failures",
                title="the challenger's share of the failures",
                verdict="harm",
                estimate=12 / 13,
                low=0.6,
                high=1.0,
                harmful_above=0.5,
                passed_below=None,
                observations=13,
                e_value=412.0,
                level=0.005,
            ),
        ),
    )
    assert Analysis.from_json(analysis.to_json()) == analysis
