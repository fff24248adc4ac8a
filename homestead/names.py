"""Names and constants that rooms share: aliases, artifacts, tags, ports, Kubernetes objects."""

import hashlib

# The problem that commands and pipeline use if none is named, as a path in the project.
DEFAULT_PROBLEM_FILE = "problems/house_price.yaml"
# The problem whose generated manifests are part of the base; those of others lie by their name.
BASE_PROBLEM = "house_price"

# The training pipeline in Kubeflow Pipelines.
TRAINING_PIPELINE = "homestead-training"
# The pipeline that scores a table, there too.
SCORING_PIPELINE = "homestead-scoring"

# Aliases of a registered model's versions.
CHAMPION = "champion"
CHALLENGER = "challenger"
PREVIOUS = "previous"

# Prefix of our tags in MLflow.
TAG_PREFIX = "homestead."

# Artifacts of runs in MLflow.
CERTIFICATE_FILE = "certificate.json"
CERTIFICATES_FOLDER = "certificates"
COMPARISON_FILE = "comparison.html"
DATA_SHEET_FILE = "data_sheet.html"
ENVIRONMENT_FILE = "environment.txt"
HOLDOUT_ANSWERS_FILE = "holdout_answers.parquet"
LABELLED_ROWS_FILE = "labelled_rows.parquet"
MODEL_CARD_FILE = "model_card.html"
PERFORMANCE_MODEL_FILE = "performance_model.json"
PROBLEM_FILE = "problem.yaml"
QUARANTINE_FILE = "quarantine.csv"
SNAPSHOT_FILE = "snapshot.parquet"
TRIALS_FILE = "trials.json"

# Folders of a run's reports; on a cluster the writer of each may write there alone.
DRIFT_FOLDER = "drift"
PERFORMANCE_FOLDER = "performance"
RELEASES_FOLDER = "releases"

# File and page of a performance report, in the reports folder and in the champion's run.
PERFORMANCE_REPORT_FILE = "performance.json"
PERFORMANCE_PAGE_FILE = "performance.html"

# Files of a drift report, in the reports folder and in the champion's run.
DRIFT_REPORT_FILE = "drift.json"
DRIFT_SUMMARY_FILE = "summary.html"

# File of a release plan in the home folder; in a cluster the key of its ConfigMap, which the server
# pods mount as a file of this name.
RELEASE_PLAN_FILE = "plan.json"

# Default ports of the server; a user or Seldon's operator may set others.
HTTP_PORT = 9000
METRICS_PORT = 9001
# Default port of `homestead retrain serve`.
ALERTS_PORT = 9003
# Takes labels: `homestead labels serve`.
LABELS_PORT = 9004

# Default port of the page, and its port in a pod.
UI_PORT = 9005

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


# The longest name of an object that Kubernetes makes labels or host names of.
MAX_NAME_LENGTH = 63
# Seldon's operator puts "seldon-app-svc-" before a container's name and makes a label of it.
_MAX_OBJECT_NAME_LENGTH = 48
_DIGEST_LENGTH = 8


def object_name(problem: str) -> str:
    """Return a problem's name as Kubernetes allows it: with hyphens for underscores.

    A name that is too long or would end with a hyphen is cut, and ends with a digest of the whole
    name, so that names that begin alike stay apart. The result of the result is the same.
    """
    return derived_name("", problem, _MAX_OBJECT_NAME_LENGTH)


def derived_name(prefix: str, problem: str, limit: int = MAX_NAME_LENGTH) -> str:
    """Return the name of one of a problem's objects: ``prefix`` and :func:`object_name`.

    Args:
        limit: greatest length; what is too much is cut from the problem's name.
    """
    name = problem.replace("_", "-")
    if len(name) <= limit - len(prefix) and not name.endswith("-"):
        return prefix + name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_LENGTH]
    kept = name[: limit - len(prefix) - _DIGEST_LENGTH - 1].rstrip("-")
    return f"{prefix}{kept}-{digest}"


def manifest_folder(problem: str, base: str) -> str:
    """Return the folder of a problem's generated manifests, as a path in the project.

    Args:
        base: that of the base's own problem.
    """
    return base if problem == BASE_PROBLEM else f"manifests/problems/{problem}"


def release_config_map(problem: str) -> str:
    """Return the name of the ConfigMap that holds a problem's release plan."""
    return f"release-{object_name(problem)}"


def release_writer(problem: str) -> str:
    """Return the name of the Role, and of its binding, that may change a problem's release plan."""
    return f"{release_config_map(problem)}-writer"
