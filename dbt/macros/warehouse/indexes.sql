{# Indexes of the large tables of classes. Late in a night most of what a run costs there is to wait for
   memory, and a level more for each row: they hold no more than they must. An index of dbt's has no
   condition; these have, and are made where a table or a night has none yet. BigQuery has none. #}

{# Eight bytes for a number of an account, to be indexed: numbers of one account stand beside each
   other, and what else comes to the same is told apart by the columns themselves (has_number). An
   index of the two columns is more than twice as large. #}
{% macro number_key(account, number) -%}
    ((hashtextextended({{ account }}, 0) << 20) | ({{ number }} & 1048575))
{%- endmacro %}

{# Ends a model of classes: its indexes by offset and of exceptions. #}
{% macro index_classes(relation) %}{{ return(adapter.dispatch('index_classes')(relation)) }}{% endmacro %}
{% macro postgres__index_classes(relation) -%}
    do $$
    begin
        -- Each offset of a night is classified once. Its id in each entry would double the size.
        if not exists (
            select 1 from pg_catalog.pg_index
            where indrelid = '{{ relation }}'::regclass and indisunique
                and (indpred is null or strpos(pg_get_expr(indpred, indrelid), quote_literal({{ night() }})) > 0)
        ) then
            create unique index on {{ relation }} (kafka_partition, kafka_offset)
            where night_id = {{ night() }};
        end if;
        -- What looks for messages that did not count finds them without the others.
        if not exists (
            select 1 from pg_catalog.pg_index
            where indrelid = '{{ relation }}'::regclass and indpred is not null and not indisunique
        ) then
            create index on {{ relation }} (message_class)
            where message_class in ('duplicate', 'rejected');
        end if;
    end $$
{%- endmacro %}
{% macro bigquery__index_classes(relation) %}{% endmacro %}
