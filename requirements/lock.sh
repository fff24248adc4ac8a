#!/usr/bin/env bash
# Regenerate every lock file, with hashes. dev.txt constrains the other environments, so that versions agree, except those
# of third-party servers and clients, which only communicate with ours.
set -euo pipefail
cd "$(dirname "$0")"
compile=(uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-header "$@")
"${compile[@]}" dev.in -o dev.txt
"${compile[@]}" pipeline.in -c dev.txt -o pipeline.txt
"${compile[@]}" serving.in -c dev.txt -o serving.txt
"${compile[@]}" trackers.in -c dev.txt -o trackers.txt
for name in bootstrap build; do
  "${compile[@]}" "$name.in" -o "$name.txt"
done
for path in seldon peers clients airflow ../benchmarks/*/requirements/*.in; do
  "${compile[@]}" "${path%.in}.in" -o "${path%.in}.txt"
done
