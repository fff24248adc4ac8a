"""The lineage of a prediction, with names as users might choose them."""

from homestead.reports.lineage.facts import (
    CertificateFacts,
    LineageReport,
    OriginFacts,
    OutcomeFacts,
    PredictionFacts,
    ReleaseFacts,
    RunFacts,
    UseFacts,
    VersionLineage,
)


def lineage_report(evil: str = "") -> LineageReport:
    """Return the lineage of a prediction, with a name as users might choose it in each place."""
    version = VersionLineage(
        version="3",
        digest="ab" * 32,
        uri="s3://models/3/model.onnx",
        aliases=("champion",),
        created_at=1_700_000_000.0,
        certificate=CertificateFacts(
            uri="s3://models/3/c.json",
            decision="promote",
            reason=f"better with 95% confidence{evil}",
            signed_by=("cd" * 8,),
        ),
        runs=(
            RunFacts(
                kind="training",
                run_id="f" * 32,
                status="FINISHED",
                started_at=1_699_990_000.0,
                pipeline_run=f"nightly{evil}",
                link="",
            ),
            RunFacts(kind="candidate", run_id="e" * 32, status="FINISHED"),
        ),
        origin=OriginFacts(
            data_hash="12" * 32,
            source=f"s3://sales/2023{evil}.parquet",
            data_version=f"dvc://repo@{'9' * 40}/sales.parquet{evil}",
            training_set_hash="34" * 32,
            holdout_hash="56" * 32,
            features_hash="78" * 32,
            views={f"flat{evil}": ("area", f"age{evil}")},
            derived=("size",),
            candidate=f"boosting{evil}",
            seed="0",
            commit="9" * 40,
            image=f"registry/homestead@sha256:{'1' * 64}",
            environment="aa" * 32,
        ),
        releases=(
            ReleaseFacts(
                release="flats-2",
                state="promoted",
                champion="2",
                started_at=1_700_000_100.0,
                ended_at=1_700_000_900.0,
                reason=f"as good{evil}",
            ),
        ),
        use=UseFacts(rows=12_345, shadow_rows=7, first_at=1.7e9, last_at=1.7e9 + 60),
        siblings=("1", "2"),
    )
    return LineageReport(
        problem="flats",
        asked="p1",
        kind="prediction",
        prediction=PredictionFacts(
            prediction_id="p1",
            request_id=f"order 7{evil}",
            version="3",
            digest="ab" * 32,
            at=1.7e9,
            rows=2,
            entities=("7", f"8{evil}"),
            predictions=(1.5, None),
            labels=(None, None),
            shadow_of=None,
            release="flats-2/1",
            outcomes=(
                OutcomeFacts(
                    row=0, outcome=2.5, known_at=1.7e9, source=f"labels{evil}.csv", former=1
                ),
            ),
        ),
        versions=(version,),
        other_runs=(RunFacts(kind="training", run_id="d" * 32, status="FAILED"),),
        notes=(f"a note{evil}",),
    )
