#!/usr/bin/env bash
# control-plane.sh: makes sure that etcd, kube-apiserver and kubectl are on this machine, and prints their directory.
#
# Taken from, in this order: KUBEBUILDER_ASSETS, the cache, the download that envtest uses, and, where that host is not
# reached, a compilation of the same programs from their Go modules. Safe to run twice at once.
set -euo pipefail
cd "$(dirname "$0")/.."

# Must match the requirements in hack/tools/control-plane/go.mod.
kubernetes=v1.37.2
minor=37
programs=(etcd kube-apiserver kubectl)

# The download is about 150 MB; a host that has not delivered it by then is better not waited for.
download_seconds=120
# How long a compilation may be silent before it says how far it is.
report_seconds=15

say() { echo "control plane: $*" >&2; }

complete() {
  local program
  for program in "${programs[@]}"; do
    [ -x "$1/$program" ] || return 1
  done
}

if [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
  complete "$KUBEBUILDER_ASSETS" || {
    say "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS lacks one of: ${programs[*]}"
    exit 1
  }
  echo "$KUBEBUILDER_ASSETS"
  exit 0
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/clay-operator/control-plane
destination=$cache/$kubernetes
finish() {
  echo "$destination"
  exit 0
}
if complete "$destination"; then finish; fi

mkdir -p "$cache"
exec 9>"$cache/.lock"
if ! flock --nonblock 9; then
  say "another run is preparing it; waiting for that"
  flock 9
  if complete "$destination"; then finish; fi
fi

# In the cache itself, so that the last step is a rename and no half of a control plane is ever used.
work=$cache/.work
remove_work() {
  if [ -e "$work" ]; then
    chmod -R u+w "$work" # envtest makes what it downloads read-only
    rm -rf "$work"
  fi
}
remove_work # of a run that was killed
trap remove_work EXIT
mkdir -p "$work/bin"

# Any patch release of the minor version will do: envtest publishes not every one.
download() {
  local setup_envtest assets
  setup_envtest=$(go tool -n -modfile=hack/tools/go.mod setup-envtest) || return 1
  assets=$(timeout "$download_seconds" "$setup_envtest" use "1.$minor.x" --bin-dir "$work/envtest" -p path 9>&- 2>"$work/envtest.log") || return 1
  complete "$assets" && cp "${programs[@]/#/$assets/}" "$work/bin/"
}

# report_progress TOTAL reads what `go build -v` prints, a package a line, passes on what is no package's name, and says now
# and then how far it is. Go does not name the packages that it has compiled before, so that the end may come early.
report_progress() {
  local line packages=0 next=$((SECONDS + report_seconds)) started=$SECONDS status
  while true; do
    status=0
    IFS= read -r -t "$report_seconds" line || status=$?
    case "$status:${line:-}" in
      0:"go: downloading"*) ;;
      0:*" "*) echo "$line" >&2 ;;
      0:*) packages=$((packages + 1)) ;;
      1:*) return 0 ;; # the end; a time-out has a status above 128
    esac
    if ((SECONDS >= next)); then
      say "$packages of at most $1 packages, $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s"
      next=$((SECONDS + report_seconds))
    fi
  done
}

# compile PROGRAM PACKAGE, in the module that pins both.
compile() {
  local version=k8s.io/component-base/version total
  say "compiling $1"
  cd hack/tools/control-plane
  total=$(go list -deps "$2" 9>&- | wc -l)
  go build -v -trimpath \
    -ldflags "-s -w -X $version.gitVersion=$kubernetes -X $version.gitMajor=1 -X $version.gitMinor=$minor" \
    -o "$work/bin/$1" "$2" 9>&- 2>&1 | report_progress "$total"
  cd - >/dev/null
}

say "looking for Kubernetes 1.$minor to download"
if ! download; then
  reason=$(tail -n 1 "$work/envtest.log" 2>/dev/null || true)
  say "it cannot be downloaded here (${reason##*: })"
  say "compiling Kubernetes $kubernetes from source instead: 5 to 15 minutes, once on this machine"
  compile etcd go.etcd.io/etcd/server/v3
  compile kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver
  compile kubectl k8s.io/kubernetes/cmd/kubectl
fi

rm -rf "$destination"
mv "$work/bin" "$destination"
say "ready in $destination"
finish
