{# Why a paper may be rejected at the count; the closed list of election/events.py. #}
{% macro paper_rejection_reasons() %}
    {{ return(['want_of_official_mark', 'too_many_votes', 'identifies_voter', 'unmarked_or_void']) }}
{% endmacro %}

{# Topics by how their messages are classified: table by table, or row by row as they land. #}
{% macro small_topics() %}
    {{ return(['constituencies', 'candidates', 'ballot_accounts', 'declarations', 'exit_poll']) }}
{% endmacro %}
{% macro big_topics() %}
    {{ return(['voters', 'ballots_issued', 'votes']) }}
{% endmacro %}
