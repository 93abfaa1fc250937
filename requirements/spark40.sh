#!/usr/bin/env bash
# Runs the tests of the count on Spark 4.0, in an environment of its own: opt-in, half a gigabyte.
# Delta is delta-rs there: the jars of the pinned Spark do not fit, and the tests named here need none (one is
# left out that reads with Spark's Delta).
set -euo pipefail
uv=${UV:-.venv/bin/uv}
folder=${SPARK40:-.runtime/spark40}
lock=requirements/spark40.txt
if ! cmp -s "$lock" "$folder/ready"; then
  rm -rf "$folder"
  "$uv" venv --quiet --python .venv/bin/python "$folder/venv"
  "$uv" pip install --quiet --require-hashes --no-deps --python "$folder/venv/bin/python" -r "$lock"
  cp "$lock" "$folder/ready"
fi
"$folder/venv/bin/python" -m pytest -q tests/spark/test_verdicts.py tests/spark/test_count.py \
  tests/spark/test_exact_pass.py tests/spark/test_bronze_files.py tests/spark/test_ledger.py \
  --deselect tests/spark/test_bronze_files.py::test_every_message_is_there_once_with_its_bytes_or_their_hash
