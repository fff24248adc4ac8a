"""Names of our tags on MLflow runs and registered model versions."""

from typing import Final

from homestead.names import TAG_PREFIX

# What people read. MLflow's pages show a run's tags in the order in which they were set, and a
# version's by name, capitals first: so these come before ours for machines.
PEOPLE_CAUSE: Final = "Cause"
PEOPLE_CANDIDATE: Final = "Candidate"
PEOPLE_COMMIT: Final = "Commit"
PEOPLE_DATA: Final = "Data"
PEOPLE_DATA_VERSION: Final = "Data version"
PEOPLE_DECISION: Final = "Decision"
PEOPLE_METRIC: Final = "Metric"
PEOPLE_PROBLEM: Final = "Problem"
PEOPLE_TRAINED: Final = "Trained"

# Of a pipeline run's parent run.
PIPELINE_RUN = f"{TAG_PREFIX}pipeline_run"
SOURCE = f"{TAG_PREFIX}source"
# Where DVC keeps the data, at a fixed commit; '' if it does not.
DATA_VERSION = f"{TAG_PREFIX}data_version"
# SHA-256 of the labelled predictions that the run is trained on, which it holds as a file.
LABELS_HASH = f"{TAG_PREFIX}labels_hash"
ENVIRONMENT = f"{TAG_PREFIX}environment"
IMAGE = f"{TAG_PREFIX}image"
# What a retraining was started for.
CAUSE = f"{TAG_PREFIX}cause"
DECISION = f"{TAG_PREFIX}decision"
REASON = f"{TAG_PREFIX}reason"
WINNER = f"{TAG_PREFIX}winner"
CANDIDATES = f"{TAG_PREFIX}candidates"
VERSION = f"{TAG_PREFIX}version"
RELEASE = f"{TAG_PREFIX}release"
# Set by the last step: a backend does not know of every run whether it reached its end.
COMPLETED = f"{TAG_PREFIX}completed"

# Of parent runs and candidates' runs. Host and process id show which runs lost their process.
HOST = f"{TAG_PREFIX}host"
PID = f"{TAG_PREFIX}pid"
# How much of the run is in Weights & Biases.
MIRRORED = f"{TAG_PREFIX}wandb"
PROBLEM = f"{TAG_PREFIX}problem"
SEED = f"{TAG_PREFIX}seed"
PARENT_RUN = "mlflow.parentRunId"

# Of runs and of registered versions.
DATA_HASH = f"{TAG_PREFIX}data_hash"
FEATURES_HASH = f"{TAG_PREFIX}features_hash"
COMMIT = f"{TAG_PREFIX}commit"
HOLDOUT_HASH = f"{TAG_PREFIX}holdout_hash"
TRAINING_SET_HASH = f"{TAG_PREFIX}training_set_hash"
RUN = f"{TAG_PREFIX}run"
CANDIDATE = f"{TAG_PREFIX}candidate"
# Of candidates' runs: when the model was trained, and of one that was taken over the run in which.
TRAINED_AT = f"{TAG_PREFIX}trained_at"
TRAINED_IN = f"{TAG_PREFIX}trained_in"
# Of one that Spark's workers fitted: the score of one process, or why there is none.
ONE_PROCESS = f"{TAG_PREFIX}one_process"
DIGEST = f"{TAG_PREFIX}digest"

# Of registered versions.
URI = f"{TAG_PREFIX}uri"
CERTIFICATE = f"{TAG_PREFIX}certificate"
STATUS = f"{TAG_PREFIX}status"
RELEASE_STATE = f"{TAG_PREFIX}release_state"
RELEASE_REASON = f"{TAG_PREFIX}release_reason"
# Revision of the release that its report shows.
RELEASE_REPORT = f"{TAG_PREFIX}release_report"
