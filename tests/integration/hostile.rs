//! Every case of `tests/fixtures/hostile-cases.json`, controls included, on the real binary.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use delivery_gate::internal::model::is_hidden;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::Run;
#[cfg(target_os = "linux")]
use crate::processes;
use crate::server::{self, Answer, Server};

#[derive(Deserialize)]
struct Cases {
    files: BTreeMap<String, String>,
    prelude: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    #[serde(rename = "class")]
    _class: String,
    title: String,
    why: String,
    setup: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    exit: i32,
    #[serde(default)]
    not_pass: Vec<String>,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    present: Vec<String>,
    #[serde(default)]
    survivors: usize,
    #[serde(default)]
    root_only: bool,
    #[serde(default)]
    cwd: String,
    #[serde(default)]
    server: Vec<Route>,
    #[serde(default)]
    then: Then,
    second: Option<String>,
    seconds: u64,
}

/// What a server answers to a request with `when` in it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Route {
    when: String,
    file: Option<String>,
    json: Option<String>,
    refuse: Option<String>,
}

/// What a server does after its answer.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Then {
    #[default]
    Close,
    Stall,
    Endless,
}

#[test]
fn every_hostile_case() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hostile-cases.json");
    let cases: Cases = serde_json::from_str(&fs::read_to_string(data).expect("the cases")).expect("valid cases");
    let mut wrong = Vec::new();
    let mut skipped = Vec::new();
    for case in &cases.cases {
        if case.root_only && !is_root() {
            skipped.push(case.id.as_str());
            continue;
        }
        let found = Sandbox::new(&cases, case).judge();
        wrong.extend(found.into_iter().map(|what| format!("{} ({}; {}): {what}", case.id, case.title, case.why)));
    }
    println!("{} hostile cases, skipped for want of root: {skipped:?}", cases.cases.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    id.stdout == b"0\n"
}

/// A fresh folder in which one case was set up.
struct Sandbox<'a> {
    folder: TempDir,
    case: &'a Case,
}

impl<'a> Sandbox<'a> {
    fn new(cases: &Cases, case: &'a Case) -> Self {
        let sandbox = Self { folder: TempDir::new().expect("a folder"), case };
        for (name, text) in &cases.files {
            fs::write(sandbox.folder.path().join(name), text).expect("a file");
        }
        let script = format!("{}\n{}", cases.prelude, case.setup);
        let output = sandbox.scrubbed("bash").args(["-c", &script]).output().expect("bash runs");
        assert!(output.status.success(), "{}: setup failed: {}", case.id, String::from_utf8_lossy(&output.stderr));
        sandbox
    }

    fn scrubbed(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").expect("a PATH")).stdin(Stdio::null());
        command.env("HOME", self.folder.path().join("home")).current_dir(self.folder.path());
        command
    }

    fn judge(&self) -> Vec<String> {
        let text = self.run(&[]);
        let mut wrong = self.common_faults(&text);
        wrong.extend(self.stated_faults(&text));
        // A `--json` of the case's own is the run that was just looked at.
        let json =
            if self.case.args.iter().any(|argument| argument == "--json") { text } else { self.run(&["--json"]) };
        wrong.extend(self.common_faults(&json));
        wrong.extend(self.json_faults(&json));
        let created = self.case.absent.iter().filter(|path| self.folder.path().join(path).exists());
        wrong.extend(created.map(|path| format!("{path} was created")));
        let lost = self.case.present.iter().filter(|path| !self.folder.path().join(path).exists());
        wrong.extend(lost.map(|path| format!("{path} is gone")));
        wrong
    }

    fn run(&self, more: &[&str]) -> Run {
        let here = self.folder.path().display().to_string();
        let mut command = self.scrubbed(env!("CARGO_BIN_EXE_delivery-gate"));
        command.args(&self.case.args).args(more);
        command.current_dir(self.folder.path().join(&self.case.cwd));
        let (server, second) = (self.server(), self.second());
        for (name, value) in &self.case.env {
            let value = match value.strip_prefix('@') {
                Some(file) => fs::read_to_string(self.folder.path().join(file)).expect("a file").trim().to_owned(),
                None => value.replace("$PWD", &here).replace("PORT", &server.port.to_string()),
            };
            command.env(name, value);
        }
        let run = bounded(command, Duration::from_secs(self.case.seconds));
        #[cfg(target_os = "linux")]
        assert_eq!(
            processes::ended_in(self.folder.path(), self.case.survivors),
            self.case.survivors,
            "{}",
            self.case.id
        );
        assert!(second.requests().is_empty(), "{}: the second server was asked", self.case.id);
        run
    }

    fn server(&self) -> Server {
        let routes: Vec<_> = self.case.server.iter().map(|route| (route.clone(), self.bytes(route))).collect();
        let then = self.case.then;
        Server::start(move |request| {
            let found = routes.iter().find(|(route, _)| request.contains(&route.when));
            let bytes = match found {
                Some((Route { refuse: Some(evil), .. }, _)) if request.contains(evil) => {
                    server::json("200 OK", "{\"allowed\":false,\"reason\":\"the change is EVIL\"}")
                }
                Some((Route { refuse: Some(_), .. }, _)) => server::json("200 OK", "{\"allowed\":true}"),
                Some((_, bytes)) => bytes.clone(),
                None => server::json("404 Not Found", "{}"),
            };
            match then {
                Then::Close => Answer::Whole(bytes),
                Then::Stall => Answer::Stall(bytes),
                Then::Endless => Answer::Endless(bytes),
            }
        })
    }

    fn bytes(&self, route: &Route) -> Vec<u8> {
        let file = route.file.as_ref().map(|file| fs::read(self.folder.path().join(file)).expect("a file"));
        file.unwrap_or_else(|| server::json("200 OK", route.json.as_deref().unwrap_or_default()))
    }

    fn second(&self) -> Server {
        let bytes = self.case.second.as_ref().map(|file| fs::read(self.folder.path().join(file)).expect("a file"));
        let bytes = bytes.unwrap_or_default();
        Server::start(move |_| Answer::Whole(bytes.clone()))
    }

    /// What no run on any input may do.
    fn common_faults(&self, run: &Run) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut fault = |is: bool, what: &str| {
            if is {
                wrong.push(format!("{what}: {run:?}"));
            }
        };
        fault(run.code != Some(self.case.exit), &format!("exit code {:?}, not {}", run.code, self.case.exit));
        for stream in [&run.stdout, &run.stderr] {
            fault(stream.chars().any(|c| c != '\n' && is_hidden(c)), "a hidden character");
            fault(stream.lines().any(|line| line.trim_start().starts_with("::")), "a workflow command");
            fault(stream.contains("##["), "a workflow command inside a line");
            fault(stream.contains("panicked"), "a panic");
        }
        let decisions = run.stdout.lines().filter(|line| line.trim_start().starts_with("Decision:")).count();
        fault(decisions > 1, "a second decision");
        let go = run.stdout.lines().any(|line| line.trim() == "Decision: GO");
        fault(self.case.exit != 0 && go, "a GO");
        wrong
    }

    fn stated_faults(&self, run: &Run) -> Vec<String> {
        let both = format!("{}{}", run.stdout, run.stderr);
        let says = self.case.says.iter().map(|text| text.replace("@HEAD", &self.head()));
        let missing = says.filter(|text| !both.contains(text)).map(|text| format!("does not say {text:?}: {both}"));
        let never =
            self.case.never.iter().filter(|text| both.contains(*text)).map(|text| format!("says {text:?}: {both}"));
        missing.chain(never).collect()
    }

    fn json_faults(&self, run: &Run) -> Vec<String> {
        let report: Value = match serde_json::from_str(&run.stdout) {
            Ok(report) => report,
            Err(error) => return vec![format!("invalid JSON, {error}: {run:?}")],
        };
        if self.case.args.iter().any(|argument| argument == "artifacts") {
            return Vec::new();
        }
        let decision = match self.case.exit {
            0 => Value::from("GO"),
            1 => Value::from("NO-GO"),
            _ => Value::Null,
        };
        let mut wrong = Vec::new();
        if report["decision"] != decision || report["exit_code"] != self.case.exit {
            wrong.push(format!("the JSON's decision is {}", report["decision"]));
        }
        for id in self.case.not_pass.iter().filter(|_| self.case.exit != 2) {
            let result = report["results"].as_array().and_then(|all| all.iter().find(|result| result["id"] == **id));
            let status = result.map_or(&Value::Null, |result| &result["status"]);
            if status != "FAIL" && status != "UNPROVEN" {
                wrong.push(format!("{id} is {status}"));
            }
        }
        wrong
    }

    fn head(&self) -> String {
        let output = self.scrubbed("git").args(["-C", "repo", "rev-parse", "HEAD"]).output().expect("git runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

/// Runs a command that must end by itself within a time limit; a run over it is killed and has no exit code.
fn bounded(mut command: Command, limit: Duration) -> Run {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let stdout = child.stdout.take().expect("a pipe");
    let stderr = child.stderr.take().expect("a pipe");
    let (done, ended) = mpsc::channel();
    let readers = [reader(stdout, done.clone()), reader(stderr, done)];
    // Both pipes close when the process is gone.
    let end = Instant::now() + limit;
    let in_time = (0..2).all(|_| ended.recv_timeout(end.saturating_duration_since(Instant::now())).is_ok());
    if !in_time {
        child.kill().expect("a process to kill");
    }
    let status = child.wait().expect("a status");
    let [stdout, stderr] = readers.map(|reader| reader.join().expect("UTF-8"));
    Run { code: if in_time { status.code() } else { None }, stdout, stderr }
}

fn reader(mut pipe: impl io::Read + Send + 'static, done: mpsc::Sender<()>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("UTF-8");
        let _ = done.send(());
        text
    })
}
