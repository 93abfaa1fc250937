"""Files for others, from the marts alone: tables, standard formats, small files for who polls."""
