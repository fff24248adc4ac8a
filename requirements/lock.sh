#!/usr/bin/env bash
# Makes every lock anew, with hashes. The environments agree: the others are held to the versions of dev.txt, but
# for those of other people's servers and clients, which only talk to ours.
set -euo pipefail
cd "$(dirname "$0")"
compile=(uv pip compile --quiet --generate-hashes --python-version 3.11 --no-emit-index-url --no-header "$@")
"${compile[@]}" dev.in -o dev.txt
for name in pipeline serving; do
  "${compile[@]}" "$name.in" -c dev.txt -o "$name.txt"
done
for path in seldon peers ../benchmarks/serving/requirements/*.in; do
  "${compile[@]}" "${path%.in}.in" -o "${path%.in}.txt"
done
"${compile[@]}" bootstrap.in -o bootstrap.txt
