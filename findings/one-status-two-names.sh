#!/usr/bin/env bash
# Gitea's API, as its client gitea-js 1.23.0 has it: what a commit's status came to is called `status` in the status itself, and
# `state` in the summary of all of them, beside which the same statuses stand; GitHub, whose paths these are, calls both `state`. And
# its description of the word lists four, without the `warning` and the `skipped` that its own calls take and give.
# Guessed before: `state`, as at GitHub.
#
# Seen:
#   CommitStatus.status
#   CombinedStatus.state
#   words: pending success error failure
#   filter: pending success error failure warning
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund gitea-js@1.23.0

cat >read.py <<'PYTHON'
import glob, re

text = open(glob.glob("node_modules/gitea-js/dist/*.d.ts")[0]).read()
for name in ["CommitStatus", "CombinedStatus"]:
    body = re.search(r"interface %s \{(.*?)\n\}" % name, text, re.S).group(1)
    key = re.search(r"(\w+)\?: CommitStatusState;", body).group(1)
    print(f"{name}.{key}")
told = re.search(r"CommitStatusState holds the state of a CommitStatus\s+\* It can be ([^\n]*)", text).group(1)
print("words:", *re.findall(r'"(\w+)"', told))
call = text[text.index("repoListStatusesByRef:"):]
print("filter:", *re.findall(r"'(\w+)'", re.search(r"state\?: ([^;]*);", call).group(1)))
PYTHON
seen=$(python3 read.py)
printf '%s\n' "$seen"
expected="CommitStatus.status
CombinedStatus.state
words: pending success error failure
filter: pending success error failure warning"
[ "$seen" = "$expected" ] || { echo "this has changed" >&2; exit 1; }
