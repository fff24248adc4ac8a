"""The online server."""

import os

# Feast's import sets it, also for the processes that its process starts; one process serves here,
# and counting in files would be slow. prometheus_client looks at it when it is imported.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
