#!/usr/bin/env bash
# check-generated.sh: fails, naming the files, when a generated file is not what its source would make today.
# It works on a copy, so that it neither needs a clean work tree nor changes it.
set -euo pipefail
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# What is in the index or could be; a file deleted but not yet from the index has nothing to copy.
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null | tar -xf - -C "$copy"

cd "$copy"
git init --quiet
git add --all
make generate
git add --all --intent-to-add
if ! git diff --exit-code; then
  echo "These generated files are out of date; run 'make generate' and commit them:" >&2
  git diff --name-only >&2
  exit 1
fi
echo "every generated file is up to date"
