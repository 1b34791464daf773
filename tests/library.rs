//! The gate inside a program of its user's, who sees nothing but the documented items.

#![allow(clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use delivery_gate::pipeline::{Evidence, Filter, Gate, GateType, HowToRun, Job, Judgement, Wrong};
use delivery_gate::{
    Check, Decision, Error, Format, Identity, Kind, Metrics, Options, Outcome, Project, Report, Row, Scanned, Status,
    Unproven, World,
};
use serde_json::{Value, json};
use tempfile::TempDir;

const RELEASE: &str = "version: 1.2.3\nattestations:\n  rollback_tested: {answer: true, by: Jane Smith}\n  \
                       oncall_notified: {answer: true, by: Jane Smith}\n  approver_signed_off: {answer: true, by: Bob \
                       Lee}\n  monitoring_reviewed: {answer: true, by: Jane Smith}\n";

/// A token of a form that the scanner knows, put together here so that this file has none.
fn token() -> String {
    format!("AKIA{}", "Z7XQ4MLP2RNV6TKB")
}

/// A repository in a temporary folder.
struct Repository(TempDir);

impl Repository {
    /// A release that is ready: committed, tagged and attested.
    fn released() -> Self {
        let repository = Self::new();
        repository.write("CHANGELOG.md", "# Changelog\n\n## 1.2.3 - 2026-01-02\n\n- Fixed the thing.\n");
        repository
            .write("Cargo.toml", "[package]\nname = \"demo\"\nversion = \"1.2.3\"\n")
            .write("release.yaml", RELEASE);
        repository.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"demo\"\nversion = \"1.2.3\"\n");
        repository.commit().git(&["tag", "-a", "v1.2.3", "-m", "v1.2.3"]);
        repository
    }

    fn new() -> Self {
        let repository = Self(TempDir::new().expect("a folder"));
        repository.git(&["init", "-q", "-b", "main", "."]);
        repository
    }

    fn root(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
        self
    }

    fn git(&self, arguments: &[&str]) -> &Self {
        let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "tag.gpgSign=false"];
        let who = who.iter().chain(&["-c", "commit.gpgSign=false"]);
        let output = Command::new("git").args(who).args(arguments).current_dir(self.root()).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        self
    }

    fn commit(&self) -> &Self {
        self.git(&["add", "-A"]).git(&["commit", "-qm", "release"])
    }

    /// The project, with nothing of this process's environment that decides anything.
    fn open(&self, options: Options) -> Project {
        Project::open(self.root(), options.environment(std::iter::empty::<(String, String)>())).expect("a project")
    }

    fn after_ci(&self) -> Project {
        self.open(Options::default().ci_status("success"))
    }
}

/// A check that does what it was made with.
struct Own(fn(&World) -> Result<Outcome, Unproven>);

impl Check for Own {
    fn identity(&self) -> Identity {
        Identity::auto("own", "A check of one's own")
    }

    fn look(&self, world: &World) -> Result<Outcome, Unproven> {
        (self.0)(world)
    }
}

/// What a release that is ready comes to with such a check, and its row.
fn with_own(look: fn(&World) -> Result<Outcome, Unproven>) -> (Decision, Row) {
    let mut project = Repository::released().keep();
    project.1.add_check(Box::new(Own(look)));
    let report = project.1.check().expect("a report");
    (report.decision(), row(&report, "own").clone())
}

impl Repository {
    /// The project, as long as the repository is kept.
    fn keep(self) -> (Self, Project) {
        let project = self.after_ci();
        (self, project)
    }
}

fn row<'r>(report: &'r Report, id: &str) -> &'r Row {
    report.rows.iter().find(|row| row.id == id).expect("a row")
}

#[test]
fn a_release_that_is_ready_is_a_go_that_every_format_tells() {
    let (_repository, project) = Repository::released().keep();
    let report = project.check().expect("a report");
    let text = report.render(Format::Text);
    assert_eq!(report.decision(), Decision::Go, "{text}");
    assert!(text.ends_with("Decision: GO\n"), "{text}");
    assert_eq!((report.subject.version.as_deref(), report.subject.tag.as_deref()), (Some("1.2.3"), Some("v1.2.3")));
    assert_eq!(row(&report, "ci_status").kind, Kind::Auto);
    assert_eq!(row(&report, "rollback_tested").kind, Kind::Attested);
    let json: Value = serde_json::from_str(&report.render(Format::Json)).expect("JSON");
    assert_eq!((&json["command"], &json["decision"]), (&json!("check"), &json!("GO")));
}

#[test]
fn each_question_sees_the_files_as_they_are_then() {
    let (repository, project) = Repository::released().keep();
    assert_eq!(project.check().expect("a report").decision(), Decision::Go);
    repository.write("CHANGELOG.md", "# Changelog\n\n## 1.2.2\n\n- Fixed.\n");
    let report = project.check().expect("a report");
    assert_eq!((report.decision(), row(&report, "changelog").status), (Decision::NoGo, Status::Fail));
    repository.commit();
    assert_eq!(row(&project.check().expect("a report"), "release_point").status, Status::Fail);
}

#[test]
fn a_revision_is_judged_as_it_was() {
    let repository = Repository::released();
    repository.write("release.yaml", "version: 2.0.0\n").commit();
    let report = repository.open(Options::default().revision("v1.2.3").ci_status("success")).check().expect("a report");
    assert_eq!(report.decision(), Decision::Go, "{}", report.render(Format::Text));
}

#[test]
fn the_environment_is_what_the_caller_says() {
    let repository = Repository::released();
    let options = Options::default().environment([("DELIVERY_GATE_CI_STATUS", "failure")]);
    let report = Project::open(repository.root(), options).expect("a project").check().expect("a report");
    assert_eq!(row(&report, "ci_status").status, Status::Fail);
}

#[test]
fn a_check_of_the_callers_own_decides_like_any_other() {
    let (decision, own) = with_own(|world| Ok(Outcome::pass(world.text("Cargo.toml")?.lines().next().unwrap_or(""))));
    assert_eq!((decision, own.status, own.detail.as_str()), (Decision::Go, Status::Pass, "[package]"));
    let (decision, own) = with_own(|_| Ok(Outcome::fail("it does not hold")));
    assert_eq!((decision, own.status), (Decision::NoGo, Status::Fail));
}

#[test]
fn a_check_that_could_not_look_holds_the_release() {
    let (decision, own) = with_own(|world| world.text("NOTICE").map(Outcome::pass));
    assert_eq!((decision, own.status), (Decision::NoGo, Status::Unproven));
    assert_eq!(own.detail, "there is no NOTICE");
}

#[test]
fn a_check_that_panics_holds_the_release_and_takes_no_other_along() {
    let (decision, own) = with_own(|_| panic!("at the disco"));
    assert_eq!((decision, own.status), (Decision::NoGo, Status::Unproven));
    assert!(own.detail.contains("in the program that added it"), "{}", own.detail);
}

#[test]
fn a_file_that_git_does_not_have_is_no_part_of_the_release() {
    let (repository, mut project) = Repository::released().keep();
    repository.write("NOTICE", "here\n");
    project.add_check(Box::new(Own(|world| world.text("NOTICE").map(Outcome::pass))));
    let report = project.check().expect("a report");
    assert_eq!(row(&report, "own").status, Status::Unproven);
    assert!(row(&report, "own").detail.contains("not tracked"), "{}", row(&report, "own").detail);
}

#[test]
fn a_person_may_declare_a_check_of_the_callers_own_not_applicable() {
    let (repository, mut project) = Repository::released().keep();
    repository.write("release.yaml", &format!("{RELEASE}not_applicable:\n  own: no such thing here\n")).commit();
    repository.git(&["tag", "-fam", "v1.2.3", "v1.2.3"]);
    project.add_check(Box::new(Own(|_| Err("nobody could tell".into()))));
    let report = project.check().expect("a report");
    let own = row(&report, "own");
    assert_eq!((own.kind, own.status), (Kind::Attested, Status::Na), "{}", report.render(Format::Text));
}

#[test]
fn a_high_impact_change_without_a_decision_is_held() {
    let repository = Repository::released();
    repository.git(&["switch", "-qc", "change"]).write(".github/workflows/release.yml", "on: push\n").commit();
    let project = repository.open(Options::default().base("main"));
    let report = project.decide().expect("a report");
    assert_eq!(report.decision(), Decision::NoGo, "{}", report.render(Format::Text));
    assert_eq!(report.command, "decision");

    repository.git(&["switch", "-q", "main"]).write("notes.txt", "harmless\n").commit();
    let harmless = repository.open(Options::default().base("v1.2.3").head("main"));
    assert_eq!(harmless.decide().expect("a report").decision(), Decision::Go);
}

#[test]
fn secrets_are_found_where_the_caller_looks() {
    let repository = Repository::released();
    let project = repository.open(Options::default());
    let decision = |paths: &[&str], of: &Scanned| project.scan(paths, of).expect("a report").decision();
    assert_eq!(decision(&["."], &Scanned::WorkTree), Decision::Go);
    repository.write("deploy.sh", &format!("export AWS_ACCESS_KEY_ID={}\n", token()));
    assert_eq!(decision(&["."], &Scanned::WorkTree), Decision::NoGo);
    assert_eq!(decision(&["Cargo.toml"], &Scanned::WorkTree), Decision::Go);
    assert_eq!(decision(&["."], &Scanned::Index), Decision::Go);
    repository.commit();
    assert_eq!(decision(&["."], &Scanned::History("v1.2.3..HEAD".to_owned())), Decision::NoGo);
    let report = project.scan(&["deploy.sh"], &Scanned::WorkTree).expect("a report");
    assert_eq!(row(&report, "secrets_scan").findings.len(), 1);
    assert!(!report.render(Format::Json).contains(&token()), "a report never has the secret");
}

/// Counts the letters of its id; one of them it cannot bear.
struct Letters;

impl GateType for Letters {
    fn name(&self) -> &str {
        "letters"
    }

    fn configure(&self, _: &delivery_gate::pipeline::Options) -> Result<Arc<dyn Gate>, Wrong> {
        Ok(Arc::new(Self))
    }
}

impl Gate for Letters {
    fn source(&self, job: &Job<'_>) -> Result<Evidence, String> {
        assert_ne!(job.id, "unbearable");
        let mut metrics = Metrics::new();
        metrics.insert("letters".to_owned(), json!(job.id.len()));
        Ok(Evidence::of(metrics))
    }

    fn judge(&self, _: &Job<'_>, _: &Metrics) -> Judgement {
        Judgement::Pass("letters were counted".to_owned())
    }
}

/// A project with a gate file and the type that it names.
fn with_letters(gates: &str) -> (Repository, Project) {
    let repository = Repository::new();
    repository.write("gates.yaml", gates);
    let mut project = repository.open(Options::default());
    project.add_gate_type(Box::new(Letters)).expect("a new name");
    (repository, project)
}

#[test]
fn a_type_of_the_callers_own_runs_like_any_other() {
    let (_repository, project) = with_letters(
        "gates:\n  - {id: short, type: letters, pass_condition: letters < 6}\n  - {id: longer, type: letters}\n",
    );
    let report = project.run("gates.yaml").expect("a report");
    assert_eq!(report.decision(), Decision::Go);
    assert_eq!(row(&report, "short").detail, "letters < 6 holds");
    assert_eq!(row(&report, "longer").metrics["letters"], 6);
    let records = project.session().expect("a session").store.list(&Filter::default()).expect("records");
    assert_eq!(records.records.len(), 2);
}

#[test]
fn a_type_that_panics_proves_nothing_and_takes_no_other_along() {
    let (_repository, project) =
        with_letters("gates:\n  - {id: unbearable, type: letters}\n  - {id: fine, type: letters}\n");
    let report = project.run("gates.yaml").expect("a report");
    let statuses: Vec<_> = report.rows.iter().map(|row| row.status).collect();
    assert_eq!((statuses, report.decision()), (vec![Status::Unproven, Status::Pass], Decision::NoGo));
    let session = project.session().expect("a session");
    let pipeline = session.load("gates.yaml".as_ref()).expect("a gate file");
    match session.run(&pipeline, &HowToRun::default()).expect("a run").require_go() {
        Err(Error::Pipeline { failed }) => assert_eq!(failed, ["unbearable"]),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_policy_may_name_a_type_of_the_callers_own() {
    let repository = Repository::released();
    repository.write("delivery-gate.yaml", "gates:\n  - {id: longer, type: letters}\n").commit();
    repository.git(&["tag", "-fam", "v1.2.3", "v1.2.3"]);
    let mut project = repository.after_ci();
    assert!(matches!(project.check(), Err(Error::Configuration(_))));
    project.add_gate_type(Box::new(Letters)).expect("a new name");
    let report = project.check().expect("a report");
    assert_eq!((report.decision(), row(&report, "longer").status), (Decision::Go, Status::Pass));
}

#[test]
fn a_directory_that_is_none_is_told() {
    let folder = TempDir::new().expect("a folder");
    let absent = folder.path().join("absent");
    let error = Project::open(&absent, Options::default()).map(|_| ()).expect_err("no directory");
    assert!(matches!(&error, Error::Directory { path, .. } if *path == absent), "{error:?}");
    assert!(error.to_string().starts_with(&absent.display().to_string()), "{error}");
    fs::write(&absent, "").expect("a file");
    assert!(matches!(Project::open(&absent, Options::default()), Err(Error::Directory { .. })));
}

#[test]
fn a_revision_that_is_none_is_told() {
    let repository = Repository::released();
    let error = repository.open(Options::default().revision("v9")).check().expect_err("no revision");
    assert!(matches!(&error, Error::Revision { revision, .. } if revision == "v9"), "{error:?}");
    assert!(error.to_string().starts_with("v9: "), "{error}");
}

#[test]
fn every_problem_of_what_people_wrote_is_told_with_its_place() {
    let (repository, project) = Repository::released().keep();
    repository.write("release.yaml", "version: 1.2.3\nattestatoins: {}\nnot_aplicable: {}\n");
    repository.write("delivery-gate.yaml", "requird: []\n");
    let Err(Error::Manifest(problems)) = project.check() else { panic!("release.yaml is wrong") };
    let places: Vec<_> = problems.list.iter().map(|problem| problem.location()).collect();
    assert_eq!(places, ["release.yaml:2:1", "release.yaml:3:1", "delivery-gate.yaml:1:1"]);
    let text = Error::Manifest(problems).to_string();
    assert!(text.starts_with("release.yaml:2:1: ") && text.ends_with(", and 2 more"), "{text}");

    repository.write("release.yaml", RELEASE);
    let Err(Error::Configuration(problems)) = project.check() else { panic!("the policy is wrong") };
    assert_eq!(problems.list.len(), 1);
}

#[test]
fn a_gate_file_that_is_wrong_runs_nothing() {
    let (_repository, project) = with_letters("gates:\n  - {id: a, type: leters}\n");
    let Err(Error::Configuration(problems)) = project.run("gates.yaml") else { panic!("the gate file is wrong") };
    assert!(problems.list[0].help.as_deref().is_some_and(|help| help.contains("letters")), "{problems:?}");
    assert!(matches!(project.run("absent.yaml"), Err(Error::Usage(_))));
}

#[test]
fn what_makes_no_sense_is_told() {
    let (repository, mut project) = Repository::released().keep();
    assert!(matches!(project.add_gate_type(Box::new(Letters)), Ok(())));
    assert!(matches!(project.add_gate_type(Box::new(Letters)), Err(Error::Usage(_))));
    for _ in 0..2 {
        project.add_check(Box::new(Own(|_| Ok(Outcome::pass("")))));
    }
    let error = project.check().expect_err("one id, two checks");
    assert_eq!(error.to_string(), "two checks are called `own`");
    let options = Options::default().environment([("DECERN_GATE_TIMEOUT_MS", "soon")]);
    let error = Project::open(repository.root(), options).expect("a project").decide().expect_err("no number");
    assert!(matches!(&error, Error::Usage(problems) if problems.list.len() == 1), "{error:?}");
    let options = Options::default().confidence(2.0);
    assert!(matches!(repository.open(options).scan(&["."], &Scanned::WorkTree), Err(Error::Usage(_))));
    let session = project.session().expect("a session");
    assert!(matches!(session.gate("../a", "letters"), Err(Error::Usage(_))));
    assert!(matches!(session.prri(f64::NAN, &[], "default", None), Err(Error::Usage(_))));
    assert!(matches!(session.require_trust(&[]), Err(Error::Trust(ended)) if ended.row.status == Status::Unproven));
}

#[test]
fn the_history_of_what_is_in_no_repository_is_none() {
    let folder = TempDir::new().expect("a folder");
    let project = Project::open(folder.path(), Options::default()).expect("a project");
    let error = project.scan(&["."], &Scanned::History("HEAD".to_owned())).expect_err("no repository");
    assert!(matches!(error, Error::NotARepository(_)), "{error:?}");
    // Without one, a change is not an error: nobody can tell.
    assert_eq!(project.decide().expect("a report").decision(), Decision::NoGo);
}

#[test]
fn records_that_cannot_be_kept_are_told() {
    let repository = Repository::new();
    repository.write("gates.yaml", "gates:\n  - {id: a, type: letters}\n").write("file", "");
    let mut project = repository.open(Options::default().artifact_dir(repository.root().join("file")));
    project.add_gate_type(Box::new(Letters)).expect("a new name");
    assert!(matches!(project.session(), Err(Error::Store(_))));
    assert!(matches!(project.run("gates.yaml"), Err(Error::Store(_))));
}
