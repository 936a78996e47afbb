#!/bin/sh
# Installs the programs that the system tests use, if it is allowed to; else prints the apt line and continues.
# Debian then starts a broker and an InfluxDB as services: the tests do not use them, they choose ports of their own.
set -eu

missing=""
while read -r program packages; do
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v "$program" > /dev/null || missing="$missing $packages"
done << 'PARTS'
mosquitto mosquitto
influxd influxdb
victoria-metrics victoria-metrics
socat socat
chromium chromium fonts-dejavu-core
gcc gcc libc6-dev
PARTS
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root="env"
elif sudo -n true 2> /dev/null; then as_root="sudo env"
else
  echo "tests: some real parts are missing, their tests will be skipped: sudo apt-get install$missing" >&2
  exit 0
fi
echo "tests: installing$missing"
log="$(mktemp)"
trap 'rm "$log"' EXIT
# shellcheck disable=SC2086 # a list of packages
{ $as_root DEBIAN_FRONTEND=noninteractive apt-get update && $as_root DEBIAN_FRONTEND=noninteractive \
  apt-get install --yes --no-install-recommends $missing; } > "$log" 2>&1 < /dev/null ||
  { tail -20 "$log" >&2; echo "tests: apt could not install$missing" >&2; }
