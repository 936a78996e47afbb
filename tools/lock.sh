#!/bin/sh
# Updates both locks after a change of pyproject.toml; with --check only compares them.
# They hold names, versions and hashes, but no index address, so any mirror can serve them.
set -eu
cd "$(dirname "$0")/.."
uv="$PWD/${VENV:-.venv}/bin/uv"
locks="requirements.txt requirements-dev.txt"

compile() { # versions that a lock already names are kept, unless an option says --upgrade
  lock="$1"; shift
  "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-header --extra demo --group build -o "$lock" "$@" > /dev/null
}

work="$(mktemp -d)"
trap 'rm -r "$work"' EXIT
for file in pyproject.toml $locks; do [ ! -e "$file" ] || cp "$file" "$work"; done
check=
[ "${1:-}" != --check ] || { check=yes; shift; }
(
  cd "$work"
  compile requirements.txt "$@"
  compile requirements-dev.txt --group dev -c requirements.txt "$@"
)
for lock in $locks; do
  [ -z "$check" ] || diff "$lock" "$work/$lock" || { echo "$lock is behind pyproject.toml: run 'make lock'" >&2; exit 1; }
  cmp -s "$lock" "$work/$lock" || cp "$work/$lock" "$lock"
done
[ -z "$check" ] || echo "The locks agree with pyproject.toml."
