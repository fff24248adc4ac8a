"""Variables by which the local runner names the stores of steps' results; it sets them itself."""

# Folder of the steps that this run has finished.
FINISHED_STEPS = "HOMESTEAD_FINISHED_STEPS"
# Folder of results that follow from data, problem, seed and code alone, which other runs take over.
DATA_CACHE = "HOMESTEAD_DATA_CACHE"
