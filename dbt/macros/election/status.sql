{# Status of a sum over seats: embargoed, provisional, declared or corrected. #}
{% macro status_of_seats(is_embargoed, total, declared, corrected, pending) -%}
    case
        when {{ is_embargoed }} then 'embargoed'
        when {{ declared }} < {{ total }} or {{ pending }} > 0 then 'provisional'
        when {{ corrected }} > 0 then 'corrected'
        else 'declared'
    end
{%- endmacro %}
