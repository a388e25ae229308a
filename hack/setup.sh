#!/usr/bin/env bash
# setup.sh: installs what the tests and the demo need and this machine lacks. Quick where nothing is missing.
# It needs Go, node and npm, and asks for sudo only to install Chromium with apt.
#
# `hack/setup.sh window` installs besides what the test of `clay-operator login` needs: a screen that nobody sees, a hand that strikes keys, and a
# Chromium that has a window, 400 MB in all. Without them that test is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

# Below this the Playwright driver does not start.
node_minimum=18

cache=${XDG_CACHE_HOME:-$HOME/.cache}/clay-operator
driver=${PLAYWRIGHT_DRIVER_PATH:-$cache/playwright/1.60.0}
# Chromium from Playwright's own download, for distributions that have no package of it.
downloaded=$cache/chromium-headless-shell

fail() {
  echo "setup: $*" >&2
  exit 1
}

require_toolchain() {
  command -v go >/dev/null || fail "Go is not installed; see https://go.dev/doc/install"
  # In the module, so that Go applies the minimum of go.mod, or fetches that toolchain where it may.
  go version >/dev/null || fail "$(go env GOVERSION 2>/dev/null || echo 'this Go') is too old for $(grep '^go ' go.mod); see https://go.dev/doc/install"
  command -v node >/dev/null || fail "node is not installed; on Debian and Ubuntu: apt-get install nodejs npm"
  node -e "process.exit(parseInt(process.versions.node) < $node_minimum ? 1 : 0)" ||
    fail "node $(node --version) is too old, version $node_minimum or newer is needed"
  command -v npm >/dev/null || fail "npm is not installed; on Debian and Ubuntu: apt-get install npm"
}

# Looks where the operator looks. A snap is passed over: it cannot see the temporary profile directory that Playwright
# makes for it.
have_chromium() {
  if [ -n "${CLAY_CHROMIUM:-}" ]; then
    command -v "$CLAY_CHROMIUM" >/dev/null || fail "CLAY_CHROMIUM=$CLAY_CHROMIUM is not a program"
    return 0
  fi
  have_one_of /usr/lib/chromium/chromium-headless-shell chromium-headless-shell "$downloaded" /usr/lib/chromium/chromium chromium google-chrome
}

have_window() {
  case "${CLAY_CHROMIUM:-headless}" in
    *headless*) have_one_of /usr/lib/chromium/chromium google-chrome google-chrome-stable chromium chromium-browser ;;
  esac
}

have_one_of() {
  local name path
  for name in "$@"; do
    path=$(command -v "$name") || continue
    case "$(readlink -f "$path")" in
      /snap/* | /usr/bin/snap) ;;
      *) return 0 ;;
    esac
  done
  return 1
}

apt_get() {
  if [ "$(id -u)" -eq 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get "$@"
  else
    command -v sudo >/dev/null || fail "run as root: apt-get $*"
    sudo DEBIAN_FRONTEND=noninteractive apt-get "$@"
  fi
}

install_chromium() {
  command -v apt-get >/dev/null ||
    fail "no Chromium was found, and this is not Debian or Ubuntu: install Chromium or Chrome, or set CLAY_CHROMIUM to its path"
  echo "installing Chromium with apt" >&2
  apt_get update -qq
  if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
    # A font as well: Chromium does not require one, and without it every picture shows boxes for letters.
    apt_get install -y -qq --no-install-recommends chromium-headless-shell fonts-dejavu-core >/dev/null
    return
  fi
  echo "this distribution has no chromium-headless-shell package (Ubuntu's Chromium is a snap, which Playwright cannot drive);" >&2
  echo "downloading the build of Chromium that Playwright publishes instead" >&2
  # --with-deps asks for sudo too, for the libraries that Chromium needs.
  PLAYWRIGHT_BROWSERS_PATH=$cache/browsers node "$driver/package/cli.js" install --with-deps chromium-headless-shell >&2 ||
    fail "that download failed: install Google Chrome (https://www.google.com/chrome/), or set CLAY_CHROMIUM to a Chromium that is no snap"
  ln -sf "$cache"/browsers/chromium_headless_shell-*/*/*headless*shell "$downloaded"
}

install_window() {
  command -v Xvfb >/dev/null && command -v xdotool >/dev/null && have_window && return
  command -v apt-get >/dev/null || fail "this is not Debian or Ubuntu: install Xvfb, xdotool, and Chromium or Chrome"
  echo "installing Xvfb, xdotool and a Chromium with a window with apt" >&2
  apt_get update -qq
  apt_get install -y -qq --no-install-recommends xvfb xdotool >/dev/null
  have_window && return
  # Ubuntu has it as a snap only.
  apt_get install -y -qq --no-install-recommends chromium >/dev/null || true
  have_window ||
    fail "this distribution has no chromium package: install Google Chrome (https://www.google.com/chrome/), or set CLAY_CHROMIUM to a Chromium that is no snap"
}

require_toolchain
hack/driver.sh "$driver"
have_chromium || install_chromium
if [ "${1:-}" = window ]; then
  install_window
fi
