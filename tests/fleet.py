#!/usr/bin/env python3
"""Holds docs/fleet.md to DuckDB: makes records, exports them with the program, and asks every question of the document.

    tests/fleet.py PROGRAM [COUNT]

PROGRAM is the delivery-gate to test, COUNT how many records are made (100000). The records are made here, sealed and chained as
docs/records.md says, so that the program's reader is held to the document and not to its own writer; a few are made by the program
itself. The answers are counted here, too. Needs the package duckdb.
"""

import collections
import datetime
import hashlib
import json
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

import duckdb

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DOCUMENT = pathlib.Path(__file__).parent.parent / "docs" / "fleet.md"
CLAIMS = ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"]
AUTO = ["changelog", "ci_status", "deps_pinned", "release_point", "version_agrees", "decision_approved"]
PEOPLE = ["Jane Smith", "Bob Lee", "Ana García", "Li Wei", "Noor Haddad"]


def ulid(milliseconds, chance):
    number = milliseconds << 80 | chance.getrandbits(80)
    return "".join(ALPHABET[number >> 5 * place & 31] for place in range(25, -1, -1))


def result(check, kind, status, **more):
    row = {"check_id": check, "title": f"The title of {check}", "kind": kind, "status": status, "is_blocking": True,
           "detail": f"What was found of {check}, in a sentence of the usual length.", "source": "release.yaml:4", "actor": None,
           "claimed_at": None, "evidence": [], "excused_by": None, "exception": None, "signed_by": None}
    return row | more


def record(at, project, version, decision, chance, one_person):
    """One record without its place in the chain, and without its seal."""
    rollback = chance.random() > 0.05
    excepted = chance.random() < 0.08
    excuse = {"check_id": "deps_pinned", "reason": "a library: applications lock, we do not", "until_day": None}
    rows = [result(check, "AUTO", "PASS") for check in AUTO]
    if excepted:
        more = {"excused_by": "policy", "exception": excuse["reason"]}
        rows[2] = result("deps_pinned", "ATTESTED", "NA", **more)
    waiver = {"check_id": "rollback_tested", "reason": "nothing to roll back", "until_day": None}
    for check in CLAIMS:
        if check == "rollback_tested" and not rollback:
            rows.append(result(check, "ATTESTED", "NA", excused_by="release", exception=waiver["reason"]))
        else:
            actor = PEOPLE[project % 5] if one_person else PEOPLE[(project + len(rows)) % 5]
            rows.append(result(check, "ATTESTED", "PASS", actor=actor, evidence=["https://ci.example.com/jobs/456"]))
    actors = {row["actor"] for row in rows if row["actor"]}
    commit = hashlib.sha1(f"{project} {version}".encode()).hexdigest()
    tagged = decision in ("GO", "NO-GO")
    return {
        "record_schema": "delivery-gate/record/v1", "record_id": None, "prev": None,
        "judged_at": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z", "duration_ms": 12.5,
        "gate_version": "0.1.0", "command_name": "check", "decision": decision, "is_rehearsal": not tagged,
        "project_name": f"project-{project}", "remote": f"git.example.com/acme/project-{project}.git", "folder": ".",
        "version": version, "packages": [], "commit_id": commit, "tree_id": commit[::-1],
        "tag_name": f"v{version}" if tagged else None, "tag_object_id": commit if tagged else None, "revision": None,
        "release_path": None, "release_sha256": None, "policy_source": "release", "policy_path": "delivery-gate.yaml",
        "policy_revision": None, "policy_blob_id": commit, "policy_sha256": None, "policy_changed_since": None,
        "policy_changes": [], "thresholds": [], "claim_count": sum(row["status"] == "PASS" and row["kind"] == "ATTESTED" for row in rows),
        "claimant_count": len(actors), "results": rows,
        "hold_reasons": [{"check_id": "ci_status", "detail": "CI status is 'failure'."}] if decision == "NO-GO" else [],
        "exceptions": [excuse] if excepted else [], "waivers": [] if rollback else [waiver],
        "warnings": [],
    }


def sealed(document):
    content = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()[:-1]
    return content + b',"content_sha256":"' + hashlib.sha256(content).hexdigest().encode() + b'"}\n'


def make(folder, count):
    """Writes `count` records of the last 400 days, one after the other, and returns them oldest first."""
    chance = random.Random(20261129)
    now = datetime.datetime.now(datetime.timezone.utc)
    records, previous = [], []
    step = datetime.timedelta(days=400) / count
    at = now - datetime.timedelta(days=400)
    decisions = ["READY", "NO-GO", "GO", "GO"]
    projects = max(1, count // 40)
    for number in range(count):
        at += step
        release, stage = divmod(number // projects, 4)
        project = number % projects
        one = record(at, project, f"1.{release}.0", decisions[stage], chance, project % 7 == 0)
        one["record_id"] = ulid(int(at.timestamp() * 1000), chance)
        one["prev"] = previous
        line = sealed(one)
        previous = [hashlib.sha256(line).hexdigest()]
        (folder / f"{one['record_id']}.json").write_bytes(line)
        records.append(one)
    return records


def run(program, *arguments, code=0):
    start = time.monotonic()
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{arguments}: exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    print(f"  {' '.join(arguments)}: {time.monotonic() - start:.2f} s: {done.stdout.strip().splitlines()[-1]}")
    return done.stdout


def statements():
    blocks = re.findall(r"```sql\n-- (.*?)\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    return dict(blocks)


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {str(found)[:400]}\nexpected: {str(expected)[:400]}")
    print(f"  {what}: {len(found) if isinstance(found, (list, bytes)) else found}")


def quarter(today):
    begin = datetime.date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    before = begin - datetime.timedelta(days=1)
    return datetime.date(before.year, 3 * ((before.month - 1) // 3) + 1, 1), begin


def day(one):
    return datetime.date.fromisoformat(one["judged_at"][:10])


def went_out(records):
    last = {}
    for one in records:
        if one["command_name"] == "check" and one["decision"] == "GO":
            last[one["remote"], one["folder"], one["commit_id"], one["version"]] = one
    return list(last.values())


def is_tested(one):
    return any(row["check_id"] == "rollback_tested" and row["status"] == "PASS" for row in one["results"])


def moment(one):
    return datetime.datetime.fromisoformat(one["judged_at"])


def answers(records, today):
    """What the questions of the document come to, counted without SQL."""
    released = went_out(records)
    begin, end = quarter(today)
    excused = [one for one in released if begin <= day(one) < end and (one["exceptions"] or not is_tested(one))]
    by_project = collections.defaultdict(list)
    for one in released:
        if one["claim_count"] > 1:
            by_project[one["project_name"]].append(one["claimant_count"])
    alone = {name: len(counts) for name, counts in by_project.items() if max(counts) == 1}
    first = {}
    for one in records:
        if one["command_name"] == "check":
            first.setdefault((one["remote"], one["folder"], one["version"]), {}).setdefault(one["decision"], moment(one))
    days = [(of["GO"].replace(microsecond=0) - of["READY"].replace(microsecond=0)).total_seconds() / 86400
            for of in first.values() if "GO" in of and "READY" in of and of["GO"] >= of["READY"]]
    return {
        "exceptions": sorted((one["project_name"], one["version"]) for one in excused),
        "one person": sorted(alone.items()),
        "days": (round(statistics.median(days), 6), len(days)),
    }


def ask(engine, sql, expected):
    start = time.monotonic()
    rows = engine.sql(sql["question: exceptions"]).fetchall()
    expect("releases with an exception or without a rollback test", sorted(row[:2] for row in rows), expected["exceptions"])
    rows = engine.sql(sql["question: one person"]).fetchall()
    expect("projects whose claims are all by one person", sorted(row[:2] for row in rows), expected["one person"])
    (median, count), = engine.sql(sql["question: days"]).fetchall()
    expect("median days from READY to GO", (round(median, 6), count), expected["days"])
    print(f"  the three questions: {time.monotonic() - start:.2f} s")


def by_the_program(program, work):
    """A few records that the program itself makes: of its own fixture, by three commands."""
    project = work / "project"
    project.mkdir()
    for name in ["release.yaml", "CHANGELOG.md", "pyproject.toml"]:
        (project / name).write_bytes((DOCUMENT.parent.parent / "tests/fixtures/pass_repo" / name).read_bytes())
    (project / "gates.yaml").write_text("gates: [{id: g, type: command, command: 'true'}]\n")
    git = ["git", "-C", str(project), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for arguments in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "release"]]:
        subprocess.run([*git, *arguments], check=True)
    keep = ["--record", str(work / "records")]
    run(program, "check", "--before-tag", "--repo", str(project), *keep)
    subprocess.run([*git, "tag", "-am", "v1.2.0", "v1.2.0"], check=True)
    run(program, "check", "--repo", str(project), *keep, code=1)
    run(program, "check", "--ci-status", "success", "--repo", str(project), *keep)
    run(program, "run", str(project / "gates.yaml"), "--repo", str(project), *keep)
    paths = sorted((work / "records").glob("*.json"))[-4:]
    made = [json.loads(path.read_text()) for path in paths]
    expect("by the program", [one["decision"] for one in made], ["READY", "NO-GO", "GO", "GO"])
    for path in paths:
        content = path.read_bytes()
        one = json.loads(content)
        expect("a seal", one.pop("content_sha256"), hashlib.sha256(content[:-86]).hexdigest())
        expect("a line", sealed(one), content)
    return made


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "records").mkdir()
        start = time.monotonic()
        records = make(work / "records", count)
        print(f"{count} records in {time.monotonic() - start:.1f} s, {sum(p.stat().st_size for p in (work / 'records').iterdir()) / 1e6:.0f} MB")
        records += by_the_program(program, work)
        os.chdir(work)
        run(program, "records", "verify", "--record", "records")
        run(program, "records", "export", "lines", "--record", "records")
        run(program, "records", "export", "lines", "--record", "records")
        engine, sql = duckdb.connect(), statements()
        expect("statements of the document", sorted(sql), ["copy: Parquet", "question: days", "question: exceptions", "question: gaps",
                                                           "question: one person", "view: the records, each once", "view: what went out"])
        engine.sql("SET TimeZone = 'UTC'")
        today = engine.sql("SELECT current_date").fetchall()[0][0]
        expected = answers(records, today)
        if count >= 1000 and not all([expected["exceptions"], expected["one person"], expected["days"][1]]):
            sys.exit(f"a question without an answer holds nothing: {expected}")
        engine.sql(sql["view: the records, each once"])
        engine.sql(sql["view: what went out"])
        reserved = {word for (word,) in engine.sql("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved'").fetchall()}
        columns = [row[0] for row in engine.sql("DESCRIBE records").fetchall()]
        expect("columns", columns, [*records[0], "content_sha256", "dt"])
        expect("reserved columns", [column for column in columns if column in reserved], [])
        expect("records", engine.sql("SELECT count(*) FROM records").fetchall()[0][0], len(records))
        ask(engine, sql, expected)
        expect("gaps", engine.sql(sql["question: gaps"]).fetchall(), [])
        engine.sql(sql["copy: Parquet"])
        print(f"  Parquet: {sum(p.stat().st_size for p in (work / 'parquet').rglob('*.parquet')) / 1e6:.1f} MB")
        parquet = "read_parquet('parquet/dt=*/*.parquet', hive_partitioning = true)"
        engine.sql(f"CREATE OR REPLACE VIEW records AS SELECT * FROM {parquet}")
        ask(engine, sql, expected)
        run(program, "records", "export", "packed", "--record", "records", "--pack", "gzip")
        packed = sql["view: the records, each once"].replace("'lines/", "'packed/")
        engine.sql(packed)
        expect("records in packed parts", engine.sql("SELECT count(*) FROM records").fetchall()[0][0], len(records))
        lost = sorted((work / "lines").glob("dt=*/part-*"))[0]
        lost.unlink()
        if not engine.sql(sql["question: gaps"]).fetchall():
            sys.exit("a day that was taken away is not missed")
    print("docs/fleet.md holds")


main()
