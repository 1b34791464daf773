#!/usr/bin/env python3
"""Times whole runs of `delivery-gate check` and `decision` against git's own commands, in the same run, in alternation.

    cargo build --release
    python3 benches/whole_process.py [--binary PATH] [--folder PATH] [--pairs N] [--only NAME]...

Python 3 standard library and git only, and valgrind for the instructions where it is there; a Unix system. Nothing is built: the
binary is the one given.

It makes its repositories, in a temporary folder or in the one given (kept, and used again when they are there):

  big    80,000 files in some 5,000 folders, nested .gitignore files, built output that they ignore
  tiny   four files
  tags   tiny with 5,000 tags, half packed and half loose, half annotated
  change 20,000 files, each of them changed by the last commit, and a decision record
  pnpm, npm, uv, cargo
         a workspace of 40 packages with a lock file of 500 KB; a package with one of 500 KB; a project of 260 packages
         (300 KB); 60 crates with 400 locked ones (projects.py)
  history
         10,000 commits with 1,000 tags
  yaml   20,000 advisories in YAML, and a lock file to look up among them

and measures, each gate run beside a git run, A B A B ..., after a warm-up:

  big, tiny, tags, pnpm, npm, uv, cargo
                    `check` against `git status --porcelain`
  init              `init` in history against `git status --porcelain`
  stale             big with the time of every file changed; git may not refresh its index (GIT_OPTIONAL_LOCKS=0)
  change            `decision` (all of it) against `git diff --name-only --no-renames -z`
  gates             `run` of 100 gates that do nothing (`/bin/true`), without and with records, against a shell's loop
  start             `--help` and `--version` against `git --version`
  yaml              `run` of a gate that looks a lock file up among them, against `cat` of the same files

Every line has the medians of both, wall and CPU (user and system) in milliseconds, the median of the ratios of the pairs, and
the peak of resident memory. On a busy machine believe the ratios. The peak of a process cannot be told from that of the bare
Python which started it while it is smaller: such a figure is shown as "<= 8". Below it stand the instructions of both in millions, as
callgrind counts them: they are the same in every run, but for a few in ten thousand; and the floor, that is what a program comes to
that starts like the gate, looks at the tree like git, and only reads the same files. A target that is missed is marked; the exit code
is 0 all the same.
"""

import argparse
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import projects

FILES = 80_000
FOLDERS = 5_000
TAGS = 5_000
LINES = ("big", "tiny", "tags", "stale", *projects.KINDS, "init", "change", "gates", "start", "yaml")
GATES = 100
MIB = 1 << 20
# ru_maxrss is in bytes on macOS, in KiB elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024

PROJECT = {
    "release.yaml": projects.RELEASE,
    "CHANGELOG.md": projects.CHANGELOG,
    "requirements.txt": "requests==2.31.0\nflask==3.0.3\n",
}
IGNORED = "*.o\n*.a\n*.so\n*.so.dbg\n*.mod.c\n*.pyc\n.*\n!.gitignore\n!.mailmap\n/build/\n/vmlinux\ntags\n*.orig\n*~\n\\#*#\n**/generated/*.h\n"


def environment(folder):
    home = folder / "home"
    home.mkdir(exist_ok=True)
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "a"), ("EMAIL", "a@example.com"), ("DATE", "2026-01-02T03:04:05Z"))}
    return {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", **who}


# The repositories


def git(repo, env, *arguments, stdin=None):
    subprocess.run(["git", "-C", str(repo), *arguments], env=env, check=True, input=stdin, stdout=subprocess.DEVNULL)


def made(folder, name, env, make):
    """The repository of this name, made when it is not there; an unfinished one never has its name."""
    repo = folder / name
    if not repo.exists():
        print(f"making {repo} ...", file=sys.stderr)
        draft = folder / f"{name}.draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        git(draft, env, "init", "-q", "-b", "main", ".")
        make(draft, env)
        # Long ago: a file as young as the index is hashed by git and gate alike, on whichever machine was quick.
        touch(draft, env, at=1_767_323_045)
        draft.rename(repo)
    git(repo, env, "update-index", "-q", "--refresh")
    return repo


def make_tiny(repo, env):
    for name, text in {**PROJECT, "src.py": "print(1)\n"}.items():
        (repo / name).write_text(text)
    git(repo, env, "add", "-A")
    git(repo, env, "commit", "-qm", "release")
    git(repo, env, "tag", "-a", "v1.2.3", "-m", "v1.2.3")


def make_tags(repo, env):
    make_tiny(repo, env)
    head = subprocess.run(["git", "-C", str(repo), "rev-parse", "HEAD", "v1.2.3"], env=env, check=True,
                          stdout=subprocess.PIPE, text=True).stdout.split()

    def create(numbers):
        lines = "".join(f"create refs/tags/v0.{n}.0 {head[n % 2]}\n" for n in numbers)
        git(repo, env, "update-ref", "--stdin", stdin=lines.encode())

    create(range(TAGS // 2))
    git(repo, env, "pack-refs", "--all")
    create(range(TAGS // 2, TAGS))


def folders():
    """Folders as a tree grows: most are three or four deep. The same ones every time."""
    rng = random.Random(1)
    names = [""]
    while len(names) < FOLDERS:
        above = rng.choice(names[-400:] if rng.random() < 0.5 else names)
        if above.count("/") < 7:
            names.append(f"{above}{rng.choice(('drivers', 'lib', 'net', 'core', 'test', 'include'))}{len(names)}/")
    return names


def big_files(rng):
    """Paths and contents: sizes as in a tree of sources, the median 4 KiB, a few over 1 MiB."""
    words = [f"{rng.getrandbits(40):x}" for _ in range(4000)]
    pool = "".join(rng.choice(words) + rng.choice(" \n\t,") for _ in range(500_000)).encode()
    places = folders()
    for number in range(FILES):
        size = min(int(rng.lognormvariate(8.3, 1.2)), 3 * MIB)
        at = rng.randrange(max(len(pool) - size, 1))
        ending = rng.choice((".c", ".c", ".h", ".rst", ".py", ""))
        yield f"{places[number % FOLDERS]}file{number}{ending}", b"%d\n" % number + pool[at:at + size]
    yield ".gitignore", IGNORED.encode()
    for place in places[1::25]:
        yield f"{place}.gitignore", b"# built here\nconfig.h\n*.gen.c\n!keep.gen.c\n/out/\n"
    yield from ((name, text.encode()) for name, text in PROJECT.items())


def make_big(repo, env):
    rng = random.Random(2)
    importer = subprocess.Popen(["git", "-C", str(repo), "fast-import", "--quiet", "--depth=0"], env=env, stdin=subprocess.PIPE)
    with importer.stdin as stream:
        stream.write(b"commit refs/heads/main\ncommitter a <a@example.com> 1767323045 +0000\ndata 7\nrelease\n")
        for path, content in big_files(rng):
            stream.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    if importer.wait() != 0:
        sys.exit("git fast-import failed")
    git(repo, env, "reset", "-q", "--hard", "main")
    git(repo, env, "tag", "-a", "v1.2.3", "-m", "v1.2.3")
    for number, place in enumerate(folders()[::5]):
        for name in (f"{place}object{number}.o", f"build/{number % 40}/object{number}.o"):
            path = repo / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"\x7fELF" * 300)


# Measuring


class Sample:
    """One process from start to end: milliseconds, and the bytes of its peak, which are measured in another run."""

    def __init__(self, argv, repo, env, peak=0):
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        os.chdir(repo)
        begin = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, env, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        self.wall = (time.perf_counter() - begin) * 1000
        self.cpu = (usage.ru_utime + usage.ru_stime) * 1000
        self.peak = peak
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit(f"{argv} ended with {os.waitstatus_to_exitcode(status)}")


# A process begins with the peak of the one that started it, and this one has built trees.
LAUNCHER = """
import os, resource, sys
quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet), 0)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_of(argv, repo, env):
    """The bytes of resident memory that a process has at most, those of a bare Python at least."""
    launched = [sys.executable, "-I", "-S", "-c", LAUNCHER, *argv]
    run = subprocess.run(launched, cwd=repo, env=env, stdout=subprocess.PIPE, text=True, check=True)
    return int(run.stdout) * RSS_UNIT


def make_change(repo, env):
    git(repo, env, "config", "gc.auto", "0")
    def write(text):
        for i in range(20_000):
            path = repo / f"src/module{i % 200}/part{i % 37}/file{i}.c"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"int x{i};\n" * 20 + text)

    record = repo / "docs/adr/0002-use-containers.md"
    record.parent.mkdir(parents=True)
    record.write_text("# 2. Use containers\n\n## Status\n\nAccepted\n")
    write("")
    git(repo, env, "add", "-A")
    git(repo, env, "commit", "-qm", "base")
    git(repo, env, "branch", "base")
    write("//\n")
    (repo / "Dockerfile").write_text("FROM scratch\n")
    git(repo, env, "add", "-A")
    git(repo, env, "commit", "-qm", "change, see ADR-2")
    git(repo, env, "gc", "-q")


def make_gates(repo, env):
    for name, artifact in (("unrecorded", "false"), ("recorded", "true")):
        gates = (f"  - {{id: g{i}, type: command, command: /bin/true, artifact: {artifact}}}\n" for i in range(GATES))
        (repo / f"{name}.yaml").write_text("gates:\n" + "".join(gates))
    (repo / "bare.sh").write_text(f"i=0; while [ $i -lt {GATES} ]; do /bin/true; i=$((i+1)); done\n")
    git(repo, env, "add", "-A")
    git(repo, env, "commit", "-qm", "gates")


def make_project(kind):
    def make(repo, env):
        projects.write(repo, projects.files(kind))
        git(repo, env, "add", "-A")
        git(repo, env, "commit", "-qm", "release")
        git(repo, env, "tag", "-a", "v1.2.3", "-m", "v1.2.3")
    return make


def make_history(repo, env):
    importer = subprocess.Popen(["git", "-C", str(repo), "fast-import", "--quiet"], env=env, stdin=subprocess.PIPE)
    with importer.stdin as stream:
        stream.writelines(projects.history())
    if importer.wait() != 0:
        sys.exit("git fast-import failed")
    git(repo, env, "pack-refs", "--all")
    git(repo, env, "reset", "-q", "--hard", "main")


def make_yaml(repo, env):
    projects.write(repo, {f"db/{name}": text for name, text in projects.advisories()})
    (repo / "gates.yaml").write_text("gates:\n  - {id: deps, type: dependency_security, database: db, max_age_days: 36500, artifact: false}\n")
    (repo / "requirements.txt").write_text("".join(f"package-{n}==1.0\n" for n in range(500)))
    git(repo, env, "add", "gates.yaml", "requirements.txt")
    git(repo, env, "commit", "-qm", "gates")


def alternate(gate, git_command, repo, env, pairs, clear=()):
    """Warms up, then runs both in turn; which goes first changes from pair to pair. The gate's files named `clear` are removed
    before each."""
    def cleared():
        for name in clear:
            (repo / name).unlink(missing_ok=True)

    def sample(argv, peak=0):
        cleared()
        return Sample(argv, repo, env, peak)

    def peak(argv):
        cleared()
        return peak_of(argv, repo, env)

    for argv in (gate, git_command) * 2:
        sample(argv)
    peaks = {id(argv): peak(argv) for argv in (gate, git_command)}
    result = []
    for number in range(pairs):
        order = (gate, git_command) if number % 2 == 0 else (git_command, gate)
        samples = {id(argv): sample(argv, peaks[id(argv)]) for argv in order}
        result.append((samples[id(gate)], samples[id(git_command)]))
    return result


def median(pairs, which, what):
    return statistics.median(getattr(pair[which], what) for pair in pairs)


def ratio(pairs, what):
    return statistics.median(getattr(a, what) / max(getattr(b, what), 0.001) for a, b in pairs)


def peak(pairs, which, floor):
    """The peak, and whether that is only a bound."""
    most = pairs[0][which].peak
    return f"{'<= ' if most <= floor * 1.02 else ''}{most / MIB:.0f}"


def line(name, pairs, targets=()):
    floor = peak_of([shutil.which("true")], ".", dict(os.environ))
    cells = [f"{median(pairs, which, what):8.2f}" for what in ("wall", "cpu") for which in (0, 1)]
    ratios = [f"{ratio(pairs, what):6.2f}" for what in ("wall", "cpu")]
    memory = [f"{peak(pairs, which, floor):>6}" for which in (0, 1)]
    print(f"{name:<12}{cells[0]}{cells[1]}{ratios[0]}   {cells[2]}{cells[3]}{ratios[1]}   {memory[0]}{memory[1]}")
    held(targets)


def held(targets):
    for what, value, limit in targets:
        print(f"{'':<12}{'ok    ' if value <= limit else 'MISSED'}  {what}: {value:.2f}, target at most {limit}")


def counted(argv, repo, env):
    """The instructions of a run in millions; nothing where valgrind is not there."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    tool = [valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    run = subprocess.run([*tool, *argv], cwd=repo, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"Collected : (\d+)", run.stderr)[1]) / 1e6


def instructions(gate, git_command, repo, env, limit, clear=()):
    """A line of them, held to the most that their ratio may be."""
    for name in clear:
        (repo / name).unlink(missing_ok=True)
    own, other = counted(gate, repo, env), counted(git_command, repo, env)
    if own is None or other is None:
        return
    print(f"{'':<12}{own:8.2f}{other:8.2f}{own / other:6.2f}   million instructions")
    held([("instructions against git", own / other, limit)])
    # Whatever the gate is, it starts, looks at the tree as git does, and reads these files.
    parts = [counted(argv, repo, env) for argv in ([gate[0], "--version"], git_command, ["/bin/cat", *read_files(repo, env)])]
    told = " + ".join(f"{part:.2f}" for part in parts)
    print(f"{'':<12}{sum(parts):8.2f}{other:8.2f}{sum(parts) / other:6.2f}   floor: {told} (start, git status, cat of what is read)")


def read_files(repo, env):
    """The files of a repository that `check` reads, and no others."""
    listed = subprocess.run(["git", "-C", str(repo), "ls-files", "-z"], env=env, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [path for path in listed.split("\0")[:-1] if os.path.basename(path) in projects.READ]


def touch(repo, env, at=None):
    """Sets the time of every tracked file: to now, or to seconds of the epoch."""
    listed = subprocess.run(["git", "-C", str(repo), "ls-files", "-z"], env=env, check=True, stdout=subprocess.PIPE).stdout
    for path in listed.split(b"\0")[:-1]:
        os.utime(os.path.join(os.fsencode(repo), path), at and (at, at), follow_symlinks=False)


def arguments():
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=root / "target/release/delivery-gate", help="the gate to time")
    parser.add_argument("--folder", type=Path, help="where the repositories are kept (default: a temporary folder)")
    parser.add_argument("--pairs", type=int, default=41, help="pairs of runs per line (default: 41)")
    parser.add_argument("--only", action="append", choices=LINES, help="these lines only")
    chosen = parser.parse_args()
    if not chosen.binary.is_file():
        parser.error(f"{chosen.binary} is not there; cargo build --release")
    return chosen


class Bench:
    """The repositories, and what is measured on each."""

    MAKE = {"tiny": make_tiny, "tags": make_tags, "big": make_big, "change": make_change, "gates": make_gates,
            "history": make_history, "yaml": make_yaml, **{kind: make_project(kind) for kind in projects.KINDS}}

    def __init__(self, folder, chosen):
        self.folder, self.env, self.pairs = folder, environment(folder), chosen.pairs
        self.gate, self.git = str(chosen.binary.resolve()), shutil.which("git")
        self.check = [self.gate, "check", "--ci-status", "success"]
        self.status = [self.git, "status", "--porcelain"]

    def repo(self, name):
        return made(self.folder, name, self.env, self.MAKE[name])

    def many(self):
        return self.pairs * 5

    def against_status(self, name, targets, count=None):
        """`check` against `git status`; the targets are of `wall` and `instructions`, as ratios, and of `peak` in MiB."""
        repo = self.repo(name)
        pairs = alternate(self.check, self.status, repo, self.env, count or self.pairs)
        found = {"wall": ratio(pairs, "wall"), "peak": pairs[0][0].peak / MIB}
        line(name, pairs, [(f"{what} against git status" if what != "peak" else "peak memory in MiB", found[what], targets[what])
                           for what in found if what in targets])
        if "instructions" in targets:
            instructions(self.check, self.status, repo, self.env, targets["instructions"])

    def big(self):
        self.against_status("big", {"wall": 0.5, "peak": 24})

    def tiny(self):
        self.against_status("tiny", {"wall": 1.0, "instructions": 1.6}, self.many())

    def tags(self):
        repo, tiny = self.repo("tags"), self.repo("tiny")
        line("tags", alternate(self.check, self.status, repo, self.env, self.many()))
        check = [[*self.check, "--repo", str(of)] for of in (repo, tiny)]
        elsewhere = alternate(*check, self.folder, self.env, self.many())
        line("  vs. tiny", elsewhere, [("wall against the gate on tiny", ratio(elsewhere, "wall"), 1.1)])

    def stale(self):
        repo = self.repo("big")
        touch(repo, self.env)
        pairs = alternate(self.check, self.status, repo, {**self.env, "GIT_OPTIONAL_LOCKS": "0"}, max(self.pairs // 6, 3))
        line("stale", pairs, [("wall against git status", ratio(pairs, "wall"), 0.2)])
        git(repo, self.env, "update-index", "-q", "--refresh")

    def pnpm(self):
        self.against_status("pnpm", {"wall": 1.0, "instructions": 2.0, "peak": 12})

    def npm(self):
        self.against_status("npm", {"instructions": 2.0})

    def uv(self):
        self.against_status("uv", {"instructions": 2.0})

    def cargo(self):
        self.against_status("cargo", {"instructions": 2.0})

    def init(self):
        repo, written = self.repo("history"), ("release.yaml", "delivery-gate.yaml")
        argv = [self.gate, "init", "--yes"]
        pairs = alternate(argv, self.status, repo, self.env, self.pairs, clear=written)
        line("init", pairs, [("wall against git status", ratio(pairs, "wall"), 3)])
        instructions(argv, self.status, repo, self.env, 3, clear=written)
        for name in written:
            (repo / name).unlink(missing_ok=True)

    def change(self):
        repo = self.repo("change")
        diff = [self.git, "diff", "--name-only", "--no-renames", "-z", "base...HEAD"]
        pairs = alternate([self.gate, "decision", "--base", "base"], diff, repo, self.env, self.many())
        line("change", pairs, [(f"{what} against git diff", ratio(pairs, what), 1.0) for what in ("wall", "cpu")])

    def gates(self):
        repo = self.repo("gates")
        for name in ("unrecorded", "recorded"):
            pairs = alternate([self.gate, "run", f"{name}.yaml"], ["/bin/sh", "bare.sh"], repo, self.env, self.pairs)
            more = (median(pairs, 0, "wall") - median(pairs, 1, "wall")) / GATES
            # A record is synced to the disk, and so is its folder: how long that takes is the disk's business.
            line(name, pairs, [("wall over a bare start, in ms a gate", more, 2)] if name == "unrecorded" else [])
        shutil.rmtree(repo / ".delivery-gate", ignore_errors=True)

    def start(self):
        for flag in ("--help", "--version"):
            pairs = alternate([self.gate, flag], [self.git, "--version"], self.repo("tiny"), self.env, self.many())
            line(flag, pairs, [("wall in ms", median(pairs, 0, "wall"), 1.5)])

    def yaml(self):
        pairs = alternate([self.gate, "run", "gates.yaml"], ["/bin/sh", "-c", "cat db/*"], self.repo("yaml"), self.env, max(self.pairs // 4, 3))
        line("yaml", pairs, [("wall in s", median(pairs, 0, "wall") / 1000, 1)])


def run(folder, chosen):
    print(f"{'':<12}{'wall ms':>8}{'git':>8}{'ratio':>6}   {'CPU ms':>8}{'git':>8}{'ratio':>6}   {'MiB':>6}{'git':>6}")
    bench = Bench(folder, chosen)
    for name in chosen.only or LINES:
        getattr(bench, name)()


def main():
    chosen = arguments()
    if chosen.folder:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        return run(chosen.folder.resolve(), chosen)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder).resolve(), chosen)


if __name__ == "__main__":
    main()
