#!/usr/bin/env bash
# Runs a command with a PostgreSQL server of its own, thrown away afterwards; JIEBANG_TEST_POSTGRES names it.
#   scripts/with-postgres.sh cargo xtask statements
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
if [ -z "$bin" ]; then
  echo "PostgreSQL is missing: apt-get install postgresql" >&2
  exit 2
fi
folder=$(mktemp -d)
# The server refuses to run as root.
as=()
if [ "$(id -u)" = 0 ]; then
  as=(runuser -u postgres --)
  chown postgres "$folder"
fi
stop() {
  (cd "$folder" && "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1) || true
  rm -rf "$folder"
}
trap stop EXIT
(
  cd "$folder"
  "${as[@]}" "$bin/initdb" -D "$folder/data" -U jiebang -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
  # On a socket only. Many tests at once need many connections; an fsync that is left out is no matter to them.
  "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w start \
    -o "-k $folder -c listen_addresses='' -c max_connections=400 -c fsync=${JIEBANG_TEST_FSYNC:-off}" >/dev/null
)
JIEBANG_TEST_POSTGRES="postgres://jiebang@$(printf %s "$folder" | sed 's,/,%2F,g')" "$@"
