#!/usr/bin/env bash
# Prints the Python that tests/api runs on. Its packages, pinned in tests/api/requirements.txt, stand in the user's cache, outside the
# clone; another list is another environment.
set -euo pipefail
cd "$(dirname "$0")/.."
list=tests/api/requirements.txt
place=${XDG_CACHE_HOME:-$HOME/.cache}/jiebang/api-$(sha256sum "$list" | cut -c1-16)
if [ ! -e "$place/whole" ]; then
  echo "installing the packages of $list into $place" >&2
  rm -rf "$place"
  python3 -m venv "$place" >&2
  "$place/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$list" >&2
  touch "$place/whole"
fi
echo "$place/bin/python"
