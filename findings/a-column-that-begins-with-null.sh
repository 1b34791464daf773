#!/usr/bin/env bash
# DuckDB 2.0.1: read_json guesses the columns from the first 20480 records. A column that is null in all of these gets the type "NULL",
# and what stands in it later is read as null: no error, no warning. A list that is empty there gets JSON for its items.
# Guessed before: that a value which does not fit the guessed type is an error.
#
# Seen:
#   the column's type "NULL", the value of the last record None; with columns = {...} v1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv tools
tools/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.1
cat >ask.py <<'PYTHON'
import duckdb, json

with open("records.jsonl", "w") as lines:
    for number in range(20480):
        lines.write(json.dumps({"id": number, "tag_name": None}) + "\n")
    lines.write(json.dumps({"id": -1, "tag_name": "v1"}) + "\n")
engine = duckdb.connect()
guessed = "read_json('records.jsonl')"
told = "read_json('records.jsonl', columns = {id: 'BIGINT', tag_name: 'VARCHAR'})"
types = dict(row[:2] for row in engine.sql(f"DESCRIBE SELECT * FROM {guessed}").fetchall())
last = [engine.sql(f"SELECT tag_name FROM {source} WHERE id = -1").fetchall()[0][0] for source in (guessed, told)]
print(f"the column's type {types['tag_name']}, the value of the last record {last[0]}; with columns = {{...}} {last[1]}")
PYTHON
seen=$(tools/bin/python ask.py)
echo "$seen"
[ "$seen" = "the column's type \"NULL\", the value of the last record None; with columns = {...} v1" ]
