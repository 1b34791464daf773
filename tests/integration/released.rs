//! Every file that the gate reads of a release, at every place where a release may keep it from a reader: what git has is
//! read, what it has not decides nothing, and what cannot be looked at is told.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::common::{CHANGELOG, Project, RELEASE, result};

const SHA256: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A release that is GO only when one of its files is read.
struct Reader {
    path: &'static str,
    content: String,
    beside: Vec<(&'static str, String)>,
}

impl Reader {
    fn new(path: &'static str, content: impl Into<String>, beside: &[(&'static str, &str)]) -> Self {
        let beside = beside.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        Self { path, content: content.into(), beside }
    }

    /// Everything but the file.
    fn project(&self) -> Project {
        let project = Project::new();
        for (path, text) in [("CHANGELOG.md", CHANGELOG), ("release.yaml", RELEASE)] {
            if path != self.path {
                project.write(path, text);
            }
        }
        for (path, text) in &self.beside {
            project.write(path, text);
        }
        project
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

fn fixture(path: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/node").join(path);
    fs::read_to_string(path).expect("a fixture")
}

const PINNED: &str = "[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"requests==2.31.0\"]\n";
const LOOSE: &str = "[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"a>=1\"]\n";
const CRATE: &str = "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n[dependencies]\nserde = \"1\"\n";
const BY_LOCK: (&str, &str) = ("delivery-gate.yaml", "pinning: {mode: lock}\n");

fn manifests() -> Vec<Reader> {
    let member = CRATE.replace("serde = \"1\"", "a = { path = \"a\" }");
    vec![
        Reader::new("pyproject.toml", PINNED, &[]),
        Reader::new("requirements.txt", "a==1\n", &[]),
        Reader::new("Cargo.toml", CRATE.replace("\"1\"\n", "\"=1.0.0\"\n"), &[]),
        Reader::new(
            "package.json",
            "{\"name\": \"demo\", \"version\": \"1.2.3\", \"dependencies\": {\"a\": \"1.0.0\"}}",
            &[],
        ),
        Reader::new("setup/more.txt", "a==1\n", &[("requirements.txt", "-r setup/more.txt\n")]),
        Reader::new("a/Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n", &[("Cargo.toml", &member)]),
    ]
}

fn rust_and_python_locks() -> Vec<Reader> {
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n";
    let cargo = format!(
        "version = 4\n[[package]]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"serde\"]\n\
         [[package]]\nname = \"serde\"\nversion = \"1.0.0\"\n{registry}"
    );
    let uv = format!(
        "version = 1\n[[package]]\nname = \"demo\"\nsource = {{virtual = \".\"}}\n[[package]]\nname = \"a\"\nversion = \"1.5\"\nsource = {{ registry = \"https://p.example/simple\" }}\n\
         sdist = {{url = \"https://p.example/a.tar.gz\", hash = \"sha256:{SHA256}\"}}\n"
    );
    let poetry = format!(
        "[[package]]\nname = \"a\"\nversion = \"1.5\"\nfiles = [{{file = \"x\", hash = \"sha256:{SHA256}\"}}]\n\
         [metadata]\nlock-version = \"2.1\"\n"
    );
    let pylock = format!(
        "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1.5\"\n\
         sdist = {{url = \"https://p.example/a.tar.gz\", hashes = {{sha256 = \"{SHA256}\"}}}}\n"
    );
    let beside = [("pyproject.toml", LOOSE), BY_LOCK];
    vec![
        Reader::new("Cargo.lock", cargo, &[("Cargo.toml", CRATE)]),
        Reader::new("uv.lock", uv, &beside),
        Reader::new("poetry.lock", poetry.clone(), &beside),
        Reader::new("pdm.lock", poetry.replace("lock-version = \"2.1\"", "lock_version = \"4.5.0\""), &beside),
        Reader::new("pylock.toml", pylock, &beside),
        Reader::new("requirements.txt", format!("a==1.5 --hash=sha256:{SHA256}\n"), &beside),
    ]
}

fn node_locks() -> Vec<Reader> {
    // Yarn keeps no peers.
    let top = fixture("project/package.json").replace("peerDependencies", "elsewhere");
    let beside =
        [("package.json", top.as_str()), ("packages/b/package.json", &fixture("project/packages/b/package.json"))];
    let shrinkwrap = fixture("npm-3/package-lock.json");
    vec![
        Reader::new("package-lock.json", shrinkwrap.clone(), &beside),
        Reader::new("npm-shrinkwrap.json", shrinkwrap, &beside),
        Reader::new("pnpm-lock.yaml", fixture("pnpm-9/pnpm-lock.yaml"), &beside),
        Reader::new("yarn.lock", fixture("yarn-4/yarn.lock"), &beside),
        Reader::new("bun.lock", fixture("bun-2/bun.lock"), &beside),
    ]
}

fn what_people_write() -> Vec<Reader> {
    let python = ("pyproject.toml", PINNED);
    let gate = |gate: &'static str| [python, ("delivery-gate.yaml", gate)];
    let validated = "gates:\n  - {id: s, type: schema_validation, files: [\"d.json\"], schema: s.json}\n";
    let mut schema = gate(validated).to_vec();
    schema.push(("d.json", "{\"a\": 1}"));
    let scanned = "gates:\n  - {id: s, type: secrets_scan}\n";
    let mut baseline = gate(scanned).to_vec();
    // Made up, in pieces so that no scanner takes this file for one that has it.
    let secret = format!("aws={}\n", ["AKIA", "Q7R3T5V7X9Z1B3D5"].concat());
    baseline.push(("secret.txt", &secret));
    let fingerprint = fingerprint(&secret);
    let allowed =
        format!("{{\"schema\": \"delivery-gate/secrets-baseline/v1\", \"fingerprints\": [\"{fingerprint}\"]}}");
    vec![
        Reader::new("CHANGELOG.md", CHANGELOG, &[python]),
        Reader::new("release.yaml", RELEASE, &[python]),
        Reader::new(
            "delivery-gate.yaml",
            "changelog: docs/NOTES.md\n",
            &[python, ("docs/NOTES.md", CHANGELOG), ("CHANGELOG.md", "")],
        ),
        Reader::new("s.json", "{\"required\": [\"a\"]}", &schema),
        Reader::new(".delivery-gate/secrets-baseline.json", allowed, &baseline),
    ]
}

/// The fingerprint that the scanner gives a secret.
fn fingerprint(text: &str) -> String {
    let project = Project::new();
    project.write("secret.txt", text).track();
    let (_, report) = project.gate(&["scan", "repo"]).json();
    let found = &result(&report, "secrets_scan")["metrics"]["findings"][0];
    found["fingerprint"].as_str().expect("a fingerprint").to_owned()
}

/// A place where the file may be, and what is said there: nothing where it is read.
type Placement = (&'static str, fn(&Reader, &Project), &'static [&'static str]);

/// What an honest project may do: each is read.
const READ: [Placement; 5] = [
    (
        "plain",
        |reader, project| {
            project.write(reader.path, &reader.content).commit();
        },
        &[],
    ),
    (
        "a link to a tracked file",
        |reader, project| {
            project.write("kept/there", &reader.content);
            link(reader, project, "kept/there").commit();
        },
        &[],
    ),
    (
        "left out by a sparse checkout",
        |reader, project| {
            project.write(reader.path, &reader.content).write("only/this", "").commit();
            project.git(&["sparse-checkout", "set", "--no-cone", "/*", &format!("!/{}", reader.path)]);
            assert!(!project.root().join(reader.path).exists(), "{}", reader.path);
        },
        &[],
    ),
    (
        "skipped and deleted",
        |reader, project| {
            project.write(reader.path, &reader.content).commit();
            project.git(&["update-index", "--skip-worktree", reader.path]).remove(reader.path);
        },
        &[],
    ),
    (
        "in a submodule that is here",
        |reader, project| {
            submodule(reader, project);
            link(reader, project, &format!("sub/{}", reader.name())).commit();
        },
        &[],
    ),
];

/// What a release does not have, or nobody can look at: never GO, each with words of its own.
const HELD: [Placement; 10] = [
    (
        "missing",
        |_, project| {
            project.commit();
        },
        &[],
    ),
    (
        "ignored",
        |reader, project| {
            project.write(".gitignore", &format!("/{}\n", reader.path)).write(reader.path, &reader.content).commit();
        },
        &[],
    ),
    (
        "a link to an ignored file",
        |reader, project| {
            project.write(".gitignore", "/ignored/\n").write("ignored/there", &reader.content);
            link(reader, project, "ignored/there").commit();
        },
        &["leads to ignored/there, which is not tracked by git"],
    ),
    (
        "a link through a linked folder",
        |reader, project| {
            project.write(".gitignore", "/ignored/\n").write("ignored/there", &reader.content);
            symlink("ignored", project.root().join("way")).expect("a link");
            link(reader, project, "way/there").commit();
        },
        &["leads to ignored/there, which is not tracked by git"],
    ),
    (
        "a link that leaves",
        |reader, project| {
            fs::write(project.path("outside"), &reader.content).expect("a file");
            link(reader, project, "../outside").commit();
        },
        &["leaves the repository", "outside the repository"],
    ),
    (
        "a link by an absolute path",
        |reader, project| {
            project.write("kept/there", &reader.content);
            let target = project.root().join("kept/there").display().to_string();
            let place = project.root().join(reader.path);
            fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
            symlink(target, place).expect("a link");
            project.commit();
        },
        &["leaves the repository", "outside the repository"],
    ),
    (
        "links in a circle",
        |reader, project| {
            symlink("other", project.root().join("one")).expect("a link");
            symlink("one", project.root().join("other")).expect("a link");
            link(reader, project, "one").commit();
        },
        &["its symbolic links lead in a circle"],
    ),
    (
        "in a submodule that was not fetched",
        |reader, project| {
            submodule(reader, project);
            link(reader, project, &format!("sub/{}", reader.name())).commit();
            project.git(&["submodule", "deinit", "-q", "-f", "sub"]);
            fs::remove_dir_all(project.root().join(".git/modules")).expect("its repository");
        },
        &["`git submodule update --init sub` fetches it"],
    ),
    (
        "a Git LFS pointer",
        |reader, project| {
            let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\nsize 12345\n");
            project.write(reader.path, &pointer).commit();
        },
        &["it is a Git LFS pointer"],
    ),
    (
        "one of two names that differ in letter case",
        |reader, project| {
            let (folder, name) =
                reader.path.rsplit_once('/').map_or(("", reader.path), |(folder, name)| (folder, name));
            let twin =
                name.chars().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
            let twin = Path::new(folder).join(twin.collect::<String>());
            project.write(reader.path, &reader.content).write(twin.to_str().expect("a path"), &reader.content).commit();
        },
        &["only in letter case"],
    ),
];

fn link<'p>(reader: &Reader, project: &'p Project, target: &str) -> &'p Project {
    let place = project.root().join(reader.path);
    fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
    let up = "../".repeat(reader.path.matches('/').count());
    symlink(format!("{up}{target}"), place).expect("a link");
    project
}

fn submodule(reader: &Reader, project: &Project) {
    let other = Project::new();
    other.write(reader.name(), &reader.content).commit();
    let address = other.root().display().to_string();
    project.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &address, "sub"]);
}

fn ask(readers: &[Reader]) {
    for reader in readers {
        for (place, arrange, _) in READ {
            let project = reader.project();
            arrange(reader, &project);
            let run = project.tag("v1.2.3").check_after_ci().run();
            assert_eq!(run.code, Some(0), "{} {place}: {run:?}", reader.path);
            let run = project.check_after_ci().args(&["--rev", "v1.2.3"]).run();
            let has_gates = reader.beside.iter().any(|(_, text)| text.starts_with("gates:"));
            assert_eq!(run.code, Some(i32::from(has_gates)), "{} {place} --rev: {run:?}", reader.path);
        }
        for (place, arrange, words) in HELD {
            let project = reader.project();
            arrange(reader, &project);
            project.tag("v1.2.3");
            for rev in [&[][..], &["--rev", "v1.2.3"]] {
                let run = project.check_after_ci().args(rev).args(&["--json"]).run();
                let said = format!("{}{}", run.stdout, run.stderr);
                // What the commit does not have decides nothing, and without any manifest there is nothing to pin.
                let lacks = place == "missing" || !rev.is_empty();
                let held = matches!(run.code, Some(1 | 2)) || (lacks && said.contains("nothing to pin"));
                assert!(held, "{} {place} {rev:?}: {said}", reader.path);
                let is_gate = reader.beside.iter().any(|(_, text)| text.starts_with("gates:")) && !rev.is_empty();
                let is_said = words.is_empty() || is_gate || words.iter().any(|words| said.contains(words));
                assert!(is_said, "{} {place} {rev:?}: {words:?} is not in {said}", reader.path);
            }
        }
    }
}

#[test]
fn manifests_are_read_as_git_has_them() {
    ask(&manifests());
}

#[test]
fn lock_files_of_rust_and_python_are_read_as_git_has_them() {
    ask(&rust_and_python_locks());
}

#[test]
fn lock_files_of_node_are_read_as_git_has_them() {
    ask(&node_locks());
}

#[test]
fn what_people_write_for_the_gate_is_read_as_git_has_it() {
    ask(&what_people_write());
}
