//! The HTML report in a real browser. It needs Chromium, so it runs only when asked for:
//! `cargo test --test browser -- --ignored`, with Chromium as `$CHROMIUM` or in the places where it usually is.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic, dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

#[path = "integration/common.rs"]
mod common;

use common::Project;

/// A release of ten rows.
const RELEASE: &str = r#"version: "1.2.3"
attestations:
  rollback_tested: {answer: false, by: "Jane Smith", evidence: "https://ci.example.com/jobs/456"}
  oncall_notified: {answer: true, by: "Jane Smith"}
  approver_signed_off: {answer: true, by: "<script>document.title = 'run'</script>"}
  monitoring_reviewed: {answer: true, by: "Jane Smith"}
not_applicable:
  feature_flags: "No feature flags in this release."
"#;

/// Writes into the document what only a browser knows: it runs in a copy of the report whose policy lets it.
const PROBE: &str = "<script>
const bottom = query => Math.max(...[...document.querySelectorAll(query)].map(e => e.getBoundingClientRect().bottom));
document.body.dataset.probe = JSON.stringify({
  verdict: parseFloat(getComputedStyle(document.querySelector('.verdict')).fontSize),
  text: parseFloat(getComputedStyle(document.body).fontSize),
  paper: getComputedStyle(document.body).backgroundColor,
  held: bottom('.holds'), rows: bottom('.panels .row'),
  wide: document.documentElement.scrollWidth, window: innerWidth,
});
</script>";

fn chromium() -> PathBuf {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].map(PathBuf::from);
    let found = named.into_iter().chain(usual).find(|path| path.exists());
    found.expect("Chromium is not here: install it, or name it in CHROMIUM")
}

/// Chromium on a page, with a profile of its own; what it prints.
fn browse(page: &Path, arguments: &[&str]) -> String {
    let profile = tempfile::TempDir::new().expect("a folder");
    let quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
    ];
    let mut command = Command::new(chromium());
    command.args(quiet).arg(format!("--user-data-dir={}", profile.path().display())).args(arguments);
    let output =
        command.arg(format!("file://{}", page.display())).stdin(Stdio::null()).output().expect("Chromium runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The report of a release that is held, and where it lies.
fn report() -> (Project, PathBuf) {
    let project = Project::drafted();
    project.write("release.yaml", RELEASE).commit().tag("v1.2.3").append("CHANGELOG.md", "\n");
    let gate = project.check().args(&["--ci-status", "failure", "--output", "html=report.html"]);
    assert_eq!(gate.run().code, Some(1));
    let page = project.path("report.html");
    (project, page)
}

/// What the browser measures, at a size of its window.
fn probe(project: &Project, page: &Path, arguments: &[&str]) -> serde_json::Value {
    let html = fs::read_to_string(page).expect("the report");
    let html = html.replace("default-src 'none';", "default-src 'none'; script-src 'unsafe-inline';");
    let copy = project.path("probe.html");
    fs::write(&copy, html.replace("</body>", &format!("{PROBE}</body>"))).expect("a copy");
    let dom = browse(&copy, &[arguments, &["--dump-dom"]].concat());
    let (_, rest) = dom.split_once("data-probe=\"").unwrap_or_else(|| panic!("no probe in {dom}"));
    let written = rest.split('"').next().expect("a value").replace("&quot;", "\"");
    serde_json::from_str(&written).expect("JSON")
}

fn number(facts: &serde_json::Value, name: &str) -> f64 {
    facts[name].as_f64().unwrap_or_else(|| panic!("no {name} in {facts}"))
}

#[test]
#[ignore = "needs Chromium"]
fn a_browser_shows_the_report_and_runs_nothing_of_it() {
    let (_project, page) = report();
    let dom = browse(&page, &["--dump-dom"]);
    for text in ["NO-GO", "CI status is 'failure', not 'success'.", "Attested as not done (answer: false)."] {
        assert!(dom.contains(text), "{text} in {dom}");
    }
    assert!(dom.contains("<title>NO-GO · 1.2.3"), "{dom}");
    assert!(dom.contains("&lt;script&gt;document.title = 'run'&lt;/script&gt;"), "{dom}");
}

#[test]
#[ignore = "needs Chromium"]
fn the_style_is_applied_and_a_laptop_shows_everything_that_counts() {
    let (project, page) = report();
    let facts = probe(&project, &page, &["--window-size=1366,768"]);
    assert!(number(&facts, "verdict") > 2.0 * number(&facts, "text"), "the policy refuses the style: {facts}");
    assert!(number(&facts, "rows") < number(&facts, "held") && number(&facts, "held") < 768.0, "{facts}");
}

#[test]
#[ignore = "needs Chromium"]
fn dark_and_narrow_windows_have_their_own_look() {
    let (project, page) = report();
    let light = probe(&project, &page, &["--window-size=1366,768"]);
    let dark = probe(&project, &page, &["--window-size=1366,768", "--blink-settings=preferredColorScheme=0"]);
    assert_ne!(light["paper"], dark["paper"]);
    let narrow = probe(&project, &page, &["--window-size=500,900"]);
    assert!(number(&narrow, "wide") <= number(&narrow, "window"), "it scrolls sideways: {narrow}");
}

#[test]
#[ignore = "needs Chromium"]
fn it_prints() {
    let (project, page) = report();
    let paper = project.path("report.pdf");
    browse(&page, &[&format!("--print-to-pdf={}", paper.display())]);
    let pdf = fs::read(&paper).expect("a PDF");
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 10_000, "{} bytes", pdf.len());
}
