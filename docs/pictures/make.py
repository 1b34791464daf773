#!/usr/bin/env python3
"""Makes the pictures of the README from real runs of the binary.

    cargo build --release && docs/pictures/make.py [--binary target/release/delivery-gate]

Needs git, Python 3 and a Chromium (`chromium` on the PATH, or named by CHROMIUM). The example is
tests/fixtures/fail_repo as it lies in a fresh clone: tracked, not tagged.
"""

import argparse
import html
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
FIXTURE = REPOSITORY / "tests/fixtures/fail_repo"
COMMAND = "delivery-gate check --ci-status failure"

# ANSI styles that the text report uses, as colours on the picture's dark ground.
STYLES = {
    "1": "font-weight:700",
    "2": "opacity:.6",
    "31": "color:#ff7b72",
    "32": "color:#7ee787",
    "33": "color:#e3b341",
    "35": "color:#d2a8ff",
    "36": "color:#79c0ff",
}

TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #0d1117; }}
pre {{ margin: 0; padding: 24px 28px; color: #e6edf3; font: 15px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; }}
</style><pre>{text}</pre>"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, default=REPOSITORY / "target/release/delivery-gate")
    binary = parser.parse_args().binary.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        example = repository(work / "demo")
        report = work / "report.html"
        text = run(binary, example, "--color", "always", "--output", f"html={report}")
        page = work / "terminal.html"
        page.write_text(TERMINAL.format(text=f"$ {COMMAND}\n" + ansi_to_html(text)), encoding="utf-8")
        photograph(work, page, "report-text.png", width=1000, height=(text.count("\n") + 2) * 22 + 48)
        photograph(work, report, "report-html.png", width=1200, height=640)
        photograph(work, report, "report-html-dark.png", width=1200, height=640, dark=True)


def repository(folder: Path) -> Path:
    shutil.copytree(FIXTURE, folder)
    who = {f"GIT_{role}_{what}": f"a{at}example.com" for role in ("AUTHOR", "COMMITTER") for what, at in (("NAME", "."), ("EMAIL", "@"))}
    dates = {f"GIT_{role}_DATE": "2026-01-02T03:04:05Z" for role in ("AUTHOR", "COMMITTER")}
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "Release 0.1.0"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True, env={**os.environ, **who, **dates})
    return folder


def run(binary: Path, folder: Path, *arguments: str) -> str:
    command = [binary, "check", "--ci-status", "failure", "--no-ci-output", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 1:
        raise SystemExit(f"the example should be NO-GO, exit code 1; it was {done.returncode}: {done.stderr}")
    return done.stdout


def ansi_to_html(text: str) -> str:
    def span(match: re.Match[str]) -> str:
        styles = [STYLES[code] for code in match.group(1).split(";") if code in STYLES]
        return f'<span style="{";".join(styles)}">' if styles else "</span>"

    return re.sub(r"\x1b\[([0-9;]*)m", span, html.escape(text))


def photograph(work: Path, page: Path, name: str, width: int, height: int, dark: bool = False) -> None:
    chromium = os.environ.get("CHROMIUM", "chromium")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"]
    flags += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    flags += [f"--user-data-dir={work / 'profile'}", f"--window-size={width},{height}", "--force-device-scale-factor=1.5"]
    # 0 is dark and 1 is light in Chromium's own numbering.
    flags.append(f"--blink-settings=preferredColorScheme={0 if dark else 1}")
    target = HERE / name
    subprocess.run([chromium, *flags, f"--screenshot={target}", page.as_uri()], check=True, capture_output=True)
    print(f"{target.relative_to(REPOSITORY)}: {target.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
