#!/usr/bin/env bash
# images.sh: builds the three images, clay-operator, clay-operator-browser and clay-operator-claysim.
#
#   CONTAINER_TOOL  docker (default), podman or buildah, with its own options if need be
#   IMAGE_PREFIX    what stands before the names, for example registry.example.com/team/
#   TAG             their tag (default dev)
#   IMAGE_FLAGS     more options of the build
set -euo pipefail
cd "$(dirname "$0")/.."

read -ra tool <<<"${CONTAINER_TOOL:-docker}"
read -ra flags <<<"${IMAGE_FLAGS:-}"

# The time of the commit in place of the time of the build: with one version of buildah the same commit makes the same digest, which was seen. Docker
# takes the times of the files from the build all the same, unless it is told what the Dockerfile says; that was not tried.
epoch=$(git log -1 --format=%ct)
case "${tool[0]}" in
  buildah | podman) flags+=(--timestamp "$epoch" --layers) ;;
esac

# Asked once: the builds take minutes, in which a file may be changed.
version=$(git describe --tags --always --dirty)
revision=$(git rev-parse HEAD)

for target in manager browser claysim; do
  name=clay-operator
  [ "$target" = manager ] || name+=-$target
  "${tool[@]}" build --target "$target" --tag "${IMAGE_PREFIX:-}$name:${TAG:-dev}" \
    --build-arg VERSION="$version" --build-arg REVISION="$revision" \
    --build-arg SOURCE_DATE_EPOCH="$epoch" "${flags[@]}" .
done
