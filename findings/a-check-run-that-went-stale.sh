#!/usr/bin/env bash
# GitHub's own description of its API (@octokit/openapi 23.0.2): what a check run may have come to is told in three places, and in
# none of them alike. Whoever generates a reader from the schema of a check run refuses an answer that has a stale one, though
# the description of another call says that GitHub sets "stale"; and a third schema has two words among the conclusions that are
# no ends at all.
# Guessed before: one list of conclusions, that of the suites.
#
# Seen:
#   check-run: action_required cancelled failure neutral skipped success timed_out
#   check-suite: action_required cancelled failure neutral null skipped stale startup_failure success timed_out
#   check-run-with-simple-check-suite: action_required cancelled failure neutral pending skipped stale startup_failure success timed_out waiting
#   creating one takes: action_required cancelled failure neutral skipped stale success timed_out
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @octokit/openapi@23.0.2

cat >read.py <<'PYTHON'
import json

api = json.load(open("node_modules/@octokit/openapi/generated/api.github.com.json"))
words = lambda schema: " ".join(sorted("null" if word is None else word for word in schema["enum"]))
for name in ["check-run", "check-suite", "check-run-with-simple-check-suite"]:
    print(f"{name}: {words(api['components']['schemas'][name]['properties']['conclusion'])}")
create = api["paths"]["/repos/{owner}/{repo}/check-runs"]["post"]["requestBody"]["content"]["application/json"]["schema"]
print(f"creating one takes: {words(create['properties']['conclusion'])}")
PYTHON
seen=$(python3 read.py)
printf '%s\n' "$seen"
expected="check-run: action_required cancelled failure neutral skipped success timed_out
check-suite: action_required cancelled failure neutral null skipped stale startup_failure success timed_out
check-run-with-simple-check-suite: action_required cancelled failure neutral pending skipped stale startup_failure success timed_out waiting
creating one takes: action_required cancelled failure neutral skipped stale success timed_out"
[ "$seen" = "$expected" ] || { echo "this has changed" >&2; exit 1; }
