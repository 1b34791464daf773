//! A repository in a temporary folder, and the binary run on it with an environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const CHANGELOG: &str = "# Changelog\n\n## 1.2.3 - 2026-01-02\n\n- Fixed the thing.\n\n## 1.2.2\n\n- Old.\n";

pub(crate) const PYPROJECT: &str =
    "[project]\nname = \"demo\"\nversion = \"1.2.3\"\ndependencies = [\"requests==2.31.0\"]\n";

pub(crate) const RELEASE: &str = r#"version: "1.2.3"
attestations:
  rollback_tested: {answer: true, by: "Jane Smith"}
  oncall_notified: {answer: true, by: "Jane Smith"}
  approver_signed_off: {answer: true, by: "Bob Lee"}
  monitoring_reviewed: {answer: true, by: "Jane Smith"}
"#;

/// A project under git.
pub(crate) struct Project {
    folder: TempDir,
}

impl Project {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        let project = Self { folder: TempDir::new().expect("a temporary folder") };
        fs::create_dir_all(project.path("home")).expect("a home");
        fs::create_dir_all(project.root()).expect("a folder");
        project.git(&["init", "-q", "-b", "main", "."]);
        project
    }

    /// The files of a release that is ready, not yet committed.
    pub(crate) fn drafted() -> Self {
        let project = Self::new();
        project.write("CHANGELOG.md", CHANGELOG).write("pyproject.toml", PYPROJECT).write("release.yaml", RELEASE);
        project
    }

    /// A release that is ready: committed and tagged `v1.2.3`.
    pub(crate) fn released() -> Self {
        let project = Self::drafted();
        project.commit().tag("v1.2.3");
        project
    }

    /// A copy of a folder of `tests/fixtures`, not yet committed.
    pub(crate) fn fixture(name: &str) -> Self {
        let project = Self::new();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        for entry in fs::read_dir(source).expect("the fixture") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), project.root().join(entry.file_name())).expect("a copy");
        }
        project
    }

    /// Makes it a shallow clone, in which HEAD's parents are not there.
    pub(crate) fn cut_off(&self) -> &Self {
        fs::write(self.root().join(".git/shallow"), format!("{}\n", self.head())).expect("a cut");
        self
    }

    /// The repository's folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.path("repo")
    }

    /// A path beside the repository.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    pub(crate) fn append(&self, path: &str, text: &str) -> &Self {
        let before = fs::read_to_string(self.root().join(path)).expect("a file");
        self.write(path, &(before + text))
    }

    pub(crate) fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.root().join(path)).expect("a file to remove");
        self
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> &Self {
        let output = self.scrubbed("git").current_dir(self.root()).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        self
    }

    /// Lets git track everything.
    pub(crate) fn track(&self) -> &Self {
        self.git(&["add", "-A"])
    }

    pub(crate) fn commit(&self) -> &Self {
        self.track().git(&["commit", "-qm", "release"])
    }

    /// An annotated tag.
    pub(crate) fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", "-a", name, "-m", name])
    }

    /// The commit at HEAD.
    pub(crate) fn head(&self) -> String {
        self.git_output(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// What git prints.
    pub(crate) fn git_output(&self, arguments: &[&str]) -> String {
        let output = self.scrubbed("git").current_dir(self.root()).args(arguments).output().expect("git runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// `delivery-gate check` on this repository, with nothing but a home in the environment.
    pub(crate) fn check(&self) -> Gate {
        self.gate(&["check", "--repo", "repo"])
    }

    /// The binary in the folder that holds the repository.
    pub(crate) fn gate(&self, arguments: &[&str]) -> Gate {
        let mut command = self.scrubbed(env!("CARGO_BIN_EXE_delivery-gate"));
        // A claim is made by the one whom the configuration names.
        command.env_remove("GIT_AUTHOR_NAME").current_dir(self.folder.path()).args(arguments);
        Gate { command }
    }

    /// The same, with CI's success reported.
    pub(crate) fn check_after_ci(&self) -> Gate {
        self.check().args(&["--ci-status", "success"])
    }

    /// What a person sees who types a command at a terminal, in the folder that holds the repository: `script` makes one.
    #[cfg(target_os = "linux")]
    pub(crate) fn at_terminal_seen(&self, line: &str) -> String {
        let mut command = self.scrubbed("script");
        command.env_remove("GIT_AUTHOR_NAME").current_dir(self.folder.path());
        let output = command.args(["-qec", line, "/dev/null"]).output().expect("script runs");
        String::from_utf8_lossy(&output.stdout).replace('\r', "")
    }

    fn scrubbed(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a PATH")).env("HOME", self.path("home"));
        for kept in ["SystemRoot", "TEMP", "TMP"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        // The tests run once more for each kind of repository that git makes.
        for kind in ["GIT_DEFAULT_HASH", "GIT_DEFAULT_REF_FORMAT"] {
            command.envs(std::env::var_os(kind).map(|value| (kind, value)));
        }
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.com");
            command.env(format!("GIT_{who}_DATE"), "2026-01-02T03:04:05Z");
        }
        command.stdin(Stdio::null());
        command
    }
}

/// The binary about to be run.
pub(crate) struct Gate {
    pub(crate) command: Command,
}

impl Gate {
    /// The binary without a repository, in an empty environment.
    pub(crate) fn bare() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_delivery-gate"));
        command.env_clear().stdin(Stdio::null());
        Self { command }
    }

    pub(crate) fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn run(mut self) -> Run {
        Run::of(self.command.output().expect("the binary runs"))
    }

    /// Runs it with these answers waiting at a terminal; what it asks there is not kept.
    #[cfg(unix)]
    pub(crate) fn at_terminal(mut self, answers: &str) -> Run {
        use std::io::Write;

        use rustix::fs::{Mode, OFlags};
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal");
        let name = ptsname(&ours, Vec::new()).expect("a name").into_string().expect("UTF-8");
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let theirs = fs::File::from(rustix::fs::open(name, flags, Mode::empty()).expect("the other end"));
        let mut ours = fs::File::from(ours);
        ours.write_all(answers.as_bytes()).expect("answers");
        self.command.stdin(theirs.try_clone().expect("a copy")).stderr(theirs);
        Run::of(
            self.command.stdout(Stdio::piped()).spawn().expect("the binary runs").wait_with_output().expect("an end"),
        )
    }

    /// Runs it with `--json` and reads the report.
    pub(crate) fn json(self) -> (Run, Value) {
        let run = self.args(&["--json"]).run();
        let report =
            serde_json::from_str(&run.stdout).unwrap_or_else(|e| panic!("{e} in {}{}", run.stdout, run.stderr));
        (run, report)
    }
}

/// What the binary answered.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
        }
    }

    /// Asserts the exit code and returns the text report.
    pub(crate) fn report(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.stdout
    }

    /// Asserts exit code 2 and returns what was said on standard error.
    pub(crate) fn refusal(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        self.stderr
    }

    /// The row whose title contains `title`, without its label: `FAIL  Title — detail`.
    pub(crate) fn row(&self, title: &str) -> &str {
        let row = self.stdout.lines().find(|line| line.starts_with('[') && line.contains(title));
        row.and_then(|line| line.get(12..)).unwrap_or_else(|| panic!("no row {title:?} in {self:?}"))
    }
}

/// The result with an id.
pub(crate) fn result<'r>(report: &'r Value, id: &str) -> &'r Value {
    let results = report["results"].as_array().expect("results");
    results.iter().find(|result| result["id"] == id).unwrap_or_else(|| panic!("no {id} in {report}"))
}

/// A report in which what differs from run to run is replaced.
pub(crate) fn redacted(text: &str, project: &Project) -> String {
    let root = project.root().canonicalize().expect("a path");
    let text = text.replace(&root.display().to_string(), "<root>").replace(&project.head(), "<commit>");
    let lines = text.lines().map(|line| match line.split_once("\": ") {
        Some((key, _)) if key.ends_with("\"duration_ms") => format!("{key}\": <ms>,"),
        Some((key, _)) if key.ends_with("\"started_at") => format!("{key}\": <time>,"),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// Waits until something holds, and fails when it does not within a minute.
#[cfg(unix)]
pub(crate) fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !holds() {
        assert!(std::time::Instant::now() < deadline, "never: {what}");
        std::thread::park_timeout(std::time::Duration::from_millis(2));
    }
}
