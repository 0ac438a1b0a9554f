#!/usr/bin/env bash
# Installs from Debian's packages what the given purpose needs and is not there yet; says what it does.
#   scripts/setup.sh demo    build tools, Chinese fonts
#   scripts/setup.sh test    the same, a browser, Node, PostgreSQL, and outside the clone an environment of Python for tests/api
set -euo pipefail
purpose=${1:-demo}

missing=()
need() { # command package…
  local command=$1; shift
  command -v "$command" >/dev/null 2>&1 || missing+=("$@")
}
need cc build-essential
command -v fc-list >/dev/null 2>&1 || missing+=(fontconfig)
# Documents are set in these very families.
if ! (command -v fc-list >/dev/null 2>&1 && fc-list 'Noto Serif CJK SC' family | grep -q .); then missing+=(fonts-noto-cjk); fi
if [ "$purpose" = test ]; then
  need chromium chromium
  need node nodejs
  need npm npm
  need python3 python3
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  # Tests of encrypted connections make their own certificates.
  need openssl openssl
  # Tests of documents read their text, look at their pages and at the objects of their files.
  need pdftotext poppler-utils
  need qpdf qpdf
  # The independent verifier of the ledger runs on Debian's interpreter.
  /usr/bin/python3 -c 'import cryptography' 2>/dev/null || missing+=(python3 python3-cryptography)
  # The check of the API has packages of its own, which Debian's interpreter must be able to keep apart.
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
fi

if [ ${#missing[@]} -gt 0 ]; then
  echo "installing from Debian's packages: ${missing[*]}"
  as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get update -q
  as_root apt-get install -y -q --no-install-recommends "${missing[@]}"
fi
if ! command -v cargo >/dev/null 2>&1; then
  echo "The Rust toolchain is missing; install rustup and the version of rust-toolchain.toml first." >&2
  exit 2
fi
if [ "$purpose" = test ]; then scripts/api-python.sh >/dev/null; fi
