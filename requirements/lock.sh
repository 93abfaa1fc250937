#!/usr/bin/env bash
# Makes the locks again from pyproject.toml, with hashes: one for any machine, one for each stage's image.
# What is pinned stays as it is while pyproject.toml allows it; UPGRADE=1 takes the newest.
set -euo pipefail
uv=${UV:-.venv/bin/uv}
compile() {
  "$uv" pip compile pyproject.toml --quiet --python-version 3.11 --generate-hashes --no-header "$@"
}
# bigquery.txt is lock.txt and BigQuery's clients, so that one installation serves both warehouses.
compile --universal --extra machine --extra dev --extra bigquery --no-annotate ${UPGRADE:+--upgrade} \
  --output-file requirements/bigquery.txt
compile --universal --extra machine --extra dev --no-annotate --constraint requirements/bigquery.txt \
  --output-file requirements/lock.txt
for stage in night generator ingestion spark dbt dashboard; do
  # A stage's versions are the machine's: what is tested here is what runs there. The dashboard's
  # image has BigQuery's client, too.
  case $stage in dashboard) extra=dashboard-cloud ;; *) extra=$stage ;; esac
  rm -f "requirements/$stage.txt"
  compile --python-platform linux --extra "$extra" --constraint requirements/bigquery.txt \
    --no-annotate --output-file "requirements/$stage.txt"
done
# Spark 4.0 beside it, for `make spark40`; everything else is what the lock has.
pins=$(mktemp)
trap 'rm -f "$pins"' EXIT
sed -nE 's/^([a-z0-9-]+==[^\\]+).*/\1/p' requirements/lock.txt \
  | grep -vE '^(pyspark|delta-spark|py4j)==' >"$pins"
rm -f requirements/spark40.txt
compile --python-platform linux --extra spark --extra generator --extra dev --no-annotate \
  --override requirements/spark40.in --constraint "$pins" --output-file requirements/spark40.txt
