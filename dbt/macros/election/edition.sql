{# A mart as an invariant looks at it: as it is now or, before an edition is published, the copy
   of it that stands beside. #}
{% macro checked(mart) %}
    {%- set relation = ref(mart) -%}
    {%- if not var('of_edition') -%}
        {{ return(relation) }}
    {%- endif -%}
    {{ return(api.Relation.create(
        database=relation.database,
        schema=adapter.dispatch('dataset')('intermediate'),
        identifier='unpublished_' ~ mart,
    )) }}
{% endmacro %}
