#!/usr/bin/env bash
# Deletes what runs left behind: nights, lake, databases, caches. Only inside this folder.
# What belongs to containers stays: their volumes know its passwords (make clean MODE=compose). So does
# what was made in the cloud: without its state nobody could take it away (make cloud-destroy).
set -euo pipefail
shopt -s nullglob extglob
targets=()
for path in var/!(compose|cloud) .runtime dbt/target dbt/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis; do
  [[ -e $path ]] && targets+=("$path")
done
[[ ${#targets[@]} -gt 0 ]] || { echo "nothing to delete"; exit 0; }
if [[ -x .venv/bin/python ]]; then .venv/bin/python -m embedded stop || true; fi
du -sh "${targets[@]}"
if [[ ${YES:-} != 1 ]]; then
  read -r -p "delete these? [y/N] " answer || answer=n
  [[ $answer == [yY]* ]] || { echo "kept"; exit 0; }
fi
rm -rf -- "${targets[@]}"
echo "deleted; the installed packages in .venv stay"
