"""Batch scoring on a schedule: rows to score, where their answers go, and how."""

from typing import Literal

from pydantic import Field, field_validator

from homestead.problem.sections.part import ProblemPart
from homestead.problem.values.source_urls import canonical_source


class Scoring(ProblemPart):
    """A table that is scored at set times; ``homestead score`` without arguments does it once."""

    source: str = Field(
        description="Rows to score: a path or URI of a Parquet, CSV or JSON lines file, or a folder"
        " of them; on a cluster one that pods can read, such as s3://bucket/rows/."
    )
    target: str = Field(
        description="Where the answers go: a file ending in .parquet, .csv or .jsonl, which each"
        " run replaces; on a cluster an object, such as s3://bucket/scores.parquet."
    )
    schedule: str = Field(
        "0 5 * * *", description="When it runs on a cluster: five fields of cron, in UTC."
    )
    features: Literal["online", "point-in-time"] = Field(
        "online",
        description="Stored features that a row lacks: the newest of the online store, or those"
        " that were known at the row's time.",
    )
    log: bool = Field(False, description="Add the rows to the prediction log.")
    keep: tuple[str, ...] = Field(
        (), description="Columns of the rows to write beside key and timestamp."
    )

    @field_validator("source", "target")
    @classmethod
    def _has_one_name(cls, value: str) -> str:
        return canonical_source(value)

    @field_validator("schedule")
    @classmethod
    def _has_five_fields(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError(f"found {value!r}, allowed are the five fields of cron: '0 5 * * *'")
        return value
