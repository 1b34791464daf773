#!/usr/bin/env bash
# A lock file says which version of the project it was made for, and only some tools care. With a lock file that still has the last
# version of the project, and an older one of a workspace's member:
#   npm 11.19.1 (`npm ci`) installs, exits 0 and leaves the lock file as it is, though its documentation says that it ends in an error where
#   the lock file does not match package.json; it compares dependencies only.
#   uv 0.13.9 refuses it (`uv lock --check`, exit 1), and takes it without a word with `uv sync --frozen`.
# Guessed before: the commands that are made for CI refuse a lock file of another version.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
mkdir npm && npm install --silent --no-save --prefix npm npm@11.19.1 >/dev/null
expect() { # what, seen, expected
  printf '%-16s %s\n' "$1:" "$2"
  [ "$2" = "$3" ] || { echo "this has changed: it was '$3'" >&2; exit 1; }
}
answer() { "$@" >/dev/null 2>&1 && echo "exit 0" || echo "exit $?"; }

mkdir -p node/packages/member && cd node
printf '{"name": "top", "version": "1.2.3", "private": true, "workspaces": ["packages/*"], "dependencies": {"is-number": "7.0.0"}}\n' >package.json
printf '{"name": "member", "version": "0.4.0"}\n' >packages/member/package.json
npm() { ../npm/node_modules/.bin/npm "$@"; }
npm install --silent --package-lock-only >/dev/null
sed -i 's/"version": "1.2.3"/"version": "1.2.2"/; s/"version": "0.4.0"/"version": "0.3.0"/' package-lock.json
before=$(cat package-lock.json)
expect "npm ci" "$(answer npm ci)" "exit 0"
expect "the lock file" "$([ "$before" = "$(cat package-lock.json)" ] && echo unchanged || echo changed)" "unchanged"

mkdir ../python && cd ../python
printf '[project]\nname = "demo"\nversion = "1.2.2"\nrequires-python = ">=3.9"\ndependencies = ["iniconfig==2.0.0"]\n' >pyproject.toml
../tools/bin/uv lock --quiet
sed -i 's/^version = "1.2.2"/version = "1.2.3"/' pyproject.toml
expect "uv lock --check" "$(answer ../tools/bin/uv lock --check)" "exit 1"
expect "uv sync --frozen" "$(answer ../tools/bin/uv sync --frozen)" "exit 0"
