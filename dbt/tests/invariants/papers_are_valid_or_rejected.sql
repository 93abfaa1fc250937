-- Papers counted = valid + rejected, and valid = the candidates' votes added up, exactly.
with

votes as (

    select
        constituency_id,
        sum(votes) as votes
    from {{ ref('int_candidate_counts') }}
    group by constituency_id

)

select
    seats.constituency_id,
    seats.papers_counted,
    seats.valid_votes,
    seats.rejected_ballots,
    votes.votes
from {{ ref('int_constituency_counts') }} as seats
left join votes on votes.constituency_id = seats.constituency_id
where seats.papers_counted <> seats.valid_votes + seats.rejected_ballots
    or seats.valid_votes <> coalesce(votes.votes, 0)
