#!/usr/bin/env bash
# release-please 17.11.2: a YAML file among `extra-files` by its plain path, with the mark `# x-release-please-version` on its
# version's line, is parsed and written anew: comments go, the mark too, flow mappings are unfolded, and a day becomes a time, in
# keys that have nothing to do with the version. {"type": "generic"} changes the marked line alone.
# Guessed before: with a mark a plain path means that line, and only `type: yaml` writes the file anew.
#
# Seen of: version: "1.0.0" # x-release-please-version
#          tested: {by: Jane, at: 2026-11-24} # by hand
#   plain:    version: 1.1.0 | tested: |   by: Jane |   at: 2026-11-24T00:00:00.000Z
#   generic:  version: "1.1.0" # x-release-please-version | tested: {by: Jane, at: 2026-11-24} # by hand
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"; [ -z "${server:-}" ] || kill "$server"' EXIT
cd "$folder"
npm install --silent --no-save --prefix tools release-please@17.11.2 >/dev/null

# As much of a forge as a pull request takes: what is to be in its tree is kept.
cat >server.cjs <<'JAVASCRIPT'
const fs = require("fs"), http = require("http");
const sha = process.argv[2], none = { nodes: [], pageInfo: { hasNextPage: false } };
const out = { name: "v1.0.0", tagName: "v1.0.0", tag: { name: "v1.0.0" }, tagCommit: { oid: process.argv[3] }, isDraft: false, url: "", description: "" };
const pull = { number: 1, title: "", body: "", labels: [], head: { ref: "head" }, base: { ref: "main" } };
const server = http.createServer((request, response) => {
  let body = "";
  request.on("data", part => body += part);
  request.on("end", () => {
    const answer = (value, status = 200) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    if (request.url.endsWith("/graphql")) return answer({ data: { repository: { releases: { ...none, nodes: [out] }, pullRequests: none } } });
    if (request.url.endsWith("/git/trees")) fs.writeFileSync("tree.json", body);
    if (request.method !== "GET") return answer({ ...pull, sha, ref: "", object: { sha }, tree: { sha } }, request.method === "POST" ? 201 : 200);
    if (request.url.endsWith("/orders")) return answer({ default_branch: "main" });
    if (request.url.endsWith("/branches/main")) return answer({ name: "main", commit: { sha } });
    if (request.url.includes("/git/commits/")) return answer({ sha, tree: { sha } });
    if (request.url.includes("/git/ref")) return answer({}, 404);
    answer(request.url.endsWith("/pulls/1") ? pull : []);
  });
});
server.listen(0, "127.0.0.1", () => fs.writeFileSync("port", String(server.address().port)));
JAVASCRIPT

export GIT_CONFIG_GLOBAL="$PWD/gitconfig"
git config --file gitconfig user.name A && git config --file gitconfig user.email a@example.org
git init -q --bare -b main remote.git
expect() { # name, entry of extra-files, expected
  git clone -q remote.git "$1" 2>/dev/null && cd "$1" && git checkout -q -B main
  echo '{"name": "orders", "version": "1.0.0"}' >package.json
  echo '{".": "1.0.0"}' >.release-please-manifest.json
  echo "{\"packages\": {\".\": {\"release-type\": \"node\", \"include-component-in-tag\": false, \"extra-files\": [$2]}}}" >release-please-config.json
  printf 'version: "1.0.0" # x-release-please-version\ntested: {by: Jane, at: 2026-11-24} # by hand\n' >release.yaml
  git add -A && git commit -q -m "feat: one ($1)" && git commit -q --allow-empty -m "feat: two" && git push -q origin main
  cd .. && mkfifo port
  rm -f tree.json
  node server.cjs "$(git -C "$1" rev-parse HEAD)" "$(git -C "$1" rev-parse HEAD~1)" &
  server=$!
  local at
  at=http://127.0.0.1:$(cat port)
  tools/node_modules/.bin/release-please release-pr --token none --repo-url acme/orders --target-branch main --local --local-path "$PWD/$1" \
    --api-url "$at" --graphql-url "$at" >log 2>&1 || true # the tree is all that is asked of it
  kill "$server" && server= && rm port
  local seen
  seen=$(node -p 'JSON.parse(fs.readFileSync("tree.json")).tree.find(file => file.path === "release.yaml").content.trim().split("\n").join(" | ")')
  printf '%-9s %s\n' "$1:" "$seen"
  [ "$seen" = "$3" ] || { echo "this has changed: it was '$3'" >&2; exit 1; }
}
expect plain '"release.yaml"' 'version: 1.1.0 | tested: |   by: Jane |   at: 2026-11-24T00:00:00.000Z'
expect generic '{"type": "generic", "path": "release.yaml"}' 'version: "1.1.0" # x-release-please-version | tested: {by: Jane, at: 2026-11-24} # by hand'
