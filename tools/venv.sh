#!/bin/sh
# tools/venv.sh LOCK: builds $VENV (.venv) with $PYTHON (python3) from a lock and puts the project itself into it.
# pip, with whatever index it is set up for; the build runs without isolation, so nothing is fetched beside the lock.
set -eu
cd "$(dirname "$0")/.."
lock="$1"
python="${PYTHON:-python3}"
venv="${VENV:-.venv}"

fail() { echo "setup: $*" >&2; exit 1; }

command -v "$python" > /dev/null || fail "no $python here: sudo apt-get install python3 python3-venv"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)' ||
  fail "Python 3.11 or newer, 64-bit, is needed; $python is $("$python" -VV): install one and say make PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2> /dev/null || fail "no venv for $python: sudo apt-get install python3-venv"

"$venv/bin/python" -c '' 2> /dev/null || "$python" -m venv --clear "$venv"
echo "setup: installing $lock into $venv"
"$venv/bin/pip" install -qq --disable-pip-version-check --require-hashes --no-deps -r "$lock"
"$venv/bin/pip" install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
# Nobody compiles an editable install, and where Python may write no bytecode each start would do it anew: 0.3 s.
"$venv/bin/python" -m compileall -q drivers gateway api simulators
