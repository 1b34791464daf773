#!/usr/bin/env bash
# kingfisher 2.14.0: `kingfisher scan --format json` on standard output is not one JSON document. The report is followed by a second
# object, which repeats its counts; a reader of one document fails, and so does one that takes the last line. With `--output FILE` the
# file has the report alone, and standard output the second object.
# Guessed before, from its option's name: one JSON document.
#
# Seen, the keys of each document on standard output, in their order:
#   findings,audit,metadata | findings,successful_validations,failed_validations,…
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check kingfisher-bin==2.14.0
mkdir src
echo 'x = 1' >src/a.py
tools/bin/kingfisher scan src --format json --no-update-check --no-validate >both.json 2>/dev/null
python3 - <<'PYTHON'
import json

text = open("both.json").read()
documents, at = [], 0
while text[at:].strip():
    at += len(text[at:]) - len(text[at:].lstrip())
    document, at = json.JSONDecoder().raw_decode(text, at)
    documents.append(document)
print(" | ".join(",".join(document) for document in documents))
assert len(documents) == 2, "it is one document now"
assert documents[0]["findings"] == [] and documents[1]["findings"] == 0, "a list in the one, a count in the other"
PYTHON
