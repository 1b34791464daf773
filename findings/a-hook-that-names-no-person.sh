#!/usr/bin/env bash
# semantic-release 25.0.9 writes [secure] in place of whatever a variable with "auth" in its name holds (or "key", "private",
# "token"), five characters or more, in all that it and its hooks print. GIT_AUTHOR_NAME is such a variable: where CI sets it to
# a person, no hook of @semantic-release/exec 7.1.0 can print who that person is. GIT_COMMITTER_NAME with the same name is what
# shows that it is not about names.
# Guessed before: tokens are hidden, and names are not.
#
# Seen:
#   with GIT_COMMITTER_NAME:  approved by Jane Smith
#   with GIT_AUTHOR_NAME:     approved by [secure]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-save --prefix tools semantic-release@25.0.9 @semantic-release/exec@7.1.0 node@24.14.0 >/dev/null
node=$(find "$PWD/tools/node_modules" -path '*/bin/node' -type f | head -n 1)

export GIT_CONFIG_GLOBAL="$PWD/gitconfig"
git config --file gitconfig user.name A && git config --file gitconfig user.email a@example.org
git init -q --bare -b main remote.git && git clone -q remote.git work 2>/dev/null && cd work && git checkout -q -b main
cat >.releaserc.json <<'JSON'
{"branches": ["main"], "plugins": ["@semantic-release/commit-analyzer",
  ["@semantic-release/exec", {"verifyReleaseCmd": "echo approved by Jane Smith"}]]}
JSON
ln -s ../tools/node_modules node_modules && echo node_modules >.gitignore
git add -A && git commit -q -m "feat: one" && git push -q origin main
expect() { # variable, expected
  local seen
  seen=$(env "$1=Jane Smith" "$node" node_modules/semantic-release/bin/semantic-release.js --no-ci --dry-run \
    --repository-url "file://$folder/remote.git" 2>&1 | grep '^approved by' | head -n 1)
  printf 'with %-20s %s\n' "$1:" "$seen"
  [ "$seen" = "$2" ] || { echo "this has changed: it was '$2'" >&2; exit 1; }
}
expect GIT_COMMITTER_NAME "approved by Jane Smith"
expect GIT_AUTHOR_NAME "approved by [secure]"
