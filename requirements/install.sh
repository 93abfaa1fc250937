#!/usr/bin/env bash
# Installs the locked dependencies, with their hashes, into the project's own environment.
set -euo pipefail
python=${PYTHON:-python3} venv=${VENV:-.venv}

fail() { printf 'error: %s\n  why: %s\n  do:  %s\n' "$1" "$2" "$3" >&2; exit 2; }

for candidate in "$python" python3.13 python3.12 python3.11 python3.14; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
  then found=$candidate; break; fi
done
[[ -n ${found:-} ]] || fail "no suitable Python" \
  "$python is not Python 3.11 or newer, and no newer one is on the PATH" \
  "install Python 3.11 or newer, or name one: make setup PYTHON=/path/to/python3.11"

[[ -x $venv/bin/python ]] || "$found" -m venv "$venv" \
  || fail "no virtual environment" "'$found -m venv' failed" "install the venv module of your Python"
log=$venv/install.log
# uv builds pyspark from its source and keeps that source too, anew in each install: 2 GB that nobody
# would look for in their home folder. Set UV_CACHE_DIR to keep a cache.
if [[ -z ${UV_CACHE_DIR:-} ]]; then
  export UV_CACHE_DIR=$PWD/$venv/uv-cache
  trap 'rm -rf "$UV_CACHE_DIR"' EXIT
fi
echo "installing into $venv (first time: some minutes)"
{ "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r requirements/bootstrap.txt &&
  "$venv/bin/uv" pip install --quiet --compile-bytecode --python "$venv/bin/python" --require-hashes \
    -r requirements/lock.txt &&
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps \
    --no-build-isolation --editable . ; } >"$log" 2>&1 \
  || { tail -n 5 "$log" >&2; fail "the dependencies could not be installed" \
    "see the lines above, or $log" "check the network or package mirror, then run the same command again"; }
