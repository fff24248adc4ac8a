"""SQL tables of releases: what is under way, what happened, and what is known of the requests.

The controller writes them; servers and reports read them. A release's whole record is JSON in
``document``; the other columns are what others select by or show.
"""

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

RELEASES = sa.Table(
    "releases",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # 1 for a problem's first release
    sa.Column("revision", sa.Integer, nullable=False),  # grows with each write
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("traffic_share", sa.Float(53), nullable=False),
    sa.Column("champion", sa.String(32)),  # versions; NULL for a problem's first model
    sa.Column("champion_digest", sa.String(64)),
    sa.Column("challenger", sa.String(32), nullable=False),
    sa.Column("challenger_digest", sa.String(64), nullable=False),
    sa.Column("started_at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("step_since", sa.Float(53), nullable=False),
    sa.Column("ended_at", sa.Float(53)),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    # Of two starts at once, one gets the number.
    sa.UniqueConstraint("problem", "number", name="releases_number"),
)
# Each change of a release, in the same transaction as the change.
RELEASE_EVENTS = sa.Table(
    "release_events",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("release", sa.String(64), nullable=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("traffic_share", sa.Float(53), nullable=False),
    sa.Column("champion", sa.String(32)),
    sa.Column("challenger", sa.String(32), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("who", sa.Text),  # NULL for the controller's own decisions
    sa.Column("numbers", sa.Text, nullable=False),  # a JSON object: what the decision rests on
    sa.UniqueConstraint("release", "revision", name="release_events_revision"),
    sa.Index("release_events_by_time", "problem", "at"),
)
# What became known of a release's requests, in the order of ``number``: a bounded sample.
RELEASE_OBSERVATIONS = sa.Table(
    "release_observations",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("release", sa.String(64), nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    # "pair", "truth", "failure" or "latency"
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("id", sa.String(96), nullable=False),  # unique among those of a kind
    sa.Column("at", sa.Float(53), nullable=False),  # of the request, seconds since 1970
    sa.Column("document", sa.Text, nullable=False),  # JSON
    sa.UniqueConstraint("release", "kind", "id", name="release_observations_once"),
)
