#!/usr/bin/env bash
# vulnerabilities.sh: fails when the operator calls code in which a vulnerability is known.
# Asks the Go vulnerability database, and where that host is not reached a copy of it: the newest that is pinned as a module.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=hack/tools/vulnerabilities/go.mod
database=https://vuln.go.dev
# A host that has not answered by then is better not waited for.
answer_seconds=20

if ! curl --silent --fail --max-time "$answer_seconds" --output /dev/null "$database/index/db.json"; then
  source=$(go list -modfile="$tools" -m -f '{{.Dir}}' golang.org/x/vulndb)
  if [ -z "$source" ]; then
    source=$(go mod download -modfile="$tools" -json golang.org/x/vulndb | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  fi
  copy=$(mktemp -d)
  trap 'rm -rf "$copy"' EXIT
  go tool -modfile="$tools" indexdb -vulns "$source/data/osv" -out "$copy"
  echo "vulnerabilities: $database is not reached; using the copy of $(go list -modfile="$tools" -m -f '{{.Time.Format "2006-01-02"}}' golang.org/x/vulndb)" >&2
  database=file://$copy
fi
# Of the standard library what counts is the release of Go that go.mod names, and not an older one that is on this machine.
toolchain=$(awk '$1 == "toolchain" {print $2}' go.mod)
GOTOOLCHAIN=$toolchain go tool -modfile="$tools" govulncheck -db "$database" ./...
