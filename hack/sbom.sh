#!/usr/bin/env bash
# sbom.sh: writes for each of the images what it consists of (Go modules, Debian packages, npm packages), as SPDX, into bin/sbom. The images have to
# be built; the variables are those of images.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra tool <<<"${CONTAINER_TOOL:-docker}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p bin/sbom

# Compiled here and not run by "go tool", which cannot tell syft its own version: the documents name what made them.
scanner=hack/tools/sbom/go.mod
scanner_version=$(go list -modfile="$scanner" -m -f '{{.Version}}' github.com/anchore/syft)
go build -modfile="$scanner" -ldflags="-X main.version=${scanner_version#v}" -o "$work/syft" github.com/anchore/syft/cmd/syft

# version_of IMAGE: what the image says of itself. What is checked out here may be another version by now.
version_of() {
  local label='"org.opencontainers.image.version"'
  case "${tool[0]}" in
    buildah) "${tool[@]}" inspect --type image --format "{{index .OCIv1.Config.Labels $label}}" "$1" ;;
    *) "${tool[@]}" inspect --format "{{index .Config.Labels $label}}" "$1" ;;
  esac
}

# describe NAME FILES PACKAGE...: writes the document of an image, with FILES of its files, and fails where it lacks one of the packages: a scanner that
# finds nothing says so in no other way.
describe() {
  local name=$1 files=$2 package
  shift 2
  local image=${IMAGE_PREFIX:-}$name:${TAG:-dev} archive=$work/$name.tar document=bin/sbom/$name.spdx.json
  case "${tool[0]}" in
    buildah) "${tool[@]}" push --quiet "$image" "docker-archive:$archive:$image" ;;
    *) "${tool[@]}" save --output "$archive" "$image" ;;
  esac
  SYFT_FILE_METADATA_SELECTION=$files "$work/syft" scan --quiet --source-name "$name" --source-version "$(version_of "$image")" \
    --output "spdx-json=$work/$name.json" "docker-archive:$archive"
  rm "$archive"
  for package in "$@"; do
    if ! grep -qF "\"name\":\"$package\"" "$work/$name.json"; then
      echo "sbom.sh: what was found in $image lacks $package; nothing was written for it" >&2
      exit 1
    fi
  done
  mv "$work/$name.json" "$document"
  echo "$document"
}

# The two without packages have few files, some of which belong to no module: the CA certificates.
describe clay-operator all github.com/seatwright/clay-operator stdlib
describe clay-operator-browser owned-by-package github.com/seatwright/clay-operator stdlib \
  chromium-headless-shell ca-certificates nodejs tini playwright-core
describe clay-operator-claysim all github.com/seatwright/clay-operator stdlib
