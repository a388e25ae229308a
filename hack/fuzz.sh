#!/usr/bin/env bash
# fuzz.sh DURATION: runs every fuzz target of the project for that long, one after the other.
set -euo pipefail
cd "$(dirname "$0")/.."
duration=${1:?usage: fuzz.sh DURATION}

grep -rlE --include='*_test.go' '^func Fuzz' api controllers internal | xargs -r -n 1 dirname | sort -u | while read -r package; do
  go test -list '^Fuzz' "./$package" | grep '^Fuzz' | while read -r target; do
    echo "$package $target"
    go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "./$package" </dev/null
  done
done
