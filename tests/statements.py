#!/usr/bin/env python3
"""Holds what the program states and signs to the readers that others publish.

    tests/statements.py PROGRAM

PROGRAM is the delivery-gate to test. Needs git, ssh-keygen and the packages in-toto-attestation and securesystemslib.

- A GO as an SVR is parsed by in-toto-attestation, which has a Statement and no type for that predicate: the predicate's fields are
  held to spec/predicates/svr.md here.
- Every signature that the program makes is one over the pre-authentication encoding that securesystemslib computes, and the program
  takes every signature over that encoding, and none over another: of an empty payload, of letters of several bytes, of a long one.
"""

import base64
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import json_format
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1 import statement_pb2
from securesystemslib.dsse import Envelope

TYPE = "application/vnd.in-toto+json"
FIXTURE = pathlib.Path(__file__).parent / "fixtures/pass_repo"
CLAIMS = ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"]
ID = "approver_signed_off"
LONG = "ä€😀\x7f\u202e " * 2000


def run(*arguments, code=0, cwd=None, stdin=None):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, cwd=cwd, input=stdin)
    if code is not None and done.returncode != code:
        sys.exit(f"{arguments}: exit code {done.returncode}, not {code}: {done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout.decode()


def expect(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {str(found)[:400]}\nexpected: {str(expected)[:400]}")
    print(f"  {what}: {ascii(found)[:60]}")


class Place:
    """A project that was committed, a key, and the program."""

    def __init__(self, program, folder):
        self.program, self.folder, self.project, self.key = program, folder, folder / "project", folder / "key"
        run("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", self.key)
        public = " ".join((folder / "key.pub").read_text().split()[:2])
        self.signers = folder / "signers"
        self.signers.write_text(f"jane@example.com {public}\n")
        (self.project / ".delivery-gate").mkdir(parents=True)
        for source in FIXTURE.iterdir():
            if source.is_file():
                (self.project / source.name).write_bytes(source.read_bytes())
        (self.project / "delivery-gate.yaml").write_text("claims: {}\n")
        (self.project / ".delivery-gate/allowed_signers").write_text(self.signers.read_text())
        # The claim that is signed here stands nowhere else.
        claims = "".join(f"  {name}: {{answer: true, by: Jane Smith}}\n" for name in CLAIMS if name != ID)
        (self.project / "release.yaml").write_text(f"version: 1.2.0\nattestations:\n{claims}")
        self.git("init", "-q")
        self.commit()

    def git(self, *arguments):
        return run("git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments, cwd=self.project)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-qm", "release")

    def gate(self, *arguments, code=0):
        return run(self.program, *arguments, "--repo", self.project, code=code)

    def envelopes(self):
        return list((self.project / ".delivery-gate/claims").glob("*/*.json"))

    def sign(self, message):
        """The armour of ssh-keygen over some bytes."""
        path = self.folder / "message"
        path.write_bytes(message)
        path.with_suffix(".sig").unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-Y", "sign", "-n", "delivery-gate", "-f", self.key, path)
        return path.with_suffix(".sig").read_text()

    def verify(self, message, armour, code=0):
        path = self.folder / "armour"
        path.write_bytes(armour)
        arguments = ["-Y", "verify", "-n", "delivery-gate", "-I", "jane@example.com", "-f", self.signers, "-s", path]
        run("ssh-keygen", *arguments, code=code, stdin=message)

    def fingerprint(self):
        return run("ssh-keygen", "-l", "-f", f"{self.key}.pub").split()[1]


def pae(payload, payload_type=TYPE):
    return Envelope(payload, payload_type, {}).pae()


def parsed(text):
    """A statement, as in-toto-attestation reads it; a field that it does not know is an error."""
    statement = Statement.copy_from_pb(json_format.Parse(text, statement_pb2.Statement()))
    statement.validate()
    return json_format.MessageToDict(statement.pb)


def is_svr(predicate):
    """What svr.md asks of a predicate."""
    expect("fields", sorted(predicate), ["properties", "timeCreated", "verifier"])
    at = datetime.datetime.fromisoformat(predicate["timeCreated"])
    expect("offset", at.utcoffset(), datetime.timedelta(0))
    expect("a verifier's URI", predicate["verifier"]["id"].split("//")[0], "https:")
    scoped = [name for name in predicate["properties"] if isinstance(name, str) and name.startswith("DELIVERY_GATE_")]
    expect("properties", predicate["properties"], scoped)
    if not scoped:
        sys.exit("no property")


def ours(place):
    """What the program signs: claims of every length, and a GO."""
    for text in ["", "x", "Grüße, 你好", LONG]:
        note = ["--note", text] if text else []
        place.gate("attest", ID, "--sign", place.key, "--by", "jane@example.com", *note)
        (path,) = place.envelopes()
        document = json.loads(path.read_text())
        armour = base64.b64decode(document["signatures"][0]["sig"])
        envelope = Envelope.from_dict(document)
        place.verify(envelope.pae(), armour)
        place.verify(envelope.pae() + b" ", armour, code=255)
        said = parsed(envelope.payload)
        expect(f"a note of {len(text)} characters", said["predicate"]["note"], text or None)
        path.unlink()
    place.gate("attest", ID, "--sign", place.key, "--by", "jane@example.com")
    place.commit()
    place.git("tag", "-am", "v1.2.0", "v1.2.0")
    check = ["check", "--ci-status", "success", "--attestation", f"svr={place.folder}/gate.json"]
    place.gate(*check)
    text = (place.folder / "gate.json").read_text()
    said = parsed(text)
    expect("what was parsed is what was written", said, json.loads(text))
    expect("the predicate's type", said["predicateType"], "https://in-toto.io/attestation/svr/v0.1")
    expect("the commit", said["subject"][1]["digest"], {"gitCommit": place.git("rev-parse", "HEAD").strip()})
    is_svr(said["predicate"])
    place.gate(*check, "--sign", place.key)
    document = json.loads((place.folder / "gate.json").read_text())
    armour = base64.b64decode(document["signatures"][0]["sig"])
    envelope = Envelope.from_dict(document)
    place.verify(envelope.pae(), armour)
    timeless = [dict(one, predicate={**one["predicate"], "timeCreated": None}) for one in (said, parsed(envelope.payload))]
    expect("a signed statement says the same", timeless[0], timeless[1])


def theirs(place):
    """What the program says of envelopes whose signature is over securesystemslib's encoding, and over another."""
    (path,) = place.envelopes()
    name = f"{ID}.other.json"
    for payload in [b"", b"{}", "ä€😀".encode(), LONG.encode(), bytes(range(256))]:
        encodings = {
            "is one": pae(payload),
            "is over another type": pae(payload, "application/json"),
            "counts a byte too many": pae(payload).replace(b" %d " % len(payload), b" %d " % (len(payload) + 1), 1),
            "is over the payload": payload,
        }
        for what, message in encodings.items():
            signature = {"keyid": place.fingerprint(), "sig": base64.b64encode(place.sign(message).encode()).decode()}
            document = {"payloadType": TYPE, "payload": base64.b64encode(payload).decode(), "signatures": [signature]}
            outside = place.folder / "outside"
            outside.mkdir(exist_ok=True)
            (outside / name).write_text(json.dumps(document))
            report = json.loads(place.gate("check", "--ci-status", "success", "--claims", outside, "--json", code=1))
            (row,) = [row for row in report["results"] if row["id"] == ID]
            why = [one["why"] for one in row["signed"] if one["file"].endswith(name)]
            # Nothing of it is a claim; where the signature is one, that is what is said of it.
            is_taken = [why.startswith("what was signed is no claim") or why.startswith("the statement ") for why in why]
            expect(f"{len(payload)} bytes, and the signature {what}", is_taken, [message == pae(payload)])


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        place = Place(program, pathlib.Path(folder))
        ours(place)
        theirs(place)
    print("what is stated and signed is what others read")


main()
