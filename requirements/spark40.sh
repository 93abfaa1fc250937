#!/usr/bin/env bash
# Runs the tests of the count on Spark 4.0 with Delta 4.0, in an environment of its own: opt-in, half a gigabyte.
set -euo pipefail
uv=${UV:-.venv/bin/uv}
folder=${SPARK40:-.runtime/spark40}
lock=requirements/spark40.txt
if ! cmp -s "$lock" "$folder/ready"; then
  rm -rf "$folder"
  export UV_CACHE_DIR=${UV_CACHE_DIR:-$PWD/$folder/uv-cache}  # as requirements/install.sh
  "$uv" venv --quiet --python .venv/bin/python "$folder/venv"
  "$uv" pip install --quiet --require-hashes --no-deps --python "$folder/venv/bin/python" -r "$lock"
  rm -rf "$folder/uv-cache"
  cp "$lock" "$folder/ready"
fi
"$folder/venv/bin/python" -m pytest -q tests/spark/test_verdicts.py tests/spark/test_count.py \
  tests/spark/test_exact_pass.py tests/spark/test_bronze_files.py tests/spark/test_ledger.py
