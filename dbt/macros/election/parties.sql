{# Colours and labels of parties as facts: abbreviation -> (colour, text colour, short label). #}
{% macro known_parties() %}
    {{ return({
        'Con': ('#0087dc', '#ffffff', 'CON'),
        'Lab': ('#e4003b', '#ffffff', 'LAB'),
        'LD': ('#faa61a', '#000000', 'LD'),
        'RUK': ('#12b6cf', '#000000', 'RUK'),
        'BRX': ('#12b6cf', '#000000', 'BRX'),
        'UKIP': ('#70147a', '#ffffff', 'UKIP'),
        'Grn': ('#02a95b', '#ffffff', 'GRN'),
        'Green': ('#02a95b', '#ffffff', 'GRN'),
        'SNP': ('#fdf38e', '#000000', 'SNP'),
        'PC': ('#005b54', '#ffffff', 'PC'),
        'DUP': ('#d46a4c', '#000000', 'DUP'),
        'SF': ('#326760', '#ffffff', 'SF'),
        'SDLP': ('#2aa82c', '#ffffff', 'SDLP'),
        'UUP': ('#48a5ee', '#000000', 'UUP'),
        'APNI': ('#f6cb2f', '#000000', 'APNI'),
        'TUV': ('#0c3a6a', '#ffffff', 'TUV'),
        'WPB': ('#780021', '#ffffff', 'WPB'),
        'TUSC': ('#a2244c', '#ffffff', 'TUSC'),
        'BNP': ('#2e3b74', '#ffffff', 'BNP'),
        'Spk': ('#404040', '#ffffff', 'SPK'),
        'Ind': ('#6f6f6f', '#ffffff', 'IND'),
        'Independent': ('#6f6f6f', '#ffffff', 'IND'),
    }) }}
{% endmacro %}

{# Dark enough for white text; no known party's colour is among them. #}
{% macro fallback_colours() %}
    {{ return(['#5c6b73', '#7a5c3e', '#3f5e8c', '#6b4c7d', '#4e6e3a', '#8a4b55', '#3c6d70', '#6d6a2f']) }}
{% endmacro %}

{% macro party_colour(abbreviation) -%}
    case {{ abbreviation }}
        {%- for party, (colour, _, _) in known_parties().items() %}
        when '{{ party }}' then '{{ colour }}'
        {%- endfor %}
        else case {{ stable_bucket(abbreviation, fallback_colours() | length) }}
            {%- for colour in fallback_colours() %}
            when {{ loop.index0 }} then '{{ colour }}'
            {%- endfor %}
        end
    end
{%- endmacro %}

{% macro party_text_colour(abbreviation) -%}
    case when {{ abbreviation }} in (
        {%- for party, facts in known_parties().items() if facts[1] == '#000000' -%}
        {{ ', ' if not loop.first }}'{{ party }}'
        {%- endfor -%}
    ) then '#000000' when {{ abbreviation }} is not null then '#ffffff' end
{%- endmacro %}

{% macro party_short_label(abbreviation) -%}
    case {{ abbreviation }}
        {%- for party, facts in known_parties().items() %}
        when '{{ party }}' then '{{ facts[2] }}'
        {%- endfor %}
        else upper(substr({{ abbreviation }}, 1, 4))
    end
{%- endmacro %}
