#!/usr/bin/env bash
# Runs every fuzz test for a while: scripts/fuzz.sh 20s
set -euo pipefail
for time in "${1:-20s}"; do
	grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
		grep -oE '^func Fuzz[A-Za-z0-9_]+' "$file" | awk '{print $2}' | while read -r name; do
			echo "== $(dirname "$file") $name"
			go test "./$(dirname "$file")" -run '^$' -fuzz "^$name\$" -fuzztime "$time"
		done
	done
done
