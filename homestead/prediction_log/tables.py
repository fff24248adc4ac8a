"""SQL tables of the prediction log."""

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

PREDICTIONS = sa.Table(
    "predictions",
    METADATA,
    sa.Column("prediction_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("request_id", sa.Text),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("entity", sa.Text),
    sa.Column("features", sa.Text, nullable=False),  # a JSON object: value by name
    sa.Column("prediction", sa.Float(53)),
    sa.Column("label", sa.Text),
    # Id of the answered prediction that this one is compared with; NULL if this one was answered.
    sa.Column("shadow_of", sa.String(64)),
    # Step of the release whose plan answered, "<release id>/<step>"; NULL outside of releases, as
    # the two columns below.
    sa.Column("release", sa.String(80)),
    sa.Column("latency_s", sa.Float(53)),  # from the request's arrival to its answer
    # A number drawn at random, by which evidence is sampled whatever its values.
    sa.Column("sample_order", sa.BigInteger),
    sa.Index("predictions_by_time", "problem", "at"),
    sa.Index("predictions_by_request", "request_id"),
    # For labels that name an entity and a time.
    sa.Index(
        "predictions_by_entity",
        *("problem", "entity", "at"),
        sqlite_where=sa.text("entity IS NOT NULL AND shadow_of IS NULL"),
        postgresql_where=sa.text("entity IS NOT NULL AND shadow_of IS NULL"),
    ),
    sa.Index(
        "predictions_in_release",
        *("release", "digest", "sample_order", "row"),
        sqlite_where=sa.text("release IS NOT NULL AND shadow_of IS NULL"),
        postgresql_where=sa.text("release IS NOT NULL AND shadow_of IS NULL"),
    ),
    sa.Index(
        "shadows_in_release",
        *("release", "digest", "sample_order", "row"),
        sqlite_where=sa.text("release IS NOT NULL AND shadow_of IS NOT NULL"),
        postgresql_where=sa.text("release IS NOT NULL AND shadow_of IS NOT NULL"),
    ),
)
# ``prediction_id`` is the server's id of the prediction or the client's id of its request.
FEEDBACK = sa.Table(
    "feedback",
    METADATA,
    sa.Column("feedback_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("prediction_id", sa.Text, nullable=False),
    sa.Column("truth", sa.Float(53)),
    sa.Column("truth_label", sa.Text),
    sa.Column("reward", sa.Float(53)),
    sa.Index("feedback_by_time", "problem", "at"),
)
# Requests in a release that one of its two models failed on, and the other did not.
RELEASE_FAILURES = sa.Table(
    "release_failures",
    METADATA,
    sa.Column("failure_id", sa.String(64), primary_key=True),  # grows with time
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("release", sa.String(80), nullable=False),  # "<release id>/<step>"
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("subject", sa.String(64), nullable=False),  # a keyed hash
    sa.Column("side", sa.String(16), nullable=False),  # of the model that failed
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    # Probability that it is the challenger if both fail equally often.
    sa.Column("challenger_share", sa.Float(53), nullable=False),
    sa.Index("release_failures_by_time", "problem", "at"),
    sa.Index("release_failures_by_release", "release", "failure_id"),
)
# Whether a feedback message counts: see homestead.prediction_log.labels.feedback_verdicts.
FEEDBACK_VERDICTS = sa.Table(
    "feedback_verdicts",
    METADATA,
    sa.Column("feedback_id", sa.String(64), primary_key=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # of the feedback, seconds since 1970
    # The server's id of the prediction; NULL if no single prediction was meant.
    sa.Column("prediction_id", sa.String(64)),
    sa.Column("verdict", sa.String(32), nullable=False),
    sa.Index("feedback_verdicts_by_time", "problem", "at"),
    sa.Index("feedback_verdicts_by_prediction", "prediction_id"),
)
