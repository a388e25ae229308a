#!/usr/bin/env bash
# driver.sh DIRECTORY: puts Playwright's driver into DIRECTORY/package, from npm. Does nothing where it is there.
#
# playwright-go can download the driver itself, but only from a host that no longer serves this version. The npm package
# holds the same program, and playwright-go accepts it by its version number.
set -euo pipefail

# The version that playwright-go v0.6000.0 asks for, and the checksum of its npm package.
version=1.60.0
checksum=8b1df81ba75e90a41eb5c996350ea7ecc1c915ea643ec55138f91c949c5a25bf

directory=${1:?usage: driver.sh DIRECTORY}
if [ -f "$directory/package/cli.js" ]; then exit 0; fi

echo "fetching the Playwright driver $version from npm" >&2
mkdir -p "$(dirname "$directory")"
# Beside its destination, so that the last step is a rename and no half of a driver is ever seen.
work=$(mktemp -d "$directory.XXXXXX")
trap 'rm -rf "$work"' EXIT

(cd "$work" && npm pack --silent "playwright-core@$version" >/dev/null </dev/null)
archive=$work/playwright-core-$version.tgz
if ! echo "$checksum  $archive" | sha256sum --check --quiet >&2; then
  echo "driver.sh: npm's playwright-core $version is not the package that this project was tested with; nothing was installed" >&2
  exit 1
fi
tar -xzf "$archive" -C "$work"
rm "$archive"

# The change that playwright-go makes in a driver that it downloads: a page error without a location must not end the driver.
sed -i \
  -e 's/pageError\.location\.url/pageError.location?.url || ""/g' \
  -e 's/pageError\.location\.lineNumber/pageError.location?.lineNumber || 0/g' \
  -e 's/pageError\.location\.columnNumber/pageError.location?.columnNumber || 0/g' \
  "$work/package/lib/coreBundle.js"

node "$work/package/cli.js" --version | grep -qF "$version"

chmod 755 "$work" # mktemp makes it private; in an image another user runs it
if ! mv --no-target-directory "$work" "$directory" 2>/dev/null; then
  # A concurrent run was first; its driver is as good.
  [ -f "$directory/package/cli.js" ]
fi
