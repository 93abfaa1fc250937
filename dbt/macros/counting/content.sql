{# What a message says, column by column as staging names it: all but produced_at and sent_at.
   A contract test compares the list with election/events.py. #}
{% macro content_columns(topic) %}
    {{ return({
        'constituencies': [
            'schema_version', 'election_id', 'constituency_id', 'constituency_name', 'region_id',
            'region_name', 'nation', 'electorate', 'previous_winner_party', 'previous_shares',
            'hex_q', 'hex_r', 'stations',
        ],
        'candidates': [
            'schema_version', 'election_id', 'candidate_id', 'constituency_id', 'candidate_name',
            'party_id', 'party_name', 'party_abbreviation', 'is_incumbent', 'ballot_order',
            'image_url', 'nominated_at',
        ],
        'voters': [
            'schema_version', 'election_id', 'voter_key', 'constituency_id',
            'polling_station_id', 'elector_no', 'age_band', 'sex', 'education', 'registered_at',
        ],
        'ballots_issued': [
            'schema_version', 'election_id', 'constituency_id', 'polling_station_id', 'issue_no',
            'elector_no', 'method', 'age_band', 'sex', 'education', 'issued_at',
        ],
        'votes': [
            'schema_version', 'election_id', 'constituency_id', 'count_batch_id', 'paper_no',
            'candidate_id', 'paper_rejected_for', 'counted_at',
        ],
        'ballot_accounts': [
            'schema_version', 'election_id', 'account_kind', 'account_id', 'constituency_id',
            'account_count', 'account_version', 'sealed_at',
        ],
        'declarations': [
            'schema_version', 'election_id', 'constituency_id', 'declaration_version', 'status',
            'electorate', 'rejected_ballots', 'votes', 'winner_candidate_id', 'is_tie',
            'result_summary', 'declared_at', 'declaration_source', 'correction_reason',
        ],
        'exit_poll': [
            'schema_version', 'election_id', 'region_id', 'answer_no', 'age_band', 'sex',
            'education', 'party_abbreviation', 'refused',
        ],
    }[topic]) }}
{% endmacro %}
