"""Names and constants that rooms share: aliases, artifacts, tags, ports, Kubernetes objects."""

# The problem that commands and pipeline use if none is named, as a path in the project.
DEFAULT_PROBLEM_FILE = "problems/house_price.yaml"

# The training pipeline in Kubeflow Pipelines.
TRAINING_PIPELINE = "homestead-training"

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

# Files of a drift report, in the reports folder and in the champion's run.
DRIFT_REPORT_FILE = "drift.json"
DRIFT_SUMMARY_FILE = "summary.html"

# File of a release plan in the home folder; in a cluster the key of its ConfigMap, which the server
# pods mount as a file of this name.
RELEASE_PLAN_FILE = "plan.json"

# Default ports of the server; a user or Seldon's operator may set others.
HTTP_PORT = 9000
METRICS_PORT = 9001

# Port of the metrics in a pod, which Seldon's operator expects. Browsers refuse it.
POD_METRICS_PORT = 6000

# User and group of every pod.
USER_ID = 65532

# Column of a view's table: the time from which on a row's values are known.
EVENT_TIME = "event_timestamp"

# Upper edges of the latency histograms' buckets, from which latency objectives are chosen. One
# prediction takes tens of microseconds in the model and about 100 us in all, so the buckets start
# there; 50 ms is the default latency objective and must be an edge.
LATENCY_BUCKETS_S = (
    *(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005),
    *(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)


def object_name(problem: str) -> str:
    """Return a problem's name as Kubernetes allows it: with hyphens for underscores."""
    return problem.replace("_", "-")


def release_config_map(problem: str) -> str:
    """Return the name of the ConfigMap that holds a problem's release plan."""
    return f"release-{object_name(problem)}"
