#!/usr/bin/env bash
# Regenerate every lock file, with hashes. One lock serves every supported Python: markers tell where versions differ.
# dev.txt constrains the other environments, so that versions agree, except those of third-party servers and clients, which
# only communicate with ours and stay on the Python of their own.
set -euo pipefail
cd "$(dirname "$0")"
compile=(uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-header "$@")
"${compile[@]}" --universal dev.in -o dev.txt
for name in pipeline serving spark trackers; do
  "${compile[@]}" --universal "$name.in" -c dev.txt -o "$name.txt"
done
for name in bootstrap build; do
  "${compile[@]}" --universal "$name.in" -o "$name.txt"
done
# The lowest version of each dependency that the ranges of pyproject.toml allow, of all extras but the tools' one together.
"${compile[@]}" --resolution lowest-direct --extra serving --extra kubernetes --extra dvc --extra wandb \
  --extra openlineage --extra spark ../pyproject.toml -o lowest.txt
for path in seldon peers clients airflow ../benchmarks/*/requirements/*.in; do
  "${compile[@]}" "${path%.in}.in" -o "${path%.in}.txt"
done
