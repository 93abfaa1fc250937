"""What SQL for BigQuery may be made of: the offline one takes more than the real one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from sqlglot import exp, parse, tokenize
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import TokenType

# Functions that BigQuery documents and the project uses.
FUNCTIONS = frozenset(
    {
        "abs", "and", "any_value", "approx_quantiles", "array", "array_agg", "array_length",
        "avg", "case", "cast", "coalesce", "concat", "count", "count_if", "countif",
        "current_timestamp", "date", "dense_rank", "div", "exists", "extract",
        "farm_fingerprint", "first_value", "floor", "format", "generate_array", "greatest",
        "if", "json_query_array", "json_value", "lag", "last_value", "lead", "least",
        "length", "lower", "max", "md5", "min", "mod", "nullif", "or", "rank",
        "regexp_contains", "regexp_replace", "round", "row_number", "sqrt", "string_agg",
        "substr", "sum", "timestamp", "timestamp_add", "timestamp_diff",
        "timestamp_seconds", "timestamp_sub", "timestamp_trunc", "to_hex", "trim",
        "unix_seconds", "unnest", "upper",
    }
)  # fmt: skip


# sqlglot reads these as what they mean; BigQuery does not.
_FOREIGN = re.compile(r"::|\bdouble precision\b|\bwith time zone\b", re.IGNORECASE)


def faults(name: str, sql: str) -> Iterator[str]:
    """Yield what BigQuery might not take of a statement."""
    try:
        trees = parse(sql, read="bigquery")
        tokens = tokenize(sql, read="bigquery")
    except (ParseError, TokenError) as error:
        yield f"{name}: does not parse: {str(error).splitlines()[0]}"
        return
    for word in _FOREIGN.findall(sql):
        yield f"{name}: writes {word}"
    # As written: the parser gives other warehouses' functions BigQuery's names.
    for token, following in pairwise(tokens):
        is_call = token.token_type is TokenType.VAR and following.token_type is TokenType.L_PAREN
        if is_call and token.text.lower() not in FUNCTIONS:
            yield f"{name}: calls {token.text.lower()}"
    for tree in trees:
        for select in tree.find_all(exp.Select) if tree else ():
            if not select.expressions:
                yield f"{name}: selects nothing"
