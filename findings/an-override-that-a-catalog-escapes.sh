#!/usr/bin/env bash
# An override for a range of versions, as an advisory asks for ("below 7.1 take 7.1"), passes over what is asked for by a catalog, though
# the catalog's range is in the override's:
#   pnpm 9.15.9 and 10.34.9: `is-number@<7: 7.0.0` and a catalog with `is-number: ^6.0.0` install 6.0.0 for `catalog:`, and 7.0.0 where the
#   manifest itself says `^6.0.0`. An override without a range (`is-number: 7.0.0`) counts for both.
#   Yarn 4.18.0: the same of `resolutions`.
# Nothing is told, and a frozen install takes the lock file for good.
# Guessed before: a catalog is looked up first, and an override is held against what it says.
#
# Seen:
#   pnpm 9, range, manifest:      7.0.0
#   pnpm 9, range, catalog:       6.0.0
#   pnpm 9, no range, catalog:    7.0.0
#   (the same with pnpm 10 and Yarn)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
for package in pnpm@9.15.9 pnpm@10.34.9 @yarnpkg/cli-dist@4.18.0; do
  npm install --silent --no-save --no-audit --prefix "tool-${package##*@}" "$package" >/dev/null
done
expect() { # what, seen, expected
  printf '%-29s %s\n' "$1:" "$2"
  [ "$2" = "$3" ] || { echo "this has changed: it was '$3'" >&2; exit 1; }
}
installed() { node -p 'require("./node_modules/is-number/package.json").version'; }

pnpm() { # version, selector, requirement
  rm -rf "$folder/project" && mkdir "$folder/project" && cd "$folder/project"
  printf 'packages: []\ncatalog:\n  is-number: ^6.0.0\noverrides:\n  "%s": 7.0.0\n' "$2" >pnpm-workspace.yaml
  # Until version 10 overrides stand in the manifest.
  printf '{"name": "top", "dependencies": {"is-number": "%s"}, "pnpm": {"overrides": {"%s": "7.0.0"}}}\n' "$3" "$2" >package.json
  local run="$folder/tool-$1/node_modules/.bin/pnpm"
  CI=1 "$run" install --no-frozen-lockfile --silent >/dev/null 2>&1
  CI=1 "$run" install --frozen-lockfile --silent >/dev/null 2>&1
  installed
}
for version in 9.15.9 10.34.9; do
  expect "pnpm ${version%%.*}, range, manifest" "$(pnpm "$version" 'is-number@<7' '^6.0.0')" 7.0.0
  expect "pnpm ${version%%.*}, range, catalog" "$(pnpm "$version" 'is-number@<7' 'catalog:')" 6.0.0
  expect "pnpm ${version%%.*}, no range, catalog" "$(pnpm "$version" 'is-number' 'catalog:')" 7.0.0
done

yarn() { # selector, requirement
  rm -rf "$folder/project" && mkdir "$folder/project" && cd "$folder/project"
  printf 'catalog:\n  is-number: ^6.0.0\nnodeLinker: node-modules\nenableTelemetry: false\n' >.yarnrc.yml
  printf '{"name": "top", "private": true, "dependencies": {"is-number": "%s"}, "resolutions": {"%s": "7.0.0"}}\n' "$2" "$1" >package.json
  touch yarn.lock
  node "$folder/tool-4.18.0/node_modules/@yarnpkg/cli-dist/bin/yarn.js" install --no-immutable >/dev/null
  installed
}
expect "Yarn, range, manifest" "$(yarn 'is-number@npm:^6.0.0' '^6.0.0')" 7.0.0
expect "Yarn, range, catalog" "$(yarn 'is-number@npm:^6.0.0' 'catalog:')" 6.0.0
expect "Yarn, no range, catalog" "$(yarn 'is-number' 'catalog:')" 7.0.0
