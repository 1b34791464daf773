#!/usr/bin/env python3
"""Builds the files of a release for one target: the archive, the Python wheel and the npm package, all with the same binary.

    packaging/build.py dist [--target TRIPLE] [--zig] [--profile NAME] [--out FOLDER]   builds, for this machine without --target
    packaging/build.py npm-main [--out FOLDER]                         the npm package that finds the binary's own
    packaging/build.py notes                                           prints the changelog's entry of this version

Python 3.11 or later and npm; maturin is installed into a folder of its own where it is missing. With --zig the C compiler
and the linker are zig's, which links Linux binaries against an old glibc.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGING = ROOT / "packaging"
TARGET_FOLDER = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
PACKAGE = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["package"]
VERSION = PACKAGE["version"]
MATURIN, ZIG = "maturin==1.16.0", "ziglang==0.17.1"
DOCUMENTS = ["README.md", "LICENSE", "CHANGELOG.md"]

# Rust's triple: npm's name of the package that carries the binary, and where npm may install it.
NPM_PLATFORMS = {
    "x86_64-unknown-linux-gnu": ("linux-x64-gnu", {"os": ["linux"], "cpu": ["x64"], "libc": ["glibc"]}),
    "x86_64-unknown-linux-musl": ("linux-x64-musl", {"os": ["linux"], "cpu": ["x64"], "libc": ["musl"]}),
    "aarch64-unknown-linux-gnu": ("linux-arm64-gnu", {"os": ["linux"], "cpu": ["arm64"], "libc": ["glibc"]}),
    "aarch64-unknown-linux-musl": ("linux-arm64-musl", {"os": ["linux"], "cpu": ["arm64"], "libc": ["musl"]}),
    "x86_64-apple-darwin": ("darwin-x64", {"os": ["darwin"], "cpu": ["x64"]}),
    "aarch64-apple-darwin": ("darwin-arm64", {"os": ["darwin"], "cpu": ["arm64"]}),
    "x86_64-pc-windows-msvc": ("win32-x64", {"os": ["win32"], "cpu": ["x64"]}),
}


def run(command, **options):
    """Runs a command that must succeed; what it says goes to standard error."""
    program = shutil.which(command[0], path=options.get("env", os.environ)["PATH"])
    if program is None:
        sys.exit(f"error: {command[0]} is not installed")
    subprocess.run([program, *command[1:]], check=True, stdout=sys.stderr, **options)


def host():
    lines = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout.splitlines()
    return next(line.removeprefix("host: ") for line in lines if line.startswith("host: "))


def tools(*wanted):
    """An environment in which Python packages with programs are found: in the versions named here, whatever the machine has."""
    folder = TARGET_FOLDER / "packaging-tools"
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text(encoding="utf-8").split() != list(wanted):
        run([sys.executable, "-m", "venv", "--clear", str(folder)])
        run([str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted])
        stamp.write_text("\n".join(wanted), encoding="utf-8")
    return os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


def build_wheel(target, zig, profile, out):
    """Compiles the binary and packs it as a wheel; returns the binary."""
    arguments = ["build", "--profile", profile, "--locked", "--auditwheel", "check", "--out", str(out)]
    arguments += ["--target", target] if target else []
    arguments += ["--zig"] if zig else []
    run(["maturin", *arguments], cwd=PACKAGING / "python", env=tools(MATURIN, ZIG) if zig else tools(MATURIN))
    name = "delivery-gate.exe" if "windows" in (target or host()) else "delivery-gate"
    return TARGET_FOLDER / (target or "") / profile / name


def build_archive(binary, target, out):
    """The binary and the documents in one folder, with nothing in it that differs from build to build."""
    name = f"delivery-gate-{VERSION}-{target}"
    files = [(binary, 0o755), *((ROOT / document, 0o644) for document in DOCUMENTS)]
    if "windows" in target:
        with zipfile.ZipFile(out / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for path, _ in files:
                archive.writestr(zipfile.ZipInfo(f"{name}/{path.name}"), path.read_bytes(), zipfile.ZIP_DEFLATED)
        return
    with gzip.GzipFile(out / f"{name}.tar.gz", "wb", mtime=0) as compressed:
        with tarfile.open(fileobj=compressed, mode="w") as archive:
            for path, mode in files:
                entry = tarfile.TarInfo(f"{name}/{path.name}")
                entry.size, entry.mode = path.stat().st_size, mode
                with path.open("rb") as content:
                    archive.addfile(entry, content)


def npm_pack(name, manifest, files, out):
    """Packs a folder made of a manifest and files, given as pairs of source and name inside."""
    folder = TARGET_FOLDER / "packaging-npm" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    common = {"version": VERSION, "description": PACKAGE["description"], "license": PACKAGE["license"]}
    text = json.dumps({"name": name} | common | manifest, indent=2) + "\n"
    (folder / "package.json").write_text(text, encoding="utf-8")
    for source, inside in files:
        (folder / inside).parent.mkdir(exist_ok=True)
        shutil.copy(source, folder / inside)
    run(["npm", "pack", "--silent", "--pack-destination", str(out)], cwd=folder)


def build_npm_platform(binary, target, out):
    platform, where = NPM_PLATFORMS[target]
    inside = f"bin/{binary.name}"
    manifest = where | {"files": [inside], "preferUnplugged": True}
    npm_pack(f"@delivery-gate/{platform}", manifest, [(binary, inside), (ROOT / "LICENSE", "LICENSE")], out)


def build_npm_main(out):
    launcher = "bin/delivery-gate.js"
    manifest = {
        "keywords": PACKAGE["keywords"],
        "bin": {"delivery-gate": launcher},
        "files": [launcher],
        "engines": {"node": ">=18"},
        "optionalDependencies": {f"@delivery-gate/{name}": VERSION for name, _ in NPM_PLATFORMS.values()},
    }
    files = [(PACKAGING / "npm/delivery-gate.js", launcher), (ROOT / "LICENSE", "LICENSE"), (ROOT / "README.md", "README.md")]
    npm_pack("delivery-gate", manifest, files, out)


def notes():
    """The changelog's entry of this version, without its heading; none, or an empty one, is an error."""
    sections = re.split(r"^(?=## )", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    entry = next((section for section in sections if section.startswith(f"## [{VERSION}]")), "")
    body = entry.partition("\n")[2].strip()
    return body or sys.exit(f"error: CHANGELOG.md has no entry for {VERSION}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["dist", "npm-main", "notes"])
    parser.add_argument("--target", choices=NPM_PLATFORMS, metavar="TRIPLE")
    parser.add_argument("--zig", action="store_true")
    parser.add_argument("--profile", default="release")
    parser.add_argument("--out", type=Path, default=TARGET_FOLDER / "dist")
    arguments = parser.parse_args()
    if arguments.what == "notes":
        return print(notes())
    out = arguments.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    if arguments.what == "npm-main":
        build_npm_main(out)
    else:
        target = arguments.target or host()
        if target not in NPM_PLATFORMS:
            sys.exit(f"error: no packages are made for {target}; known: {', '.join(NPM_PLATFORMS)}")
        binary = build_wheel(arguments.target, arguments.zig, arguments.profile, out)
        build_archive(binary, target, out)
        build_npm_platform(binary, target, out)


if __name__ == "__main__":
    main()
