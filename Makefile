# Every target sets up what it needs: make and a Python from 3.11 to 3.14 are the only prerequisites.
.DEFAULT_GOAL := help
# Of another Python, in an environment of its own: make test PYTHON=python3.12 VENV=.venv-3.12
PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROBLEM ?= problems/house_price.yaml
OVERLAY ?= manifests/overlays/kind

# A changed lock file rebuilds the environment.
$(READY): requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	@set -e; \
	if [ ! -x $(BIN)/python ]; then \
	  python="$(PYTHON)"; [ -n "$$python" ] || python=$$(scripts/find-python); \
	  "$$python" -c "import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))" || { echo "$$python is not a Python from 3.11 to 3.14" >&2; exit 1; }; \
	  echo "Installing the locked environment into $(VENV), with $$("$$python" -V) (a few minutes the first time) ..."; \
	  "$$python" -m venv $(VENV); \
	else \
	  echo "Updating $(VENV) to the locks ..."; \
	fi
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.txt requirements/bootstrap.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Install a lock of third-party clients or servers, which the tests and benchmarks run ours against, into the target's environment.
# They stay on Python 3.11, which uv brings where the machine has none; without it, the tests that need them are skipped.
# $(1): lock; $(2): the Python
define install_lock
	@echo "Installing $(1) into $(@D) ..."
	@test -x $(@D)/bin/python || $(BIN)/uv venv --quiet --python "$(2)" $(@D)
	@$(BIN)/uv pip sync --quiet --python $(@D)/bin/python --require-hashes $(1)
	@touch $@
endef
PYTHON_3_11 = $(or $(shell scripts/find-python 3.11 2>/dev/null),3.11)

# Their packages are put on the path of ours.
.venv-trackers/.ready: requirements/trackers.txt $(READY)
	$(call install_lock,$<,$(BIN)/python)

.venv-bench-autogluon/.ready: benchmarks/quality/requirements/autogluon.txt $(READY)
	$(call install_lock,$<,$(PYTHON_3_11))

.venv-bench-%/.ready: benchmarks/serving/requirements/%.txt $(READY)
	$(call install_lock,$<,$(PYTHON_3_11))

.venv-%/.ready: requirements/%.txt $(READY)
	$(call install_lock,$<,$(PYTHON_3_11))

.PHONY: environments
environments: .venv-seldon/.ready .venv-peers/.ready .venv-clients/.ready .venv-trackers/.ready .venv-airflow/.ready

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## Create the environment

.PHONY: demo
demo: $(READY) ## Train, release, serve, check drift, label and retrain on real data; print the results
	@$(BIN)/homestead demo --problem $(PROBLEM)

# A file's tests stay with one worker, which has their fixtures.
TESTS := -m "not cluster" -n auto --dist loadscope --no-loadscope-reorder
.PHONY: test
test: $(READY) ## Run every test that needs no cluster (COVERAGE=true measures branches, which takes longer)
	@$(MAKE) --no-print-directory --keep-going environments || { [ "$$CI" != true ] && \
	  echo "Without these environments, the tests against other projects' clients are skipped; install Python 3.11 for them" >&2; }
ifeq ($(COVERAGE),true)
	@rm -f .coverage .coverage.*
	@$(BIN)/coverage run -m pytest $(TESTS)
	@$(BIN)/coverage combine --quiet
	@echo "Branch coverage in percent, of all processes (details: $(BIN)/coverage report):"
	@$(BIN)/coverage report --format=total
else
	@$(BIN)/pytest $(TESTS)
endif

.PHONY: test-lowest
test-lowest: .venv-lowest/.ready ## Train, serve and predict with the lowest versions that the ranges allow
	@HOMESTEAD_LOWEST=$(abspath .venv-lowest) $(BIN)/pytest --timeout 1800 tests/integration/test_lowest_versions.py

.PHONY: fuzz
fuzz: $(READY) ## Fuzz the server with bad requests (REQUESTS=1000000)
	@HOMESTEAD_FUZZ=$(or $(REQUESTS),1000000) $(BIN)/pytest -s --timeout 7200 tests/integration/test_server_fuzz.py -k fail

.PHONY: soak
soak: $(READY) ## Send the server valid requests and check its memory (REQUESTS=1000000)
	@HOMESTEAD_SOAK=$(or $(REQUESTS),1000000) $(BIN)/pytest -s --timeout 7200 tests/integration/test_server_fuzz.py -k memory

.PHONY: bench
bench: bench-serving bench-threads bench-release bench-retraining ## Run every benchmark

.PHONY: bench-threads
bench-threads: $(READY) ## Time fits beside a busy process, by how their threads wait (under 2 minutes)
	@$(BIN)/python -m benchmarks.threads

.PHONY: bench-scoring
bench-scoring: $(READY) ## Score a million house sales, by columns and by key (about five minutes)
	@$(BIN)/python -m benchmarks.scoring

.PHONY: bench-training
bench-training: $(READY) ## A training run beside a plain script that does the same work (about ten minutes)
	@$(BIN)/python -m benchmarks.training

.PHONY: bench-demo
bench-demo: $(READY) ## The demo from its command to its end, three times (about six minutes)
	@$(BIN)/python -m benchmarks.demo

.PHONY: bench-search
bench-search: $(READY) ## Search house sales' parameters by TPE and at random (about five minutes)
	@$(BIN)/python -m benchmarks.search

.PHONY: bench-boosting
bench-boosting: $(READY) ## Fit LightGBM by workers of Spark beside one process (two minutes)
	@$(BIN)/python -m benchmarks.boosting

.PHONY: bench-release
bench-release: $(READY) ## Simulate releases: false roll-backs and delays (12 to 25 minutes)
	@$(BIN)/python -m benchmarks.release

.PHONY: bench-drift
bench-drift: $(READY) ## Power and false alarms of drift checks on house sales and independent inputs (about 45 minutes)
	@$(BIN)/python -m benchmarks.drift

.PHONY: bench-labels
bench-labels: $(READY) ## Time files of labels on sqlite and PostgreSQL (about ten minutes)
	@$(BIN)/python -m benchmarks.labels

.PHONY: bench-log-sinks
bench-log-sinks: $(READY) ## Time shipping the prediction log to sqlite, PostgreSQL and Parquet (needs PostgreSQL; minutes)
	@$(BIN)/python -m benchmarks.log_sinks

.PHONY: bench-scale
bench-scale: $(READY) ## Time ingest and training set beside pandas and Feast (ROWS="10000 10000000"; minutes for a million)
	@$(BIN)/python -m benchmarks.scale $(ROWS) $(if $(SPARK),--spark)

.PHONY: bench-performance
bench-performance: $(READY) ## How often estimates without labels hold, and how soon harm is found (ten minutes)
	@$(BIN)/python -m benchmarks.performance

.PHONY: bench-backtest
bench-backtest: $(READY) ## Replay the house sales' time: the loop beside two other strategies (5 to 10 minutes)
	@$(BIN)/homestead backtest --problem problems/house_price.yaml --candidate gradient_boosting \
	    --validation-days 28 --holdout-days 28 --output benchmarks/backtest

.PHONY: bench-retraining
bench-retraining: $(READY) ## Simulate retraining with kills, doubles and delays (under two minutes)
	@$(BIN)/python -m benchmarks.retraining

.PHONY: bench-challenger
bench-challenger: $(READY) ## What a challenger, pairs and a shadow cost a request (needs wrk, redis-server, 2 cores; 7 minutes)
	@$(BIN)/python -m benchmarks.serving.challenger

PEERS := mlserver mlflow bentoml litserve kserve fastapi
.PHONY: bench-serving
bench-serving: $(READY) .venv-seldon/.ready $(PEERS:%=.venv-bench-%/.ready) ## Benchmark the server beside others (needs wrk, redis-server, 2 cores)
	@$(BIN)/python -m benchmarks.serving

.PHONY: bench-quality
bench-quality: $(READY) .venv-bench-autogluon/.ready ## Score drafts alone beside AutoGluon on the gallery's tables (an hour; not part of bench)
	@$(BIN)/python problems/examples/tables.py
	@$(BIN)/python -m benchmarks.quality

.PHONY: docs
docs: $(READY) ## Build the documentation into docs/_build; warnings are errors
	@$(BIN)/sphinx-build -q -W --keep-going -E -b html -c docs . docs/_build
	@echo "docs/_build/index.html"

.PHONY: lint
lint: $(READY) ## Check format, rules, types and import layers
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

.PHONY: format
format: $(READY) ## Format the code and apply automatic fixes
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: compile
compile: $(READY) ## Regenerate the generated files: compiled pipeline, JSON Schema, monitoring, settings
	@$(BIN)/homestead compile

.PHONY: train
train: $(READY) ## Run the training pipeline on this machine (PROBLEM=...)
	@$(BIN)/homestead train --problem $(PROBLEM)

.PHONY: serve
serve: $(READY) ## Serve the champion on port 9000, metrics on 9001 (PROBLEM=...)
	@$(BIN)/homestead serve --problem $(PROBLEM)

.PHONY: validate
validate: $(READY) ## Check every manifest, script and workflow
	@PATH="$(abspath $(BIN)):$$PATH" scripts/validate

.PHONY: images
images: ## Build both images with docker, podman or buildah; report their sizes
	@scripts/images

.PHONY: deploy
deploy: $(READY) ## Apply an overlay to kubectl's current cluster (OVERLAY=manifests/overlays/kind)
	@$(BIN)/homestead deploy $(OVERLAY)

.PHONY: e2e
e2e: $(READY) ## Run the end-to-end test on the cluster that KUBECONFIG selects
	@$(BIN)/pytest -m cluster -vv -s -x --timeout 1500 tests/e2e

.PHONY: e2e-local
e2e-local: ## Run it on the test cluster beside the repository, which it starts
	@scripts/e2e-local

.PHONY: kind-up
kind-up: $(READY) ## Create a kind cluster with Kubeflow Pipelines, Seldon, Prometheus, Grafana and Homestead
	@PATH="$(abspath $(BIN)):$$PATH" scripts/kind up

.PHONY: kind-demo
kind-demo: $(READY) ## Run the pipeline on it, predict, check metrics and drift
	@PATH="$(abspath $(BIN)):$$PATH" scripts/kind demo

.PHONY: kind-down
kind-down: ## Delete it
	@scripts/kind down

.PHONY: wheels
wheels: $(READY) ## Build the wheels, complete and for serving, into dist/
	@$(BIN)/python -m hatchling build -t wheel -d dist
	@cd serving && $(abspath $(BIN))/python -m hatchling build -t wheel -d ../dist

.PHONY: lock
lock: $(READY) ## Regenerate the lock files from requirements/*.in
	@PATH="$(abspath $(BIN)):$$PATH" requirements/lock.sh

.PHONY: clean
clean: ## Remove the environment and all local state
	rm -rf $(VENV) .venv-* .homestead
