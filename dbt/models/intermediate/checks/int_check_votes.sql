-- Papers by candidate and by reason of rejection: counted by dbt from raw, by the stream, and as
-- declared. Nothing before close of poll.
with

night as (

    select * from {{ ref('int_night') }} where not is_embargoed

),

comparable as (

    select is_comparable from {{ ref('int_comparable') }} where topic = 'votes'

),

stream_votes as (

    select candidate_id, constituency_id, vote_count
    from {{ ref('stg_analytics__candidate_totals') }}
    where night_id = {{ night() }}

),

stream_counts as (

    select * from {{ ref('stg_analytics__constituency_counts') }} where night_id = {{ night() }}

),

declared as (

    select * from {{ ref('int_declarations') }} where is_latest

),

declared_votes as (

    select * from {{ ref('int_declared_votes') }} where is_latest

),

seats as (

    select * from {{ ref('int_constituency_counts') }}

),

candidates as (

    select
        counts.*,
        seats.constituency_name
    from {{ ref('int_candidate_counts') }} as counts
    inner join seats on seats.constituency_id = counts.constituency_id

),

compared as (

    select
        'votes_dbt_equal_spark' as check_name,
        candidates.constituency_id as area_id,
        candidates.constituency_name as area,
        candidates.candidate_id as key,
        candidates.votes as expected,
        stream_votes.vote_count as actual,
        coalesce((select is_comparable from comparable), false) as is_comparable,
        {{ dbt.concat([
            "candidates.candidate_name", "' ('", "candidates.party_abbreviation",
            "'): papers counted by dbt, by the stream'",
        ]) }} as what
    from candidates
    left join stream_votes on stream_votes.candidate_id = candidates.candidate_id

    union all

    select
        'votes_dbt_equal_spark',
        stream_votes.constituency_id,
        stream_votes.constituency_id,
        stream_votes.candidate_id,
        cast(null as bigint),
        stream_votes.vote_count,
        coalesce((select is_comparable from comparable), false),
        'a candidate of the stream whom dbt does not know'
    from stream_votes
    left join candidates on candidates.candidate_id = stream_votes.candidate_id
    where candidates.candidate_id is null

    union all

    select
        'votes_counted_equal_declared',
        candidates.constituency_id,
        candidates.constituency_name,
        candidates.candidate_id,
        case
            when declared.constituency_id is not null then coalesce(declared_votes.vote_count, 0)
        end,
        candidates.votes,
        false,
        {{ dbt.concat([
            "candidates.candidate_name", "' ('", "candidates.party_abbreviation",
            "'): votes declared, papers counted by dbt'",
        ]) }}
    from candidates
    left join declared on declared.constituency_id = candidates.constituency_id
    left join declared_votes on declared_votes.candidate_id = candidates.candidate_id

    union all

    select
        'rejected_papers_counted_equal_declared',
        seats.constituency_id,
        seats.constituency_name,
        '-',
        declared.rejected_ballots,
        seats.rejected_ballots,
        false,
        'papers rejected as declared, counted by dbt'
    from seats
    left join declared on declared.constituency_id = seats.constituency_id
    {% for reason in paper_rejection_reasons() %}
    union all

    select
        'rejected_papers_dbt_equal_spark',
        seats.constituency_id,
        seats.constituency_name,
        '{{ reason }}',
        seats.rejected_{{ reason }},
        stream_counts.rejected_{{ reason }},
        coalesce((select is_comparable from comparable), false),
        'papers rejected, counted by dbt, by the stream'
    from seats
    left join stream_counts on stream_counts.constituency_id = seats.constituency_id
    {% endfor %}
    union all

    select
        'papers_spark_add_up',
        seats.constituency_id,
        seats.constituency_name,
        '-',
        stream_counts.papers_counted,
        cast(
            summed.votes
            {%- for reason in paper_rejection_reasons() %}
            + stream_counts.rejected_{{ reason }}
            {%- endfor %}
            as bigint
        ),
        true,
        'papers by the stream, its candidates and rejected papers added up'
    from seats
    inner join stream_counts on stream_counts.constituency_id = seats.constituency_id
    left join (
        select constituency_id, sum(vote_count) as votes from stream_votes group by constituency_id
    ) as summed on summed.constituency_id = seats.constituency_id

)

select
    compared.check_name,
    compared.area_id,
    compared.area,
    compared.key,
    compared.expected,
    compared.actual,
    'error' as severity,
    compared.is_comparable,
    coalesce(compared.expected = compared.actual, false) as is_ok,
    compared.what
from compared
cross join night
