{# Turnout of several seats, never a mix: ballots issued / registered over all seats until close
   of poll, then valid votes / electorate over the declared seats alone. #}
{% macro turnout_of_seats(sums) -%}
    case
        when {{ sums }}.is_embargoed
            then cast({{ sums }}.ballots_issued as {{ dbt.type_float() }})
                / nullif(cast({{ sums }}.registered as bigint), 0)
        else
            cast({{ sums }}.valid_declared as {{ dbt.type_float() }})
            / nullif(cast({{ sums }}.declared_electorate as bigint), 0)
    end
{%- endmacro %}

{% macro turnout_basis_of_seats(is_embargoed) -%}
    case when {{ is_embargoed }} then 'ballots_issued' else 'declared' end
{%- endmacro %}
