"""Names that several parts agree on: registry aliases, artifacts, tags, ports, Kubernetes objects."""

# Aliases of a registered model's versions.
CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

# Prefix of our tags in MLflow.
TAG_PREFIX = "homestead."

# Artifacts of runs in MLflow.
CERTIFICATE_FILE = "certificate.json"
COMPARISON_FILE = "comparison.html"
DATA_SHEET_FILE = "data_sheet.html"
MODEL_CARD_FILE = "model_card.html"
PROBLEM_FILE = "problem.yaml"
QUARANTINE_FILE = "quarantine.csv"
SNAPSHOT_FILE = "snapshot.parquet"
TRIALS_FILE = "trials.json"

# The server's ports, where neither a user nor Seldon's operator sets others.
HTTP_PORT = 9000
METRICS_PORT = 6000

# The user and group that every pod of ours runs as.
USER_ID = 65532


def object_name(problem: str) -> str:
    """Return a problem's name as Kubernetes allows it: with hyphens for underscores."""
    return problem.replace("_", "-")


def release_config_map(problem: str) -> str:
    """Return the name of the ConfigMap that holds a problem's release plan."""
    return f"release-{object_name(problem)}"


# Upper edges of the latency histograms' buckets, from which latency objectives are chosen. One
# prediction takes tens of microseconds in the model and about 100 us in all, so the buckets start
# there; 50 ms is the default latency objective and must be an edge.
LATENCY_BUCKETS_S = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
