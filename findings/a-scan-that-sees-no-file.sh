#!/usr/bin/env bash
# detect-secrets 1.5.0: `detect-secrets scan` in a folder below the top of a git repository reads no file there, and ends with exit
# code 0 and a report without results, as if it had looked. At the top, or with the folder's name from there, it reads it. Only
# `-v` shows the difference: the log names each file that is read.
# Guessed before, from "scans a repository for secrets" and its default path `.`: the folder in which it is called.
#
# Seen, the files that its log names:
#   in the folder: none | at the top: sub/a.py
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check detect-secrets==1.5.0
mkdir -p repository/sub
cd repository
git init --quiet .
echo 'x = 1' >sub/a.py
git add .
seen() { grep -o 'Checking file: .*' || true; }
below=$(cd sub && ../../tools/bin/detect-secrets -v scan 2>&1 >../../report.json | seen)
top=$(../tools/bin/detect-secrets -v scan 2>&1 >/dev/null | seen)
echo "in the folder: ${below:-none} | at the top: $top"
[ -z "$below" ] && [ "$top" = "Checking file: sub/a.py" ]
grep -q '"results": {}' ../report.json
