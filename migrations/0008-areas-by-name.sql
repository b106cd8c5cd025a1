-- Areas by a part of their name: the characters of a name lead to it. Trigrams do not, as a Chinese name is often asked for by
-- two characters, and as databases in the locale C know no letters but those of ASCII.
create index areas_name on areas using gin (string_to_array(name, null));
