#!/usr/bin/env python3
"""Times whole runs of `delivery-gate check` and `decision` against git's own commands, in the same run, in alternation.

    cargo build --release
    python3 benches/whole_process.py [--binary PATH] [--folder PATH] [--pairs N] [--only NAME]...

Python 3 standard library and git only; a Unix system. Nothing is built: the binary is the one given.

It makes four repositories, in a temporary folder or in the one given (kept, and used again when they are there):

  big    80,000 files in some 5,000 folders, nested .gitignore files, built output that they ignore
  tiny   four files
  tags   tiny with 5,000 tags, half packed and half loose, half annotated
  change 20,000 files, each of them changed by the last commit, and a decision record

and measures, each gate run beside a git run, A B A B ..., after a warm-up:

  big, tiny, tags   `check` against `git status --porcelain`
  stale             big with the time of every file changed; git may not refresh its index (GIT_OPTIONAL_LOCKS=0)
  change            `decision` (all of it) against `git diff --name-only --no-renames -z`
  gates             `run` of 100 gates that do nothing (`/bin/true`), without and with records, against a shell's loop
  start             `--help` and `--version` against `git --version`

Every line has the medians of both, wall and CPU (user and system) in milliseconds, the median of the ratios of the pairs, and
the peak of resident memory. On a busy machine believe the ratios. The peak of a process cannot be told from that of the
Python which started it while it is smaller: such a figure is shown as "<= 12". A target that is missed is marked;
the exit code is 0 all the same.
"""

import argparse
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FILES = 80_000
FOLDERS = 5_000
TAGS = 5_000
LINES = ("big", "tiny", "tags", "stale", "change", "gates", "start")
GATES = 100
MIB = 1 << 20
# ru_maxrss is in bytes on macOS, in KiB elsewhere.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024

RELEASE = """version: "1.2.3"
attestations:
  rollback_tested: {answer: true, by: "Jane Smith"}
  oncall_notified: {answer: true, by: "Jane Smith"}
  approver_signed_off: {answer: true, by: "Bob Lee"}
  monitoring_reviewed: {answer: true, by: "Jane Smith"}
"""
PROJECT = {
    "release.yaml": RELEASE,
    "CHANGELOG.md": "# Changelog\n\n## 1.2.3 - 2026-01-02\n\n- Fixed the thing.\n\n## 1.2.2\n\n- Old.\n",
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
    """One process from start to end: milliseconds and bytes."""

    def __init__(self, argv, repo, env):
        quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
        os.chdir(repo)
        begin = time.perf_counter()
        pid = os.posix_spawn(argv[0], argv, env, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        self.wall = (time.perf_counter() - begin) * 1000
        self.cpu = (usage.ru_utime + usage.ru_stime) * 1000
        self.peak = usage.ru_maxrss * RSS_UNIT
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sys.exit(f"{argv} ended with {os.waitstatus_to_exitcode(status)}")


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


def alternate(gate, git_command, repo, env, pairs):
    """Warms up, then runs both in turn; which goes first changes from pair to pair."""
    for argv in (gate, git_command) * 2:
        Sample(argv, repo, env)
    result = []
    for number in range(pairs):
        order = (gate, git_command) if number % 2 == 0 else (git_command, gate)
        samples = {id(argv): Sample(argv, repo, env) for argv in order}
        result.append((samples[id(gate)], samples[id(git_command)]))
    return result


def median(pairs, which, what):
    return statistics.median(getattr(pair[which], what) for pair in pairs)


def ratio(pairs, what):
    return statistics.median(getattr(a, what) / max(getattr(b, what), 0.001) for a, b in pairs)


def peak(pairs, which, floor):
    """The largest, and whether that is only a bound."""
    most = max(pair[which].peak for pair in pairs)
    return f"{'<= ' if most <= floor * 1.02 else ''}{most / MIB:.0f}"


def line(name, pairs, targets=()):
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT
    cells = [f"{median(pairs, which, what):8.2f}" for what in ("wall", "cpu") for which in (0, 1)]
    ratios = [f"{ratio(pairs, what):6.2f}" for what in ("wall", "cpu")]
    memory = [f"{peak(pairs, which, floor):>6}" for which in (0, 1)]
    print(f"{name:<12}{cells[0]}{cells[1]}{ratios[0]}   {cells[2]}{cells[3]}{ratios[1]}   {memory[0]}{memory[1]}")
    for what, value, limit in targets:
        print(f"{'':<12}{'ok    ' if value <= limit else 'MISSED'}  {what}: {value:.2f}, target at most {limit}")


def touch(repo, env):
    listed = subprocess.run(["git", "-C", str(repo), "ls-files", "-z"], env=env, check=True, stdout=subprocess.PIPE).stdout
    for path in listed.split(b"\0")[:-1]:
        os.utime(os.path.join(os.fsencode(repo), path), follow_symlinks=False)


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


def run(folder, chosen):
    env = environment(folder)
    gate, peer = str(chosen.binary.resolve()), shutil.which("git")
    check = [gate, "check", "--ci-status", "success"]
    status = [peer, "status", "--porcelain"]
    wanted = chosen.only or LINES
    repos = {name: made(folder, name, env, make)
             for name, make in (("tiny", make_tiny), ("tags", make_tags), ("big", make_big), ("change", make_change), ("gates", make_gates))
             if name in wanted or (name == "big" and "stale" in wanted) or (name == "tiny" and {"tags", "start"} & {*wanted})}
    print(f"{'':<12}{'wall ms':>8}{'git':>8}{'ratio':>6}   {'CPU ms':>8}{'git':>8}{'ratio':>6}   {'MiB':>6}{'git':>6}")
    if "big" in wanted:
        pairs = alternate(check, status, repos["big"], env, chosen.pairs)
        line("big", pairs, [
            ("wall against git status, first step", ratio(pairs, "wall"), 1.0),
            ("wall against git status, aim", ratio(pairs, "wall"), 0.7),
            ("peak memory in MiB", max(a.peak for a, _ in pairs) / MIB, 100)])
    many = chosen.pairs * 5
    if "tiny" in wanted:
        pairs = alternate(check, status, repos["tiny"], env, many)
        line("tiny", pairs, [
            ("wall against git status", ratio(pairs, "wall"), 1.5), ("CPU in ms", median(pairs, 0, "cpu"), 3)])
    if "tags" in wanted:
        line("tags", alternate(check, status, repos["tags"], env, many))
        elsewhere = alternate([*check, "--repo", str(repos["tags"])], [*check, "--repo", str(repos["tiny"])], folder, env, many)
        line("  vs. tiny", elsewhere, [("wall against the gate on tiny", ratio(elsewhere, "wall"), 1.1)])
    if "stale" in wanted:
        touch(repos["big"], env)
        pairs = alternate(check, status, repos["big"], {**env, "GIT_OPTIONAL_LOCKS": "0"}, max(chosen.pairs // 6, 3))
        line("stale", pairs, [("CPU against git status", ratio(pairs, "cpu"), 0.5)])
        git(repos["big"], env, "update-index", "-q", "--refresh")
    if "change" in wanted:
        diff = [peer, "diff", "--name-only", "--no-renames", "-z", "base...HEAD"]
        pairs = alternate([gate, "decision", "--base", "base"], diff, repos["change"], env, many)
        line("change", pairs, [("CPU against git diff", ratio(pairs, "cpu"), 1.2)])
    if "gates" in wanted:
        for name in ("unrecorded", "recorded"):
            pairs = alternate([gate, "run", f"{name}.yaml"], ["/bin/sh", "bare.sh"], repos["gates"], env, chosen.pairs)
            more = (median(pairs, 0, "wall") - median(pairs, 1, "wall")) / GATES
            # A record is synced to the disk, and so is its folder: how long that takes is the disk's business.
            line(name, pairs, [("wall over a bare start, in ms a gate", more, 2)] if name == "unrecorded" else [])
        shutil.rmtree(repos["gates"] / ".delivery-gate", ignore_errors=True)
    if "start" in wanted:
        for flag in ("--help", "--version"):
            pairs = alternate([gate, flag], [peer, "--version"], repos["tiny"], env, many)
            line(flag, pairs, [("wall in ms", median(pairs, 0, "wall"), 1.5)])


def main():
    chosen = arguments()
    if chosen.folder:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        return run(chosen.folder.resolve(), chosen)
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder).resolve(), chosen)


if __name__ == "__main__":
    main()
