#!/usr/bin/env bash
# The tests over HTTP on SQLite and on PostgreSQL; prints how many there were on each, and fails unless the numbers are equal.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=()
for file in crates/testkit/tests/*.rs; do
  tests+=(--test "$(basename "$file" .rs)")
done
if command -v cargo-nextest >/dev/null 2>&1; then run=(cargo nextest run); else run=(cargo test); fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
on() { # name command…
  local name=$1; shift
  echo "tests over HTTP on $name"
  "$@" "${run[@]}" --locked --workspace --no-fail-fast "${tests[@]}" 2>&1 | tee "$log" | grep -vE '^ +PASS |\.\.\. ok$' || true
  if grep -qE '(^| )(FAIL|FAILED|error)' "$log"; then exit 1; fi
  passed=$(sed -nE 's/.* ([0-9]+) passed.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }')
}
on SQLite env -u JIEBANG_TEST_POSTGRES
sqlite=$passed
on PostgreSQL scripts/with-postgres.sh
echo "tests over HTTP: $sqlite on SQLite, $passed on PostgreSQL"
[ "$sqlite" = "$passed" ] && [ "$sqlite" -gt 0 ]
