#!/usr/bin/env bash
# Installs the servers that the tests start, and Node for the client that
# checks the simulator, where a Debian package manager is at hand. A machine
# that has them, or that names other servers in CROSSWALK_TEST_POSTGRES and
# CROSSWALK_TEST_MARIADB, is left as it is.
set -euo pipefail

missing=()
if [ -z "${CROSSWALK_TEST_POSTGRES:-}" ] && ! ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && ! command -v postgres >/dev/null; then
	missing+=(postgresql)
fi
if [ -z "${CROSSWALK_TEST_MARIADB:-}" ] && ! command -v mariadbd >/dev/null && [ ! -x /usr/sbin/mariadbd ]; then
	missing+=(mariadb-server)
fi
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
	echo "The tests need ${missing[*]}; install them, or name other servers in CROSSWALK_TEST_POSTGRES and CROSSWALK_TEST_MARIADB." >&2
	exit 1
fi
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
echo "Installing ${missing[*]} for the tests"
$sudo apt-get update -q
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -q --no-install-recommends "${missing[@]}"
