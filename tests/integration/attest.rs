use std::fs;
use std::path::Path;
use std::process::Stdio;

use delivery_gate::internal::attest::{Claim, Refused, Unwritten, change, edit};
use delivery_gate::internal::config::Release;
use delivery_gate::internal::config::release::Released;
use delivery_gate::internal::model::is_blank;
use delivery_gate::internal::system::Root;
use proptest::prelude::*;

use crate::common::{Project, RELEASE, Run};

/// A project whose release.yaml has this text.
fn with(release: &str) -> Project {
    let project = Project::drafted();
    project.write("release.yaml", release).commit().git(&["config", "user.name", "Jane Smith"]);
    project
}

fn attest(project: &Project, arguments: &[&str]) -> Run {
    project.gate(&["attest", "--repo", "repo"]).args(arguments).run()
}

fn release(project: &Project) -> String {
    fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml")
}

const NOTHING: &str = "version: \"1.2.3\"\nattestations: {}\n";

const IDS: [&str; 4] = ["rollback_tested", "oncall_notified", "approver_signed_off", "monitoring_reviewed"];

#[test]
fn from_the_first_run_to_go() {
    let project = Project::drafted();
    project.remove("release.yaml").commit();
    project.gate(&["init", "--repo", "repo", "--yes"]).run().report(0);
    for id in IDS {
        attest(&project, &[id, "--by", "Jane Smith", "--evidence", "https://ci.example.com/1"]).report(0);
    }
    let told = attest(&project, &[]).report(0);
    assert_eq!(
        told,
        "No attestation is open. Next: commit release.yaml, and before the release is tagged\n  \
         delivery-gate check --before-tag --repo repo\n"
    );
    // What it names can work as it stands there.
    project.commit();
    let next = told.lines().last().expect("a command").trim().trim_start_matches("delivery-gate ");
    let rehearsed = project.gate(&next.split(' ').collect::<Vec<_>>()).run().report(0);
    assert!(rehearsed.contains("Decision: READY"), "{rehearsed}");
    project.tag("v1.2.3");
    assert!(project.check_after_ci().run().report(0).ends_with("Decision: GO\n"));
}

#[test]
fn what_is_written_is_told() {
    let project = with(NOTHING);
    let told = attest(&project, &["rollback_tested", "--at", "2026-01-02", "--note", "within 4 minutes"]).report(0);
    let claim = r#"{answer: true, by: "Jane Smith", for: "1.2.3", at: 2026-01-02, note: "within 4 minutes"}"#;
    let rest = "Still open: oncall_notified, approver_signed_off, monitoring_reviewed. Next:\n  delivery-gate attest --repo repo\n";
    assert_eq!(told, format!("Wrote release.yaml:\n  rollback_tested: {claim}\n\n{rest}"));
    let again = attest(&project, &["rollback_tested", "--at", "2026-01-03", "--by", "Bob Lee", "--no"]).report(0);
    assert!(
        again.contains(r#"{answer: false, by: "Bob Lee", for: "1.2.3", at: 2026-01-03, note: "within 4 minutes"}"#),
        "{again}"
    );
    assert!(again.contains("(the note was there before; --note replaces it)"), "{again}");
}

#[test]
fn today_is_when_nobody_says_otherwise() {
    let project = with(NOTHING);
    attest(&project, &["rollback_tested"]).report(0);
    let release = Release::parse("release.yaml", &release(&project)).expect("a release");
    let at = release.attestations[0].at.as_ref().expect("a date");
    let age = jiff::Timestamp::now().duration_since(at.earliest);
    assert!((14..=39).contains(&age.as_hours()), "{at:?}");
}

/// Whatever is refused leaves the file as it was.
#[test]
fn what_the_check_would_not_take_is_refused() {
    let policy = "attestations:\n  security_review: {evidence: required}\n  \
                  approver_signed_off: {distinct_from: [rollback_tested]}\n\
                  gates: [{id: smoke, type: command, command: \"true\"}]\n";
    let before = "version: \"1.2.3\"\nattestations:\n  rollback_tested: {answer: true, by: \"Jane Smith\"}\n\
                  not_applicable:\n  oncall_notified: \"a library\"\n";
    let cases: [(&[&str], &str); 15] = [
        (&["rollback_testd"], "did you mean `rollback_tested`?"),
        (&["load_tested"], "declared under `attestations:` in delivery-gate.yaml"),
        (&["changelog"], "the gate itself establishes this"),
        (&["smoke"], "the gate itself establishes this"),
        (&["oncall_notified"], "release.yaml:5 declares it not applicable (a library)"),
        (&["monitoring_reviewed", "--by", "TODO"], "'TODO' is not a named attester"),
        (&["monitoring_reviewed", "--by", " "], "No named attester"),
        (&["monitoring_reviewed", "--by", "<your name>", "--no"], "is not a named attester"),
        (&["monitoring_reviewed", "--by", "Ev\u{202e}e"], r"'Ev\u{202e}e' is not a named attester"),
        (&["monitoring_reviewed", "--evidence", "TBD"], "--evidence says nothing"),
        (&["monitoring_reviewed", "--note", "\u{200b} "], "--note says nothing"),
        (&["monitoring_reviewed", "--at", "yesterday"], "--at is neither a date"),
        (&["monitoring_reviewed", "--at", "2999-01-01"], "which is in the future"),
        (&["security_review"], "the policy requires evidence"),
        (&["approver_signed_off"], "who attested rollback_tested too"),
    ];
    let project = with(before);
    project.write("delivery-gate.yaml", policy);
    for (arguments, piece) in cases {
        let refusal = attest(&project, arguments).refusal();
        assert!(refusal.contains(piece), "{arguments:?}: {refusal}");
        assert_eq!(release(&project), before, "{arguments:?}");
    }
    attest(&project, &["security_review", "--evidence", "https://x.example/1"]).report(0);
}

#[test]
fn a_file_that_the_check_does_not_read_is_refused() {
    for text in ["version: \"1.0\"\nattestations:\n", "version: 1.10\n", "version: \"1.0\"\na: &x 1\n", ""] {
        let project = with(text);
        assert!(attest(&project, &["rollback_tested"]).refusal().contains("release.yaml:"));
        assert_eq!(release(&project), text);
    }
    let project = Project::drafted();
    project.remove("release.yaml");
    assert!(attest(&project, &["rollback_tested"]).refusal().contains("delivery-gate init"));
}

#[test]
fn nobody_is_named_by_nobody() {
    let project = Project::drafted();
    project.write("release.yaml", NOTHING);
    let refusal = attest(&project, &["rollback_tested"]).refusal();
    assert!(refusal.contains("No named attester (by: is missing). Pass --by NAME"), "{refusal}");
    fs::write(project.path("home/.gitconfig"), "[user]\n\tname = Global Name\n").expect("a configuration");
    attest(&project, &["rollback_tested"]).report(0);
    assert!(release(&project).contains("by: \"Global Name\""));
}

#[test]
fn what_is_open_is_listed_where_nobody_can_be_asked() {
    let project = with("version: \"1.2.3\"\nattestations: {rollback_tested: {answer: true, by: TODO}}\n");
    project.write("delivery-gate.yaml", "attestations: {security_review: {title: Reviewed, evidence: required}}\n");
    let list = attest(&project, &[]).report(1);
    let first = "Still open:\n  Rollback procedure tested (rollback_tested). 'TODO' is not a named attester.\n    \
                 delivery-gate attest rollback_tested --repo repo --by NAME\n";
    assert!(list.starts_with(first), "{list}");
    assert!(
        list.ends_with("    delivery-gate attest security_review --repo repo --by NAME --evidence URL\n"),
        "{list}"
    );
}

#[test]
fn a_byte_order_mark_and_line_breaks_stay() {
    let project = with("\u{feff}version: \"1.2.3\"\r\nattestations: {} # none\r\n# the end");
    attest(&project, &["rollback_tested", "--at", "2026-01-02"]).report(0);
    let expected = "\u{feff}version: \"1.2.3\"\r\nattestations: # none\r\n  rollback_tested:\r\n    answer: true\r\n    \
                    by: \"Jane Smith\"\r\n    for: \"1.2.3\"\r\n    at: 2026-01-02\r\n# the end";
    assert_eq!(release(&project), expected);
}

#[cfg(unix)]
#[test]
fn the_file_stays_what_it_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let project = with(NOTHING);
    let (link, file) = (project.root().join("release.yaml"), project.root().join("deploy/release.yaml"));
    project.remove("release.yaml").write("deploy/release.yaml", NOTHING);
    symlink("deploy/release.yaml", &link).expect("a link");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("a mode");
    attest(&project, &["rollback_tested"]).report(0);
    assert!(link.symlink_metadata().expect("a link").is_symlink());
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&file).expect("a file").contains("Jane Smith"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).expect("a mode");
    assert!(attest(&project, &["oncall_notified"]).refusal().contains("is read-only"));
    fs::remove_file(&link).expect("a link to remove");
    symlink(project.path("home/release.yaml"), &link).expect("a link");
    fs::write(project.path("home/release.yaml"), NOTHING).expect("a file");
    assert!(attest(&project, &["rollback_tested"]).refusal().contains("leaves the repository"));
}

#[test]
fn what_somebody_wrote_meanwhile_stays() {
    let project = with(NOTHING);
    let root = Root::new(&project.root()).expect("a root");
    let theirs = "version: \"1.2.4\"\n";
    let edit = |text: &str| {
        project.write("release.yaml", theirs);
        Ok::<_, ()>(format!("{text}# mine\n"))
    };
    let changed = change(&root, Path::new("release.yaml"), edit);
    assert!(matches!(changed, Err(Unwritten::Changed)), "{changed:?}");
    assert_eq!(release(&project), theirs);
    let refused = change(&root, Path::new("release.yaml"), |_| Err("no"));
    assert!(matches!(refused, Err(Unwritten::Refused("no"))), "{refused:?}");
    assert_eq!(release(&project), theirs);
}

#[cfg(unix)]
#[test]
fn of_many_at_once_none_is_lost() {
    let ids: Vec<String> = (0..12).map(|at| format!("own_{at}")).collect();
    let own: String = ids.iter().map(|id| format!("  {id}: {{evidence: optional}}\n")).collect();
    let project = with(NOTHING);
    project.write("delivery-gate.yaml", &format!("attestations:\n{own}"));
    let start = |id| {
        let mut attest = project.gate(&["attest", "--repo", "repo", id]).command;
        attest.stdout(Stdio::null()).spawn().expect("the binary runs")
    };
    let running: Vec<_> = ids.iter().map(|id| start(id)).collect();
    for mut child in running {
        assert!(child.wait().expect("an end").success());
    }
    let release = Release::parse("release.yaml", &release(&project)).expect("a release");
    let mut written: Vec<_> = release.attestations.iter().map(|claim| claim.id.clone()).collect();
    written.sort_by_key(|id| id[4..].parse::<u8>().expect("a number"));
    assert_eq!(written, ids);
    assert_eq!(fs::read_dir(project.root()).expect("the folder").count(), 5, "something was left behind");
}

#[cfg(unix)]
#[test]
fn on_a_terminal_each_open_claim_is_asked_for() {
    let project = with(NOTHING);
    let answers = "y\nTODO\nBob Lee\nhttps://x.example/1\n\nn\n\nwhat\ny\n\n\n";
    let told = project.gate(&["attest", "--repo", "repo"]).at_terminal(answers).report(0);
    assert!(told.contains("Still open: oncall_notified, approver_signed_off."), "{told}");
    let release = Release::parse("release.yaml", &release(&project)).expect("a release");
    let claims = release.attestations.iter().map(|claim| (claim.id.as_str(), claim.answer, claim.by.as_deref()));
    let jane = Some("Jane Smith");
    let expected = [(IDS[0], true, Some("Bob Lee")), (IDS[2], false, jane), (IDS[3], true, jane)];
    assert_eq!(claims.collect::<Vec<_>>(), expected);
    assert_eq!(release.attestations[0].evidence.as_deref(), Some("https://x.example/1"));
}

#[cfg(unix)]
#[test]
fn what_the_policy_asks_for_is_asked_for() {
    let project = with(NOTHING);
    let policy = "attestations: {rollback_tested: {evidence: required}, approver_signed_off: {distinct_from: [oncall_notified]}}\n";
    project.write("delivery-gate.yaml", policy);
    let answers = "y\n\n\ny\n\n\ny\n\n\ny\n\nTODO\nhttps://x.example/1\n";
    let told = project.gate(&["attest", "--repo", "repo"]).at_terminal(answers).report(0);
    assert!(told.contains("Still open: rollback_tested, approver_signed_off."), "{told}");
    let text = release(&project);
    assert!(
        text.contains("oncall_notified") && text.contains("https://x.example/1") && !text.contains("TODO"),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn whoever_stops_answering_has_claimed_nothing() {
    let project = with(NOTHING);
    let run = project.gate(&["attest", "--repo", "repo"]).at_terminal("y\n\n\n\u{4}");
    assert_eq!((run.code, release(&project).as_str()), (Some(2), NOTHING));
    let told = project.gate(&["attest", "--repo", "repo"]).at_terminal("\n\n\n\n").report(1);
    assert!(told.starts_with("Nothing was written. "), "{told}");
}

fn claim(id: &str) -> Claim {
    let text = |text: &str| Some(text.to_owned());
    Claim {
        id: id.to_owned(),
        answer: true,
        by: "J \"J\"".to_owned(),
        evidence: None,
        made_for: Released::One("1".to_owned()),
        at: "2026-01-02".to_owned(),
        note: text("n"),
    }
}

#[test]
fn what_cannot_be_put_in_is_refused() {
    for text in
        ["version: \"1\"\nattestations: {a: {answer: true, by}}\n", "? version\n: \"1\"\n? attestations\n: {}\n"]
    {
        assert_eq!(edit(text, &claim("a")), Err(Refused::Unsuitable), "{text}");
    }
}

#[test]
fn styles_are_kept() {
    let flow = r#"{answer: true, by: "J \"J\"", for: "1", at: 2026-01-02, note: "n"}"#;
    let lines = |indent: &str| {
        let fields = ["answer: true", r#"by: "J \"J\"""#, r#"for: "1""#, "at: 2026-01-02", r#"note: "n""#];
        fields.map(|field| format!("{indent}{field}\n")).concat()
    };
    let cases = [
        ("{version: \"1\"}\n", format!("{{version: \"1\", attestations: {{a: {flow}}}}}\n")),
        ("{version: \"1\", attestations: {}}", format!("{{version: \"1\", attestations: {{a: {flow}}}}}")),
        ("version: \"1\" # v\n# end\n", format!("version: \"1\" # v\nattestations:\n  a:\n{}# end\n", lines("    "))),
        (
            "version: \"1\"\nattestations:\n    b: # b\n        answer: true # t\n\n# end\n",
            format!("version: \"1\"\nattestations:\n    b: # b\n        answer: true # t\n    a:\n{}\n# end\n", lines("      ")),
        ),
        (
            "version: \"1\"\nattestations: {\n  b: {answer: true}, # } b\n}\n",
            format!("version: \"1\"\nattestations: {{\n  b: {{answer: true}}, a: {flow}, # }} b\n}}\n"),
        ),
        (
            "version: \"1\"\nattestations:\n  'a': {by: , \"answer\": false, note: >\n    x\n    } # a\n",
            String::new(),
        ),
        (
            "version: \"1\"\nattestations:\n  'a':   # a\n    by: >-\n      Old\n      Name\n    # between\n    \"answer\" : false # no\n    at:\n      2025-01-01\n",
            "version: \"1\"\nattestations:\n  'a':   # a\n    by: \"J \\\"J\\\"\"\n    # between\n    \"answer\" : true # no\n    at:\n      2026-01-02\n    for: \"1\"\n    note: \"n\"\n".to_owned(),
        ),
    ];
    for (before, after) in cases {
        match edit(before, &claim("a")) {
            Ok(edited) => assert_eq!(edited, after),
            Err(refused) => assert!(after.is_empty(), "{before}: {refused:?}"),
        }
    }
}

/// A line of a release.yaml, and whether it belongs to the claim that is edited.
type Line = (String, bool);

fn attestation(id: &'static str, edited: bool) -> impl Strategy<Value = Vec<Line>> {
    let fields =
        prop::sample::subsequence(vec!["by: Bob", "evidence: 'x # y'", "at: 2025-01-01", "note: \"q: \\\" \""], 0..=4);
    let comment = prop::sample::select(vec!["", "  # c: {", " # \"'"]);
    (fields, any::<bool>(), any::<bool>(), comment, any::<bool>()).prop_map(
        move |(mut fields, flow, quotes, comment, first)| {
            fields.insert(if first { 0 } else { fields.len() }, "answer: false");
            let id = if quotes { format!("'{id}'") } else { id.to_owned() };
            if flow {
                return vec![(format!("  {id}: {{{}}}{comment}", fields.join(", ")), edited)];
            }
            let mut lines = vec![(format!("  {id}:{comment}"), false)];
            for field in fields {
                lines.push((format!("    # {id}"), false));
                lines.push((format!("    {field}{comment}"), edited));
            }
            lines
        },
    )
}

fn document() -> impl Strategy<Value = Vec<Line>> {
    let own = prop::option::of(attestation("own", true));
    let others = prop::option::of(attestation("rollback_tested", false));
    let noise = || prop::sample::select(vec!["", "# comment: {}", "  # - indented"]);
    let none = prop::sample::select(vec!["attestations: {}", "attestations: {}   # none", ""]);
    (own, others, any::<bool>(), noise(), noise(), none, any::<bool>()).prop_map(
        |(own, others, own_first, a, b, none, na)| {
            let line = |text: &str| (text.to_owned(), false);
            let mut lines = vec![line(a), line("version: \"1.2.3\" # v"), line(b)];
            let mut claims: Vec<_> = [others, own].into_iter().flatten().collect();
            if own_first {
                claims.reverse();
            }
            match claims.is_empty() {
                true => lines.push((none.to_owned(), !none.is_empty())),
                false => lines.push(line("attestations: # all")),
            }
            for claim in claims {
                lines.extend(claim);
                lines.push(line(b));
            }
            if na {
                lines.extend([line("not_applicable:"), line("  x: \"why\" # na"), line(a)]);
            }
            lines
        },
    )
}

proptest! {
    /// Every line that is not the claim's own is there afterwards, in its place and byte for byte.
    #[test]
    fn only_the_claim_changes(
        lines in document(), by in "\\PC{1,12}", note in prop::option::of("\\PC{1,8}"), windows in any::<bool>(), ends in any::<bool>(),
    ) {
        let line_break = if windows { "\r\n" } else { "\n" };
        let mut before = lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join(line_break);
        if ends {
            before.push_str(line_break);
        }
        Release::parse("release.yaml", &before).expect(&before);
        let wanted = Claim { by: by.clone(), note: note.clone().filter(|note| !is_blank(note)), ..claim("own") };
        let after = edit(&before, &wanted).expect(&before);
        prop_assert_eq!(after.matches('\n').count(), after.matches(line_break).count());
        prop_assert_eq!(before.ends_with('\n'), after.ends_with('\n'));
        let mut rest = after.lines();
        for (line, _) in lines.iter().filter(|(line, own)| !own && !line.is_empty()) {
            prop_assert!(rest.any(|kept| kept == line), "{:?} is not in {}", line, after);
        }
        let release = Release::parse("release.yaml", &after).expect(&after);
        let own = release.attestations.iter().find(|claim| claim.id == "own").expect("the claim");
        prop_assert_eq!((own.answer, own.by.as_ref()), (true, Some(&by)));
        prop_assert_eq!(edit(&after, &wanted), Ok(after.clone()));
    }
    /// Whatever stands there, the text is edited or refused, and an edited one can be read.
    #[test]
    fn no_text_is_too_odd(
        lines in document(), at in any::<prop::sample::Index>(), noise in "[\\[\\]{}:,#\"'|>&*!?\\-\n\r\t \u{feff}\u{85}\u{2028}\u{e9}a]{1,6}",
    ) {
        let mut text = lines.iter().map(|(line, _)| format!("{line}\n")).collect::<String>();
        let places: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
        text.insert_str(places[at.index(places.len())], &noise);
        if let Ok(edited) = edit(&text, &claim("own")) {
            prop_assert!(Release::parse("release.yaml", &edited).is_ok(), "{}", edited);
        }
    }
}

/// What does not apply to this release is declared like a claim, and every other byte stays.
#[test]
fn a_declaration_is_written_and_taken() {
    let project = Project::released();
    let declare = |id: &str, reason: &str| {
        project.gate(&["attest", "--not-applicable", id, "--reason", reason, "--repo", "repo"]).run()
    };
    let release = || std::fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml");
    assert!(
        declare("ci_status", "no CI: \"by hand\"")
            .report(0)
            .starts_with("Wrote release.yaml:\n  not applicable: ci_status")
    );
    let first = format!("{RELEASE}not_applicable:\n  ci_status: \"no CI: \\\"by hand\\\"\"\n");
    assert_eq!(release(), first);
    declare("deps_pinned", "nothing is installed").report(0);
    assert_eq!(release(), format!("{first}  deps_pinned: \"nothing is installed\"\n"));
    declare("ci_status", "there is none").report(0);
    assert!(release().contains("  ci_status: \"there is none\"\n  deps_pinned"), "{}", release());
    project.commit().git(&["tag", "-f", "-a", "v1.2.3", "-m", "x"]);
    assert!(project.check().run().report(0).contains("ci_status") || project.check().run().code == Some(0));
}

#[test]
fn a_declaration_that_check_would_refuse_is_not_written() {
    let project = Project::released();
    let declare = |id: &str, reason: &str| {
        project.gate(&["attest", "--not-applicable", id, "--reason", reason, "--repo", "repo"]).run().refusal()
    };
    assert!(declare("ci_status", "TODO").contains("--reason says nothing"));
    assert!(declare("ci-status", "there is none").contains("did you mean `ci_status`?"));
    assert!(
        declare("rollback_tested", "nothing to roll back").contains("release.yaml:3 attests it; take that out first")
    );
    assert!(declare("release_point", "a robot tags").contains("`exceptions:` in delivery-gate.yaml can"));
    project.write("delivery-gate.yaml", "required: [ci_status]\nnot_applicable: attested_only\n");
    assert!(declare("ci_status", "there is none").contains("the policy requires this check"));
    assert!(declare("changelog", "there is none").contains("for attested checks only"));
    assert_eq!(std::fs::read_to_string(project.root().join("release.yaml")).expect("release.yaml"), RELEASE);
    let without = project.gate(&["attest", "--not-applicable", "ci_status", "--repo", "repo"]).run().refusal();
    assert!(without.contains("--reason"), "{without}");
}

#[test]
fn who_claims_is_whom_git_would_name() {
    let by = |variables: &[(&str, &str)], is_own: bool| {
        let project = Project::drafted();
        project.write("release.yaml", NOTHING).commit();
        fs::write(project.path("home/.gitconfig"), "[user]\n\tname = Home Name\n").expect("a file");
        fs::write(project.path("other"), "[user]\n\tname = Other Name\n").expect("a file");
        if is_own {
            project.git(&["config", "user.name", "Own Name"]);
        }
        let mut gate = project.gate(&["attest", "--repo", "repo", "rollback_tested"]);
        for (name, value) in variables {
            let place = project.path(value);
            gate = gate.env(name, if *value == "other" { place.to_str().expect("a path") } else { value });
        }
        let run = gate.run();
        let name = run.stdout.split_once("by: \"").and_then(|(_, rest)| rest.split('"').next().map(str::to_owned));
        assert_eq!(name.is_none(), run.code == Some(2), "{run:?}");
        name
    };
    let counted = |key: &'static str| {
        vec![("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", key), ("GIT_CONFIG_VALUE_0", "Counted Name")]
    };
    type Case = (Vec<(&'static str, &'static str)>, bool, Option<&'static str>);
    let cases: [Case; 12] = [
        (vec![], false, Some("Home Name")),
        (vec![], true, Some("Own Name")),
        (vec![("GIT_CONFIG_GLOBAL", "other")], false, Some("Other Name")),
        (vec![("GIT_CONFIG_GLOBAL", "other")], true, Some("Own Name")),
        (vec![("GIT_CONFIG_GLOBAL", "/nowhere")], false, None),
        (counted("user.name"), true, Some("Counted Name")),
        (counted("Author.Name"), true, Some("Counted Name")),
        (vec![("GIT_CONFIG_PARAMETERS", "'user.name'='Given Name' 'a.b'")], true, Some("Given Name")),
        (vec![("GIT_CONFIG_PARAMETERS", "'user.name=Given O'\\''Neil'")], true, Some("Given O'Neil")),
        (counted("user.email"), true, Some("Own Name")),
        (vec![("GIT_AUTHOR_NAME", "Author Name")], true, Some("Author Name")),
        (vec![("GIT_AUTHOR_NAME", "")], true, None),
    ];
    for (variables, is_own, expected) in cases {
        assert_eq!(by(&variables, is_own).as_deref(), expected, "{variables:?}");
    }
}
