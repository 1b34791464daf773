use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::*;

/// What each record of `tests/fixtures/decisions` says: a line, or why it does not pass.
const CORPUS: &[(&str, Result<usize, &str>)] = &[
    (
        "accepted-by-nobody.md",
        Err(r#"its status is "Accepted by nobody yet" in line 3; only accepted and approved pass"#),
    ),
    ("adr-tools-superseded.md", Err(r#"it is superseded: "Superseded by 9. Use a message queue" in line 9"#)),
    ("adr-tools-supersedes.md", Ok(7)),
    ("alternatives.md", Err(r#"it does not agree with itself: "Accepted" in line 5, but "Rejected" in line 6"#)),
    ("badge.md", Ok(7)),
    ("badge-of-another.md", Err(r#"its status in line 3 is empty"#)),
    ("badge-rejected.md", Err(r#"its status is "accepted (rejected)" in line 3; only accepted and approved pass"#)),
    ("badges-on-top.md", Ok(3)),
    ("bold-line.md", Ok(3)),
    ("bold-word.md", Ok(3)),
    ("checkboxes.md", Err(r#"its status is "[x] Proposed" in line 5; only accepted and approved pass"#)),
    ("disagreeing.md", Err(r#"it does not agree with itself: "accepted" in line 2, but "Proposed" in line 8"#)),
    ("duplicate-key.md", Err("its front matter could not be read: the key `status` is here twice")),
    ("empty-section.md", Err(r#"it does not agree with itself: "accepted" in line 2, but "" in line 6"#)),
    ("fields-in-a-line.md", Ok(3)),
    ("fields-superseded.md", Err(r#"it is superseded: "Superseded by: ADR-9" in line 3"#)),
    (
        "fields-with-a-reserve.md",
        Err(
            r#"its status is "Accepted · pending the review of operations" in line 3; only accepted and approved pass"#,
        ),
    ),
    ("front-matter-and-section.md", Ok(2)),
    ("handles.md", Ok(2)),
    ("heading-value.md", Ok(3)),
    ("http-status.md", Ok(5)),
    ("implemented-since.md", Ok(5)),
    ("in-a-comment.md", Err("its status in line 5 is empty")),
    ("in-code.md", Err(record::NO_STATUS)),
    ("late-superseded-line.md", Err(r#"it is superseded: "Superseded by ADR-0012" in line 9"#)),
    ("log4brains-draft.md", Err(r#"its status is "draft" in line 3; only accepted and approved pass"#)),
    ("log4brains.md", Ok(3)),
    ("madr2-superseded.md", Err(r#"it is superseded: "superseded by ADR-0002" in line 3"#)),
    (
        "madr2-template.md",
        Err(
            r#"its status is "[proposed | rejected | accepted | deprecated | … | superseded by ADR-0005]" in line 3; only accepted and approved pass"#,
        ),
    ),
    ("madr2.md", Ok(3)),
    ("madr3-template.md", Err("its front matter could not be read")),
    ("madr3.md", Ok(2)),
    (
        "madr4-template.md",
        Err(
            r#"its status is "{proposed | rejected | accepted | deprecated | … | superseded by ADR-0123}" in line 2; only accepted and approved pass"#,
        ),
    ),
    ("madr4.md", Ok(3)),
    ("no-status.md", Err(record::NO_STATUS)),
    ("not-accepted.md", Err(r#"its status is "Not accepted" in line 5; only accepted and approved pass"#)),
    ("notes-after-status.md", Ok(5)),
    ("nygard-proposed.md", Err(r#"its status is "Proposed" in line 5; only accepted and approved pass"#)),
    (
        "nygard-template.md",
        Err(
            r#"its status is "What is the status, such as proposed, accepted, rejected, deprecated, superseded, etc.?" in line 5; only accepted and approved pass"#,
        ),
    ),
    ("nygard.md", Ok(7)),
    ("open-front-matter.md", Err("its front matter has no end: a second line `---` is missing")),
    ("plain-line.md", Ok(4)),
    ("section-key.md", Ok(5)),
    ("struck-out.md", Err(r#"its status is "~~Accepted~~ Deprecated" in line 5; only accepted and approved pass"#)),
    ("superseded-by-key.md", Err(r#"it is superseded: "superseded by ADR-0011" in line 3"#)),
    ("superseded-by-nothing.md", Ok(2)),
    (
        "superseded-in-a-remark.md",
        Err(r#"its status is "Accepted (ADR-9 supersedes this)" in line 3; only accepted and approved pass"#),
    ),
    ("superseded-in-a-sentence.md", Err(r#"it is superseded: "superseded by ADR-0012." in line 7"#)),
    ("supersedes-in-a-remark.md", Ok(3)),
    ("table-column.md", Ok(5)),
    ("table-head-row.md", Ok(3)),
    ("table-rejected.md", Err(r#"its status is "Rejected" in line 3; only accepted and approved pass"#)),
    ("table-row.md", Ok(5)),
    ("two-colons.md", Ok(3)),
    ("was-accepted.md", Err(r#"its status is "proposed (was accepted)" in line 3; only accepted and approved pass"#)),
    ("word-in-code.md", Ok(3)),
    (
        "wrapped-condition.md",
        Err(
            r#"its status is "Accepted only if the keys are there in May." in line 5; only accepted and approved pass"#,
        ),
    ),
];

#[test]
fn every_record_of_the_corpus_says_what_a_person_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/decisions");
    for (file, expected) in CORPUS {
        let text = std::fs::read_to_string(folder.join(file)).expect(file);
        for text in [text.clone(), text.replace('\n', "\r\n"), format!("\u{feff}{text}")] {
            match (accepted_at(&text), expected) {
                (Ok(line), Ok(expected)) => assert_eq!(line, *expected, "{file}"),
                (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{file}: {why}"),
                (found, _) => panic!("{file}: {found:?}"),
            }
        }
    }
    let listed: BTreeSet<String> = CORPUS.iter().map(|(file, _)| (*file).to_owned()).collect();
    let entries = std::fs::read_dir(folder).expect("the corpus");
    let there: BTreeSet<String> =
        entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8")).collect();
    assert_eq!(listed, there);
}

#[test]
fn forms_that_tools_and_people_write() {
    let accepted = [
        ("---\nstatus: { accepted }\n---\n", 2),
        ("---\nstatus: [accepted]\n---\n", 2),
        ("* Status: [accepted ]", 1),
        ("---\nnumber: 2\ntitle: x\nstatus: accepted\n---\n\n# 2. x\n\n## Status\n\nProposed\n", 4),
        ("## Status\n\n2026-01-01: Proposed\n2026-02-01: Accepted\n", 4),
        ("## Status\n\n- 2026-02-01 accepted\n- 2026-01-01 proposed\n", 3),
    ];
    for (text, line) in accepted {
        assert_eq!(accepted_at(text), Ok(line), "{text}");
    }
    let others = [
        "---\nstatus: {accepted, rejected}\n---\n",
        "---\nstatus: {accepted: no}\n---\n",
        "---\nstatus: [accepted, rejected]\n---\n",
        "---\ntitle: x\nstatus: accepted\n---\n\n## Status\n\nProposed\n",
        "---\nnumber: 2\nstatus: accepted\n---\n\n## Status\n\nRejected\n",
        "---\nnumber: 2\nstatus: proposed\n---\n\n## Status\n\nAccepted\n",
        "## Status\n\n2026-02-01: Accepted\n2026-03-01: Deprecated\n",
        "## Status\n\n2026-03-01: Deprecated\n2026-02-01: Accepted\n",
    ];
    for text in others {
        assert!(accepted_at(text).is_err(), "{text}");
    }
}

#[test]
fn a_day_that_has_not_come_is_no_acceptance_yet() {
    let today = "2026-11-29".parse().expect("a day");
    let not_yet = |text: &str| Record::read(text).expect("a record").not_yet(today).is_some();
    for text in [
        "Status: Accepted on 2026-12-01",
        "---\nstatus: accepted\ndate: 2026-12-01\n---\n",
        "Status: 2026-12-01 accepted",
    ] {
        assert!(not_yet(text), "{text}");
    }
    for text in ["Status: Accepted on 2026-11-29", "Status: accepted", "---\nstatus: accepted\ndate: 2024-01-01\n---\n"]
    {
        assert!(!not_yet(text), "{text}");
    }
}

#[test]
fn scopes_are_globs_or_refused() {
    let scope =
        |yaml: &str| Record::read(&format!("---\nstatus: accepted\n{yaml}\n---\n")).map(|record| record.scope());
    let some = |globs: &[&str]| Ok(Some(globs.iter().map(|&glob| glob.to_owned()).collect()));
    assert_eq!(scope(""), Ok(None));
    assert_eq!(scope("scope: db/**"), some(&["db/**"]));
    assert_eq!(scope("Paths:\n  - db/**\n  - \"*.tf\""), some(&["db/**", "*.tf"]));
    let refused = [
        "scope:",
        "scope: []",
        "scope: {a: b}",
        "scope: true",
        "scope: ''",
        "paths: [a, ~]",
        "paths: '[a'",
        "scope: a\npaths: b",
    ];
    for yaml in refused {
        assert!(scope(yaml).is_err(), "{yaml}");
    }
}

#[test]
fn records_name_what_they_supersede() {
    let cases: &[(&str, &[&str])] = &[
        ("---\nsupersedes: ADR-9\n---\n", &["ADR-9"]),
        ("---\nsupersedes: [9, 0010-x.md]\n---\n", &["9", "0010-x"]),
        ("## Status\n\nAccepted\n\nSupersedes [9. Use 3 things](0009-use-3-things.md)\n", &["9", "0009-use-3-things"]),
        ("This decision\nsupersedes ADR-9.", &[]),
        ("This record supersedes nothing; see [2. B](0002-b.md)", &[]),
        ("Supersedes nothing; see [2. B](0002-b.md)", &[]),
        ("Status: accepted, supersedes ADR-9", &["ADR-9"]),
        ("- Supersedes ADR-9", &["ADR-9"]),
        ("| Supersedes | ADR-9 |\n|---|---|\n", &["ADR-9"]),
        ("## Supersedes\n\n- ADR-9\n- [x](0010-x.md)\n\n## Else\n\nADR-11", &["ADR-9", "0010-x"]),
        ("**Supersedes:**\nADR-9", &["ADR-9"]),
        ("Supercedes ADR-9", &["ADR-9"]),
        ("Superseded by ADR-9", &[]),
        ("`supersedes ADR-9` <!-- supersedes ADR-9 -->", &[]),
        ("Supersedes: none", &[]),
    ];
    for (text, expected) in cases {
        let record = Record::read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        assert_eq!(record.supersedes, *expected, "{text}");
    }
}

/// What a record of 64 KiB says that is nothing but a piece, over and over.
#[test]
fn hostile_records_say_what_a_person_reads() {
    let cases = [
        ("Status: accepted\n", Ok(1)),
        ("Status: accepted\n\n", Ok(1)),
        ("## Status\n", Err("its status in line 1 is empty")),
        ("a\n", Err(record::NO_STATUS)),
        ("|Status|x|\n|-|-|\n", Err("its status is \"Status\" in line 3")),
        ("|Status", Err(record::NO_STATUS)),
        ("superseded by ", Err("it is superseded: \"superseded by superseded by ")),
        ("supersedes ADR-1 ", Err(record::NO_STATUS)),
        ("supersedes\n", Err(record::NO_STATUS)),
        ("- ", Err(record::NO_STATUS)),
        ("> ", Err(record::NO_STATUS)),
        ("ADR", Err(record::NO_STATUS)),
        ("accepted by A ", Err(record::NO_STATUS)),
    ];
    for (piece, expected) in cases {
        match (accepted_at(&piece.repeat((64 << 10) / piece.len())), expected) {
            (Ok(line), Ok(expected)) => assert_eq!(line, expected, "{piece}"),
            (Err(why), Err(expected)) => assert!(why.starts_with(expected), "{piece}: {why}"),
            (found, _) => panic!("{piece}: {found:?}"),
        }
    }
    let nested = accepted_at(&format!("---\n{}\n---\n", "a: [".repeat(50_000)));
    assert_eq!(nested, Err("its front matter could not be read: nesting is deeper than 64 levels".to_owned()));
}

fn record() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("---\n"),
        Just("status: "),
        Just("Status: "),
        Just("## Status\n"),
        Just("accepted"),
        Just("proposed"),
        Just("\n"),
        Just("\n\n"),
        Just("|"),
        Just("|-|-|\n"),
        Just("**"),
        Just("`"),
        Just("```\n"),
        Just("<!--"),
        Just("-->"),
        Just("superseded by "),
        Just("supersedes "),
        Just("ADR-1"),
        Just("- "),
        Just("é"),
        Just("scope: "),
        Just(" by "),
        Just("2020-01-01"),
        Just("["),
        Just("]("),
        Just(")"),
        Just("："),
        Just(","),
        Just("#"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_record_makes_the_reader_panic(text in prop_oneof![record(), any::<String>()]) {
        if let Ok(line) = accepted_at(&text) {
            let lower = text.to_lowercase();
            prop_assert!(lower.contains("accepted") || lower.contains("approved"));
            prop_assert!((1..=text.lines().count()).contains(&line));
        }
        if let Ok(record) = Record::read(&text) {
            for target in &record.supersedes {
                let _ = name::Name::of(target);
            }
        }
    }

    #[test]
    fn code_and_comments_tell_no_status(text in record()) {
        let text = text.replace("```", "").replace("-->", "");
        for hidden in [format!("```\n{text}\n```\n"), format!("<!--\n{text}")] {
            prop_assert!(accepted_at(&hidden).is_err());
        }
    }
}
