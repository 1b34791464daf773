"""The trees of real projects' shapes that whole_process.py measures on: manifests, and lock files as their own tools write them.

Everything is made by a fixed random number generator: the same trees every time.
"""

import base64
import json
import random

RELEASE = """version: "1.2.3"
attestations:
  rollback_tested: {answer: true, by: "Jane Smith"}
  oncall_notified: {answer: true, by: "Jane Smith"}
  approver_signed_off: {answer: true, by: "Bob Lee"}
  monitoring_reviewed: {answer: true, by: "Jane Smith"}
"""
CHANGELOG = "# Changelog\n\n## 1.2.3 - 2026-01-02\n\n- Fixed the thing.\n\n## 1.2.2\n\n- Old.\n"
# What `check` reads of these trees.
READ = {"release.yaml", "CHANGELOG.md", "requirements.txt", "package.json", "package-lock.json", "pnpm-workspace.yaml", "pnpm-lock.yaml",
        "pyproject.toml", "uv.lock", "Cargo.toml", "Cargo.lock"}
WORDS = ("core", "util", "parse", "fast", "plugin", "babel", "stream", "node", "types", "loader", "schema", "async", "glob", "cache")

PNPM_MEMBERS, PNPM_PACKAGES = 40, 1_650
NPM_PACKAGES = 1_120
UV_PACKAGES = 260
CRATES, LOCKED_CRATES = 60, 400
HISTORY_TAGS, HISTORY_COMMITS = 1_000, 10_000
ADVISORIES = 20_000


def write(repo, files):
    for name, text in files.items():
        path = repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def sources(rng, folders, ending, count):
    """Files as a project has them, so that git has something to look at."""
    text = "".join(f"// {rng.getrandbits(60):x}\n" for _ in range(60))
    return {f"{folder}/src/part{n}{ending}": text for folder in folders for n in range(count)}


def names(rng, count, scoped=False):
    """Distinct names of packages, sorted as lock files have them."""
    found = set()
    while len(found) < count:
        name = "-".join(rng.sample(WORDS, rng.choice((1, 2, 2, 3)))) + rng.choice(("", "", "s", f"-{rng.randrange(40)}"))
        found.add(f"@{rng.choice(WORDS)}/{name}" if scoped and rng.random() < 0.3 else name)
    return sorted(found)


def version(rng):
    return f"{rng.randrange(9)}.{rng.randrange(30)}.{rng.randrange(20)}"


def integrity(rng):
    return "sha512-" + base64.b64encode(rng.randbytes(64)).decode()


def needs(rng, at, count):
    """What a package needs: some of those behind it, so that no package needs itself."""
    behind = range(at + 1, count)
    return sorted(rng.sample(behind, min(rng.choice((0, 0, 0, 1, 2, 3, 6)), len(behind))))


# pnpm


def quoted(key):
    return f"'{key}'" if key.startswith("@") else key


def pnpm(rng):
    """A workspace of 40 packages: pnpm-lock.yaml has 500 KB, of version 9."""
    # In the order of the keys, as pnpm writes them.
    packages = sorted(((name, version(rng)) for name in names(rng, PNPM_PACKAGES, scoped=True)), key="@".join)
    members = [f"packages/part{n:02}" for n in range(PNPM_MEMBERS)]
    files = {"pnpm-workspace.yaml": "packages:\n  - packages/*\n", **sources(rng, members, ".ts", 20)}
    lock = ["lockfileVersion: '9.0'", "", "settings:", "  autoInstallPeers: true", "  excludeLinksFromLockfile: false", "", "importers:", ""]
    for folder in (".", *members):
        asked = {kind: sorted(rng.sample(range(len(packages)), count)) for kind, count in (("dependencies", 5), ("devDependencies", 9))}
        asked["devDependencies"] = [n for n in asked["devDependencies"] if n not in asked["dependencies"]]
        lock.append(f"  {folder}:")
        manifest = {"name": "top" if folder == "." else folder.removeprefix("packages/"), "version": "1.2.3", "private": True}
        for kind, numbers in asked.items():
            lock.append(f"    {kind}:")
            manifest[kind] = {packages[n][0]: f"^{packages[n][1]}" for n in numbers}
            for name, chosen in (packages[n] for n in numbers):
                lock += [f"      {quoted(name)}:", f"        specifier: ^{chosen}", f"        version: {chosen}"]
        lock.append("")
        files[f"{folder}/package.json".removeprefix("./")] = json.dumps(manifest, indent=2) + "\n"
    lock += ["packages:", ""]
    for name, chosen in packages:
        lock += [f"  {quoted(f'{name}@{chosen}')}:", f"    resolution: {{integrity: {integrity(rng)}}}"]
        lock += ["    engines: {node: '>=18'}"] * (rng.random() < 0.6) + ["    cpu: [x64]", "    os: [linux]"] * (rng.random() < 0.05)
        lock += ["    hasBin: true"] * (rng.random() < 0.1)
        lock += ["    peerDependencies:", f"      {quoted(packages[0][0])}: '*'"] * (rng.random() < 0.1) + [""]
    lock += ["snapshots:", ""]
    for at, (name, chosen) in enumerate(packages):
        needed = needs(rng, at, len(packages))
        lock.append(f"  {quoted(f'{name}@{chosen}')}:{'' if needed else ' {}'}")
        lock += ["    dependencies:"] * bool(needed) + [f"      {quoted(packages[n][0])}: {packages[n][1]}" for n in needed] + [""]
    return {**files, "pnpm-lock.yaml": "\n".join(lock)}


# npm


def npm(rng):
    """A package with a package-lock.json of 500 KB, of version 3."""
    packages = [(name, version(rng)) for name in names(rng, NPM_PACKAGES, scoped=True)]
    asked = {"dependencies": packages[:30], "devDependencies": packages[30:60]}
    tables = {kind: {name: f"^{chosen}" for name, chosen in of} for kind, of in asked.items()}
    manifest = {"name": "demo", "version": "1.2.3", "license": "MIT", **tables}
    locked = {"": manifest}
    for at, (name, chosen) in enumerate(packages):
        entry = {"version": chosen, "resolved": f"https://registry.npmjs.org/{name}/-/{name.rpartition('/')[2]}-{chosen}.tgz",
                 "integrity": integrity(rng), **({"dev": True} if at % 3 else {}), "license": "MIT"}
        needed = {packages[n][0]: f"^{packages[n][1]}" for n in needs(rng, at, len(packages))}
        entry |= {"dependencies": needed} if needed else {}
        entry |= {"engines": {"node": ">=18"}} if rng.random() < 0.6 else {}
        entry |= {"funding": {"url": "https://github.com/sponsors/somebody"}} if rng.random() < 0.3 else {}
        locked[f"node_modules/{name}"] = entry
    lock = {"name": "demo", "version": "1.2.3", "lockfileVersion": 3, "requires": True, "packages": locked}
    files = {"package.json": json.dumps(manifest, indent=2) + "\n", "package-lock.json": json.dumps(lock, indent=2) + "\n"}
    return {**files, **sources(rng, ["."], ".js", 80)}


# uv


def uv(rng):
    """A project with 260 packages: uv.lock has 300 KB, of revision 3."""
    packages = [(name, version(rng)) for name in names(rng, UV_PACKAGES)]
    asked = packages[:40]
    manifest = '[project]\nname = "zz-demo"\nversion = "1.2.3"\nrequires-python = ">=3.10"\ndependencies = [\n'
    manifest += "".join(f'    "{name}>={chosen}",\n' for name, chosen in asked) + "]\n"
    lock = ['version = 1\nrevision = 3\nrequires-python = ">=3.10"\n']

    def archive(name, chosen, ending):
        at, digest = (rng.randbytes(32).hex() for _ in range(2))
        url = f"https://files.pythonhosted.org/packages/{at[:2]}/{at[2:4]}/{at[4:]}/{name.replace('-', '_')}-{chosen}{ending}"
        return f'{{ url = "{url}", hash = "sha256:{digest}", size = {rng.randrange(10**6)}, upload-time = "2026-03-24T12:59:09.671Z" }}'

    for at, (name, chosen) in enumerate(packages):
        needed = "".join(f'    {{ name = "{packages[n][0]}" }},\n' for n in needs(rng, at, len(packages)))
        wheels = [f"-cp3{minor}-cp3{minor}-manylinux_2_28_x86_64.whl" for minor in range(10, 15)] if rng.random() < 0.3 else ["-py3-none-any.whl"]
        lock.append(
            f'[[package]]\nname = "{name}"\nversion = "{chosen}"\nsource = {{ registry = "https://pypi.org/simple" }}\n'
            + (f"dependencies = [\n{needed}]\n" if needed else "")
            + f'sdist = {archive(name, chosen, ".tar.gz")}\nwheels = [\n'
            + "".join(f"    {archive(name, chosen, ending)},\n" for ending in wheels) + "]\n")
    listed = "".join(f'    {{ name = "{name}" }},\n' for name, _ in asked)
    required = "".join(f'    {{ name = "{name}", specifier = ">={chosen}" }},\n' for name, chosen in asked)
    lock.append(f'[[package]]\nname = "zz-demo"\nversion = "1.2.3"\nsource = {{ virtual = "." }}\ndependencies = [\n{listed}]\n\n'
                f"[package.metadata]\nrequires-dist = [\n{required}]\n")
    files = {"pyproject.toml": manifest, "uv.lock": "\n".join(lock), "delivery-gate.yaml": "pinning:\n  mode: either\n"}
    return {**files, **sources(rng, ["."], ".py", 150)}


# Cargo


def cargo(rng):
    """A workspace of 60 crates with 400 locked ones."""
    registry = [(name, version(rng)) for name in names(rng, LOCKED_CRATES)]
    members = [f"part{n:02}" for n in range(CRATES)]
    files = {"Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["crates/*"]\n\n[workspace.package]\nversion = "1.2.3"\n',
             **sources(rng, [f"crates/{name}" for name in members], ".rs", 8)}
    locked = []
    for at, (name, chosen) in enumerate(registry):
        needed = [registry[n][0] for n in needs(rng, at, len(registry))]
        locked.append((name, chosen, needed, f'source = "registry+https://github.com/rust-lang/crates.io-index"\n'
                                             f'checksum = "{rng.randbytes(32).hex()}"\n'))
    for at, name in enumerate(members):
        asked = sorted(rng.sample(registry, 10))
        own = members[at + 1:at + 3]
        table = "".join(f'{other} = {{ path = "../{other}" }}\n' for other in own) + "".join(f'{n} = "{v}"\n' for n, v in asked)
        files[f"crates/{name}/Cargo.toml"] = (
            f'[package]\nname = "{name}"\nversion.workspace = true\nedition = "2024"\n\n[dependencies]\n{table}')
        locked.append((name, "1.2.3", sorted([n for n, _ in asked] + own), ""))
    text = "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n"
    for name, chosen, needed, rest in sorted(locked):
        text += f'\n[[package]]\nname = "{name}"\nversion = "{chosen}"\n{rest}'
        text += "".join(["dependencies = [\n", *(f' "{n}",\n' for n in needed), "]\n"]) if needed else ""
    return {**files, "Cargo.lock": text}


KINDS = {"pnpm": pnpm, "npm": npm, "uv": uv, "cargo": cargo}


def files(kind):
    """Every file of the project of that kind, by its path."""
    return {"release.yaml": RELEASE, "CHANGELOG.md": CHANGELOG, **KINDS[kind](random.Random(3))}


# Histories and databases


def history():
    """For `git fast-import`: 10,000 commits, a tag at every tenth, the files of a small package."""
    manifest = '{{"name": "demo", "version": "{}"}}\n'
    for number in range(HISTORY_COMMITS):
        text = manifest.format(f"1.{number // 10}.0").encode()
        yield b"commit refs/heads/main\nmark :%d\ncommitter a <a@example.com> %d +0000\ndata 6\nchange\n" % (number + 1, 1_700_000_000 + number * 60)
        yield b"M 100644 inline package.json\ndata %d\n%s\nM 100644 inline src/part%d.js\ndata 8\nlet a=1;\n" % (len(text), text, number % 300)
        if number % 10 == 9:
            yield b"tag v1.%d.0\nfrom :%d\ntagger a <a@example.com> %d +0000\ndata 1\nv\n" % (number // 10, number + 1, 1_700_000_000 + number * 60)


def advisories():
    """20,000 advisories in YAML, as the Python Packaging Advisory Database writes them: names and texts."""
    details = "  " + "A flaw in the parser lets a remote party read what it should not. " * 24
    versions = "".join(f"  - 0.{patch}.0\n" for patch in range(40))
    for number in range(ADVISORIES):
        yield f"TEST-{number}.yaml", (
            f'id: TEST-{number}\nmodified: "2026-01-01T00:00:00Z"\ndetails: |\n{details}\naliases:\n- CVE-2026-{number}\naffected:\n'
            f"- package:\n    ecosystem: PyPI\n    name: package-{number}\n  ranges:\n  - type: ECOSYSTEM\n    events:\n"
            f'    - introduced: "0"\n    - fixed: "1.0"\n  versions:\n{versions}')
