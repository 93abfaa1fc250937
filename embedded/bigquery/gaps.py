"""Run local-bigquery 0.3.2 with what its clients trip over filled in. For tests alone.

Started by the interpreter of the offline BigQuery, which has `local_bigquery`; nothing of the
project imports it. Each section replaces one function of the server by a version of it.
"""

# mypy: ignore-errors

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from local_bigquery import cli, errors
from local_bigquery.api import jobs as api_jobs
from local_bigquery.api import uploads
from local_bigquery.catalog import ddl, tables
from local_bigquery.engine import database
from local_bigquery.errors import BigQueryError
from local_bigquery.jobs import copy as copy_job
from local_bigquery.jobs import merge, query, runner
from local_bigquery.sql import script
from local_bigquery.sql.rules import tables as table_rules
from sqlglot import exp, parse_one

_DECORATED = re.compile(r"^(.+)\$(\d{4,10})$")
_PARTITION_FORMATS = {4: "%Y", 6: "%Y%m", 8: "%Y%m%d", 10: "%Y%m%d%H"}
GZIP_MAGIC = b"\x1f\x8b"
CREATE_AS_SELECT = "CREATE_TABLE_AS_SELECT"
OUT_OF_REACH = 2**30  # bytes that no test's tables have: what a statement reads is not asked for

# --- sizes: bytes processed, and refusing a query that would bill more than it may ---------------

errors.STATUSES["bytesBilledLimitExceeded"] = (400, "INVALID_ARGUMENT")


def _logical_bytes(statistics):
    """Sum up the tables that a statement reads, as a dry run does, without pruning."""
    total = 0
    for table in statistics.referencedTables or []:
        try:
            found = tables.load(table.projectId, table.datasetId, table.tableId)
        except BigQueryError:
            continue
        total += int(found.numBytes or 0)
    return total


def _execute(
    cursor, project_id, job_id, config, dry_run=False, session=None, *, _was=query.execute,
):  # fmt: skip
    # A view is made without reading anything, and no row of nothing is read.
    is_free = dry_run or "create or replace view" in config.query or "limit 0" in config.query
    limit = int(config.maximumBytesBilled or OUT_OF_REACH)
    if limit < OUT_OF_REACH and not is_free:
        try:
            needed = _logical_bytes(_was(cursor, project_id, None, config, True, session)[0])
        except BigQueryError:  # a table that the statement itself makes; what is wrong shows below
            needed = 0
        if needed > limit:
            raise BigQueryError(
                "bytesBilledLimitExceeded",
                f"Query exceeded limit for bytes billed: {limit}. {needed} or higher required.",
            )
    with _looking_anew(config.query):
        statistics, children, destination = _was(
            cursor, project_id, job_id, config, dry_run, session
        )
    target = statistics.ddlTargetTable
    if statistics.statementType == CREATE_AS_SELECT and target and target.datasetId:
        destination = target
    return statistics, children, destination


def _results(job, *arguments, _was=api_jobs.results):
    """Return no rows of a `create table as select`, which now has a destination."""
    statistics = job.statistics.query
    if statistics and statistics.statementType == CREATE_AS_SELECT:
        configuration = job.configuration
        without = configuration.query.without("destinationTable")
        job = job.replace(configuration=configuration.replace(query=without))
    return _was(job, *arguments)


def _done(job, statistics, error=None, *, _was=runner._done):
    if statistics.query and not error and job.configuration.query:
        size = str(_logical_bytes(statistics.query))
        billed = "0" if job.configuration.dryRun else size
        part = statistics.query.replace(totalBytesProcessed=size, totalBytesBilled=billed)
        statistics = statistics.replace(totalBytesProcessed=size, query=part)
    return _was(job, statistics, error)


query.execute = _execute
api_jobs.results = _results
runner._done = _done

# --- speed: every statement asks dozens of times about the same tables ----------------------------

# DuckDB reads the catalogue of every database to answer either.
_OF_COLUMNS = (
    "SELECT column_name FROM duckdb_columns() WHERE database_name = ?",
    "SELECT 1 FROM duckdb_columns() WHERE database_name = ?",
)
_CHANGES = re.compile(r"\b(?:create|alter|drop|rename)\b", re.IGNORECASE)
_CHANGES_ONE = re.compile(
    r"\b(?:create(?:\s+or\s+replace)?|alter|drop)\s+(?:temp(?:orary)?\s+)?(?:table|view)\s+"
    r"(?:if\s+(?:not\s+)?exists\s+)?([`\"\w.-]+)",
    re.IGNORECASE,
)
_there = {}
_columns = {}
_job = threading.local()


def _changed_by(sql):
    """Return the names of tables that a statement may make, alter or take away; None: any."""
    named = _CHANGES_ONE.findall(sql)
    if len(named) < len(_CHANGES.findall(sql)):
        return None
    return {name.split(".")[-1].strip('`"') for name in named}


def _asks_anew(table):
    changing = getattr(_job, "changing", ())
    return any(names is None or table in names for names in changing)


def _objects(project, dataset, table=None, *, _was=database.objects):
    address = project, dataset, table
    if table is None or _asks_anew(table):
        return _was(*address)  # all of a dataset's, or what is being changed
    if address not in _there and (found := _result(address) or _was(*address)):
        _there[address] = found
    return _there.get(address, [])


def _result(address):
    """Return what a job's answer is as an object, without a look at all others; or nothing."""
    if address[1] != tables.RESULTS:
        return []
    with suppress(duckdb.CatalogException):
        rows = database.fetch(f"SELECT count(*) FROM {database.quote(*address)}")
        return [(address[2], "TABLE", rows[0][0])]
    return []


def _fetch(sql, params=None, *, _was=database.fetch):
    if not sql.startswith(_OF_COLUMNS) or _asks_anew(params[2]):
        return _was(sql, params)
    key = (*params[:3], sql)
    if key not in _columns:
        _columns[key] = [] if params[1] == tables.RESULTS else _was(sql, params)
    return _columns[key]


@contextmanager
def _looking_anew(sql):
    """Ask about tables while a statement runs that may change them, and once more afterwards."""
    names = _changed_by(sql)
    _job.changing = [*getattr(_job, "changing", ()), names]
    try:
        yield
    finally:
        _job.changing.pop()
        for known in (_there, _columns):
            for address in list(known):
                if names is None or address[2] in names:
                    known.pop(address, None)


def _execute_on_catalogue(sql, params=None, *, _was=database.execute):
    with _looking_anew(sql):
        return _was(sql, params)


def _attach(con, project_id):
    """Keep a project in DuckDB's memory: DuckLake writes files whenever a table is made anew."""
    con.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {database.quote(project_id)}")
    database._attached.add(project_id)


database._attach = _attach
database.projects = lambda: sorted(database._attached)  # it asks for DuckLake's
database.objects = _objects
database.fetch = _fetch
database.execute = _execute_on_catalogue

# --- tables: rows after DELETE and MERGE, and `table$partition` -----------------------------------


def _base(table):
    found = _DECORATED.match(table)
    return found[1] if found else table


def _of_partition(reference, found):
    field = tables.load(*reference).timePartitioning.field
    pattern = _PARTITION_FORMATS[len(found[2])]
    return f"strftime({database.quote(field)}, '{pattern}') = '{found[2]}'"


def _lookup(project, dataset, table, *, _was=tables._lookup):
    found = _was(project, dataset, table)
    if found and found[0] == "TABLE" and dataset != tables.RESULTS:
        counted = database.fetch(f"SELECT count(*) FROM {tables.name(project, dataset, table)}")
        return "TABLE", counted[0][0]
    return found


def _write(
    cursor, sql, parameters, reference, config, default="WRITE_EMPTY",
    prefix="Invalid schema update. ", isolated=False, *, _was=tables.write,
):  # fmt: skip
    found = _DECORATED.match(reference[2])
    if not found:
        return _was(cursor, sql, parameters, reference, config, default, prefix, isolated)
    base = (*reference[:2], found[1])
    partitioning = tables.load(*base).timePartitioning
    if not (partitioning and partitioning.field):
        raise BigQueryError("notImplemented", "a partition of a table without a partition column")
    if (config.writeDisposition or default) == "WRITE_TRUNCATE":
        cursor.execute(f"DELETE FROM {tables.name(*base)} WHERE {_of_partition(base, found)}")
    layout = {k: None for k in tables.LAYOUT if getattr(config, k, None) is not None}
    append = config.replace(writeDisposition="WRITE_APPEND", **layout)
    return _was(cursor, sql, parameters, base, append, "WRITE_APPEND", prefix, isolated)


def _without_partition(function):
    return lambda project, dataset, table, *rest, **named: function(
        project, dataset, _base(table), *rest, **named
    )


def _copy_source(reference, *, _was=copy_job._source):
    found = _DECORATED.match(reference[2])
    if not found:
        return _was(reference)
    base = (*reference[:2], found[1])
    return f"(SELECT * FROM {tables.name(*base)} WHERE {_of_partition(base, found)})"


tables._lookup = _lookup
tables.write = _write
for _operation in ("get", "load", "columns"):
    setattr(tables, _operation, _without_partition(getattr(tables, _operation)))
copy_job._source = _copy_source

# --- statements: RANGE_BUCKET, and SET of several variables (dbt) ---------------------------------


def _partitioning(node, *, _was=ddl._partitioning):
    call = node.this
    if getattr(call, "this", None) != "bq.main.range_bucket":
        return _was(node)
    field, array = call.expressions
    bounds = (number.name for number in array.expressions)
    spread = dict(zip(("start", "end", "interval"), bounds, strict=False))
    return {"rangePartitioning": {"field": field.name, "range": spread}}


def _set(self, statement, *, _was=script.Interpreter.set):
    tree = parse_one(statement.text, dialect=script.BigQueryDialect)
    equation = tree.expressions[0].this if len(tree.expressions) == 1 else None
    select = None
    if isinstance(equation, exp.EQ) and isinstance(equation.expression, exp.Subquery | exp.Paren):
        select = equation.expression.unnest()
    is_struct = isinstance(select, exp.Select) and select.args.get("kind") == "STRUCT"
    if not (is_struct and isinstance(equation.this, exp.Paren | exp.Tuple)):
        return _was(self, statement)
    many = isinstance(equation.this, exp.Tuple)
    names = equation.this.expressions if many else [equation.this.this]
    for name, column in zip(names, list(select.expressions), strict=False):
        one = select.copy()
        one.set("kind", None)
        one.set("expressions", [column.copy()])
        self.assign(self.variable(name.name), exp.Subquery(this=one))
    return None


_merging = threading.local()


class _InTransaction:
    """A cursor in a transaction; asked to begin another one, DuckDB would abort the first."""

    def __init__(self, cursor):
        self._cursor = cursor

    def __getattr__(self, name):
        return getattr(self._cursor, name)

    def execute(self, sql, *parameters):
        if sql == "BEGIN":
            raise duckdb.TransactionException("already in a transaction")
        return self._cursor.execute(sql, *parameters)


def _is_in_transaction(cursor):
    """Inside of one, the time stands still."""
    first, second = (cursor.execute("SELECT epoch_us(now())").fetchone() for _ in range(2))
    return first == second


def _merge(cursor, tree, context, *, _was=merge.run):
    """Note the columns of a MERGE's condition: BigQuery takes it for a partition filter."""
    _merging.columns = {column.name for column in tree.args["on"].find_all(exp.Column)}
    try:
        return _was(_InTransaction(cursor) if _is_in_transaction(cursor) else cursor, tree, context)
    finally:
        del _merging.columns


def _check(tree, table, is_target, *, _was=table_rules._check):
    try:
        _was(tree, table, is_target)
    except BigQueryError as error:
        field = re.search(r"over column\(s\) '(\w+)'", str(error))
        if not (field and field[1] in getattr(_merging, "columns", ())):
            raise


ddl._partitioning = _partitioning
merge.run = _merge
table_rules._check = _check
script.Interpreter.set = _set

# --- uploads: gzip, and options as one text (dlt) -------------------------------------------------


def _submit(project_id, job_id, configuration, upload=None, *, _was=runner.submit):
    if upload and (content := Path(upload).read_bytes())[:2] == GZIP_MAGIC:
        Path(upload).write_bytes(gzip.decompress(content))
    return _was(project_id, job_id, configuration, upload)


def _upload_job(payload, *, _was=uploads._job):
    body = json.loads(payload)
    load = body.get("configuration", {}).get("load", {})
    if isinstance(load.get("schemaUpdateOptions"), str):
        load["schemaUpdateOptions"] = [load["schemaUpdateOptions"]]
    return _was(json.dumps(body).encode())


runner.submit = _submit
uploads._job = _upload_job

if __name__ == "__main__":
    sys.exit(cli.main())
