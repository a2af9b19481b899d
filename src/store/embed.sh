#!/bin/sh
# Print the migration files as C: an array of number, name, checksum and text, ended by an empty entry.
# usage: embed.sh FILE... (NNNN_name.sql, in order)
set -eu

printf '#include "migration.h"\n\nconst struct migration store_migrations[] = {\n'
for file in "$@"; do
    base=$(basename "$file" .sql)
    number=$(printf '%s' "${base%%_*}" | sed 's/^0*//')
    sum=$(sha256sum <"$file" | cut -d ' ' -f 1)
    printf '    {.number = %d,\n     .name = "%s",\n     .sha256 = "%s",\n     .sql =\n' "$number" "${base#*_}" "$sum"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/         "/' -e 's/$/\\n"/' "$file"
    printf '    },\n'
done
printf '    {.number = 0},\n};\n'
