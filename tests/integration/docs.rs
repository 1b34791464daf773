//! The documents say what the program does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use delivery_gate::Format;
use delivery_gate::internal::config::{ci, claims, decision, policy, release};
use delivery_gate::internal::ecosystems::table;
use delivery_gate::internal::model::{AUTO_IDS, STANDARD_ATTESTATIONS};
use delivery_gate::internal::structured::keys;
use delivery_gate::internal::world::ci_systems;
use delivery_gate::internal::world::settings;
use delivery_gate::pipeline::Keys;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::common::{Gate, Project};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).expect(path)
}

/// The sections of a document: heading text and body.
pub(crate) fn sections(text: &str) -> Vec<(&str, &str)> {
    let parts = text.split("\n## ").skip(1);
    parts.map(|part| part.split_once('\n').expect("a body")).collect()
}

/// The tables of docs/configuration.md, by the headings of their sections.
const KEYS: [(&str, Keys); 11] = [
    ("release.yaml", release::KEYS),
    ("release.yaml: attestations", release::ATTESTATION_KEYS),
    ("delivery-gate.yaml", policy::KEYS),
    ("delivery-gate.yaml: pinning", policy::PINNING_KEYS),
    ("delivery-gate.yaml: exceptions", policy::EXCEPTION_KEYS),
    ("delivery-gate.yaml: versions", policy::VERSION_KEYS),
    ("delivery-gate.yaml: attestations", policy::ATTESTATION_KEYS),
    ("delivery-gate.yaml: ci", ci::KEYS),
    ("delivery-gate.yaml: ci: require", ci::REQUIRED_KEYS),
    ("delivery-gate.yaml: claims", claims::KEYS),
    ("delivery-gate.yaml: decision", decision::KEYS),
];

/// `UPDATE_GENERATED=1 cargo test` writes the file anew.
fn current(path: &str, generated: &str) {
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(repository().join(path), generated).expect(path);
    }
    assert_eq!(read(path), generated, "{path}");
}

/// The part of a document that is made from the program, between a mark of its name and the next `<!-- end -->`.
pub(crate) fn current_part(path: &str, name: &str, generated: &str) {
    let text = read(path);
    let mark = format!("<!-- {name}: made from the program -->\n");
    let (before, rest) = text.split_once(&mark).expect("its mark");
    let (_, after) = rest.split_once("<!-- end -->").expect("its end");
    current(path, &format!("{before}{mark}{generated}<!-- end -->{after}"));
}

#[test]
fn the_tables_of_the_program_are_current() {
    for (title, keys) in KEYS {
        current_part("docs/configuration.md", title, &keys::documented(keys));
    }
    current_part("docs/configuration.md", "settings", &settings::documented());
    current_part("docs/ci.md", "ci systems", &ci_systems::documented());
    current_part("docs/ecosystems.md", "ecosystems", &table::documented());
}

/// What stands between backquotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn what_is_looked_up_in_advisories_is_told_and_nothing_else() {
    let text = read("docs/advisories.md");
    let rows: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | ")).collect();
    for ecosystem in table::ALL.iter().filter(|ecosystem| ecosystem.osv.is_some()) {
        let row = rows.iter().find(|(name, _)| Some(*name) == ecosystem.osv).expect(ecosystem.name);
        let mut told: Vec<_> = quoted(row.1).iter().map(|name| name.replace("NAME", "*")).collect();
        // Node and Deno install packages of one registry.
        let same = table::ALL.iter().filter(|other| other.osv == ecosystem.osv).flat_map(|other| other.files());
        // One pattern has the name with nothing between.
        let files = same.filter(|file| file.advisories && file.name != "requirements.txt");
        let mut known: Vec<_> = files.map(|file| file.name.to_owned()).collect();
        told.sort();
        told.dedup();
        known.sort();
        assert_eq!(told, known, "{}", ecosystem.name);
    }
}

#[test]
fn the_ends_of_every_ci_system_are_told() {
    let text = read("docs/decision.md");
    for system in ci_systems::ALL {
        let told = format!("(`{}`", system.tells);
        let row = text.lines().find(|line| line.starts_with('|') && line.contains(&told)).expect(system.name);
        let base = system.proposed.iter().map(|(base, _)| base.variable());
        let pushed = [system.pushed.map(|(name, _)| name), system.green].into_iter().flatten();
        let head = system.event_file.unwrap_or(system.commit);
        for variable in [system.name, head].into_iter().chain(base).chain(pushed) {
            assert!(row.contains(variable), "{variable}: {row}");
        }
    }
}

#[test]
fn the_committed_schemas_are_printed() {
    for file in ["release", "policy", "pipeline", "report", "record", "verify"] {
        let committed = read(&format!("schemas/{file}.schema.json"));
        assert_eq!(Gate::bare().args(&["schema", file]).run().report(0), committed);
    }
}

/// The commands that have a help of their own, as their names follow each other on the command line.
pub(crate) const COMMANDS: [&[&str]; 29] = [
    &[],
    &["init"],
    &["attest"],
    &["next"],
    &["check"],
    &["verify"],
    &["ci"],
    &["explain"],
    &["list"],
    &["decision"],
    &["run"],
    &["evaluate"],
    &["prri"],
    &["trust"],
    &["artifacts"],
    &["artifacts", "list"],
    &["artifacts", "show"],
    &["artifacts", "latest"],
    &["artifacts", "purge"],
    &["artifacts", "status"],
    &["records"],
    &["records", "list"],
    &["records", "show"],
    &["records", "verify"],
    &["records", "export"],
    &["scan"],
    &["schema"],
    &["completions"],
    &["man"],
];

/// A screen is 80 columns wide; where help is longer than 48 lines, its beginning has gone.
#[test]
fn every_help_fits_a_screen_and_has_an_example() {
    for command in COMMANDS {
        let help = Gate::bare().env("COLUMNS", "80").args(command).args(&["--help"]).run().report(0);
        assert!(help.lines().count() <= 48 && help.lines().all(|line| line.chars().count() <= 80), "{help}");
        assert!(help.contains("\nExample"), "{help}");
    }
}

#[test]
fn the_command_line_reference_is_current() {
    let mut reference = "# Command line\n\nWhat `--help` says of each command.\n".to_owned();
    for command in COMMANDS {
        let title = [&["delivery-gate"], command].concat().join(" ");
        let help = Gate::bare().args(command).args(&["--help"]).run().report(0);
        reference.push_str(&format!("\n## {title}\n\n```text\n{help}```\n"));
    }
    current("docs/cli.md", &reference);
}

#[test]
fn every_format_has_its_section() {
    let text = read("docs/reports.md");
    let sections = sections(&text);
    for format in Format::value_variants().iter().filter_map(Format::to_possible_value) {
        assert!(sections.iter().any(|(title, _)| *title == format.get_name()), "{}", format.get_name());
    }
}

fn cell(text: &str) -> String {
    text.trim_matches(['|', ' ']).replace('`', "")
}

/// What people read, relative to the repository.
pub(crate) fn documents() -> Vec<String> {
    let folder = fs::read_dir(repository().join("docs")).expect("docs");
    let names = folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let docs = names.filter(|name| name.ends_with(".md")).map(|name| format!("docs/{name}"));
    docs.chain(["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map(str::to_owned)).collect()
}

/// The links and pictures of a document, those in its HTML too.
fn links(text: &str) -> Vec<String> {
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => vec![dest_url.to_string()],
        Event::Html(html) | Event::InlineHtml(html) => {
            let sources = ["src=\"", "srcset=\""].into_iter().flat_map(|attribute| html.split(attribute).skip(1));
            sources.filter_map(|part| Some(part.split_once('"')?.0.to_owned())).collect()
        }
        _ => Vec::new(),
    };
    Parser::new_ext(text, Options::ENABLE_TABLES).flat_map(link).collect()
}

/// What GitHub calls the headings of a document.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut heading = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => anchors.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => heading.iter_mut().for_each(|heading| heading.push_str(&text)),
            _ => {}
        }
    }
    let named = |heading: String| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || " _-".contains(*c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    anchors.into_iter().map(named).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for document in documents() {
        let here = repository().join(&document);
        for link in links(&read(&document)).iter().filter(|link| !link.contains("://")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { here.clone() } else { here.with_file_name(path) };
            assert!(target.exists(), "{document}: {link}");
            if !anchor.is_empty() {
                let text = fs::read_to_string(&target).expect("a document");
                assert!(anchors(&text).iter().any(|known| known == anchor), "{document}: {link}");
            }
            followed += 1;
        }
    }
    assert!(followed > 30, "{followed} links");
}

#[test]
fn every_command_has_its_section_in_the_readme() {
    let readme = read("README.md");
    for command in COMMANDS.iter().filter(|command| command.len() == 1) {
        let named = |line: &str| line.starts_with("### ") && line.contains(&format!("`delivery-gate {}`", command[0]));
        assert!(readme.lines().any(named), "{command:?}");
    }
}

/// The table of the README is what people read first of `check`.
#[test]
fn every_option_of_check_has_its_row_in_the_readme() {
    let readme = read("README.md");
    let section = readme.split("### `delivery-gate check`").nth(1).and_then(|rest| rest.split("\n### ").next());
    let rows: Vec<_> = section.expect("its section").lines().filter(|line| line.starts_with("| `-")).collect();
    let help = Gate::bare().args(&["check", "--help"]).run().report(0);
    let options = help.lines().map(str::trim_start).filter(|line| line.starts_with("--"));
    let names: Vec<_> = options.filter_map(|line| line.split(&[' ', '[', '='][..]).next()).collect();
    assert!(names.len() > 15, "{names:?}");
    let missed: Vec<_> = names
        .iter()
        .filter(|name| {
            let named = [format!("| `{name} "), format!("| `{name}`"), format!("| `{name}[")];
            !rows.iter().any(|row| named.iter().any(|start| row.starts_with(start)))
        })
        .collect();
    assert!(missed.is_empty(), "{missed:?}");
    let status = rows.iter().find(|row| row.contains("--ci-status")).expect("its row");
    assert!(status.contains("cannot carry a GO alone"), "{status}");
}

#[test]
fn every_check_has_its_section_and_its_file() {
    let text = read("docs/checks.md");
    let standard = STANDARD_ATTESTATIONS.iter().map(|(id, _)| *id);
    let ids: Vec<_> = AUTO_IDS.iter().copied().chain(standard).chain(["signed_claims"]).collect();
    assert_eq!(sections(&text).iter().map(|(title, _)| *title).collect::<Vec<_>>(), ids);
    let frame = ["attested", "context", "last_claims", "mod", "signed"];
    let files = fs::read_dir(repository().join("src/checks")).expect("the folder");
    let stems =
        files.map(|file| file.expect("a file").path().file_stem().expect("a stem").to_string_lossy().into_owned());
    let mut checks: Vec<_> = stems.filter(|stem| !frame.contains(&stem.as_str())).collect();
    let mut auto = AUTO_IDS.to_vec();
    checks.sort();
    auto.sort_unstable();
    assert_eq!(checks, auto);
}

/// A copy of the fixtures as they lie in a fresh clone: tracked, not tagged.
fn clone() -> Project {
    let project = Project::new();
    for fixture in ["fail_repo", "pass_repo"] {
        for file in ["CHANGELOG.md", "pyproject.toml", "release.yaml"] {
            let path = format!("tests/fixtures/{fixture}/{file}");
            project.write(&path, &read(&path));
        }
    }
    project.commit();
    project
}

/// Every `console` block of the README, run in a shell, prints what the README says it prints.
#[cfg(unix)]
#[test]
fn readme_examples_print_what_they_say() {
    let examples = examples(&read("README.md"));
    assert!(examples.len() >= 4, "the README has lost its examples");
    let project = clone();
    for (script, expected) in examples {
        let printed = shell(&project, &script);
        assert_eq!(without_the_moment(&printed), without_the_moment(&expected), "{script}");
    }
}

/// Those of these documents follow one another, so one shell runs them all.
#[cfg(unix)]
#[test]
fn examples_that_follow_one_another_print_what_they_say() {
    const END: &str = "-- end of a block --";
    for (document, at_least) in [("docs/decision.md", 5), ("docs/ci.md", 4), ("docs/adopt.md", 6)] {
        let examples = examples(&read(document));
        assert!(examples.len() >= at_least, "{document} has lost its examples");
        let script: String = examples.iter().map(|(script, _)| format!("{script}echo '{END}'\n")).collect();
        let printed = shell(&Project::new(), &script).replace(&format!("{END}\n"), END);
        let printed: Vec<_> = printed.split_terminator(END).map(without_the_moment).collect();
        let expected: Vec<_> = examples.iter().map(|(_, expected)| without_the_moment(expected)).collect();
        assert_eq!(printed, expected, "{document}");
    }
}

/// What each `console` block of a document runs, and what it says is printed.
#[cfg(unix)]
pub(crate) fn examples(text: &str) -> Vec<(String, String)> {
    let blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().expect("an end"));
    let example = |block: &str| {
        let (script, expected): (Vec<_>, Vec<_>) = block.split_inclusive('\n').partition(|line| line.starts_with("$ "));
        (script.into_iter().map(|line| &line[2..]).collect(), expected.concat())
    };
    blocks.map(example).collect()
}

#[test]
fn every_setting_of_the_decision_gate_is_documented() {
    let text = read("docs/decision.md");
    let variables = settings::all().map(|setting| setting.variable).filter(|name| name.starts_with("DECERN_"));
    let variables: Vec<_> = variables.collect();
    assert!(variables.len() > 10, "{variables:?}");
    let help = Gate::bare().args(&["decision", "--help"]).run().report(0);
    let flags = help.split([' ', '\n', ',', '.']).filter(|word| word.starts_with('-') && word.len() > 1);
    let documented =
        |name: &str| text.split(|c: char| !c.is_ascii_alphanumeric() && !"_-".contains(c)).any(|word| word == name);
    let missing: Vec<_> = variables.into_iter().chain(flags).filter(|name| !documented(name)).collect();
    assert!(missing.is_empty(), "not in docs/decision.md: {missing:?}");
    let cells: Vec<_> = text.lines().filter_map(|row| row.split('|').nth(3)).map(cell).collect();
    let missing: Vec<_> =
        decision::KEYS.iter().map(|key| key.name).filter(|name| !cells.iter().any(|c| c == name)).collect();
    assert!(missing.is_empty(), "no rows in docs/decision.md: {missing:?}");
}

#[cfg(unix)]
pub(crate) fn shell(project: &Project, script: &str) -> String {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_delivery-gate"));
    let folder = binary.parent().expect("a folder").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").expect("a PATH"));
    let mut bash = Command::new("bash");
    bash.env_clear().env("PATH", path).env("HOME", project.path("home")).env("TMPDIR", project.path(""));
    // Not as variables, which come before the name that an example configures.
    let identity = "[user]\n\tname = a\n\temail = a@example.com\n";
    fs::write(project.path("home").join(".gitconfig"), identity).expect("an identity");
    let script = format!("exec 2>&1\n{script}");
    let output = bash.current_dir(project.root()).args(["-c", &script]).output().expect("bash runs");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Commit ids and dates differ from run to run.
#[cfg(unix)]
fn without_the_moment(text: &str) -> String {
    let is_commit = |word: &str| word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let words = text.split_inclusive([' ', '\n']).map(|word| {
        let bare = word.trim_end_matches(['}', ')', ';', ' ', '\n']);
        match bare {
            bare if is_commit(bare) => word.replace(bare, "<commit>"),
            bare if bare.parse::<jiff::civil::Date>().is_ok() => word.replace(bare, "<date>"),
            _ => word.to_owned(),
        }
    });
    words.collect()
}
