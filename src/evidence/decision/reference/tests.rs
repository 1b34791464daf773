use proptest::prelude::*;

use super::*;

/// The references of one text: `!` marks a service's decision.
fn found(text: &str) -> Vec<String> {
    shown(&[text])
}

fn shown(texts: &[&str]) -> Vec<String> {
    let mark = |reference: &Reference| match reference {
        Reference::Decision(id) => format!("!{id}"),
        Reference::Adr(id) => id.clone(),
    };
    extract(texts).iter().map(mark).collect()
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "{text}");
    }
}

const UUID: &str = "550e8400-e29b-41d4-a716-446655440000";

#[test]
fn every_form_is_found() {
    check(&[
        ("See decern:550e8400-e29b-41d4-a716-446655440000.", &["!550e8400-e29b-41d4-a716-446655440000"]),
        ("Decern: abc, DECERN:d_e", &["!abc", "!d_e"]),
        ("(DECERN-abc_1)", &["!abc_1"]),
        ("https://d.example/app/decisions/abc?tab=1#x", &["!abc"]),
        ("HTTP://d.example/decisions/a/b and https://d.example/#/decisions/c.", &["!a", "!c"]),
        ("ADR-002, adr-3 (Adr-4)", &["ADR-002", "ADR-3", "ADR-4"]),
        ("ADR-use-postgres", &["ADR-use-postgres"]),
        ("Change it\n\nDecision: abc\nSigned-off-by: A <a@b.c>\n", &["!abc"]),
        ("Change it\n\nDECISION : ADR-7", &["ADR-7"]),
        ("docs/adr/ADR-12-title.md", &["ADR-12-title"]),
    ]);
}

#[test]
fn an_id_that_begins_with_adr_is_a_record() {
    check(&[
        ("decern:ADR-12", &["ADR-12"]),
        ("DECERN-adr-12", &["ADR-12"]),
        ("https://d.example/decisions/Adr-12", &["ADR-12"]),
        ("decern:ADR-", &["!ADR-"]),
    ]);
}

#[test]
fn parts_of_words_and_other_things_are_no_reference() {
    let cases = [
        "XADR-1 my-ADR-1 _ADR-1 éADR-1 ADR-1é ADR- ADR-, ADR 1 ADR_1",
        "adr-tools, decern-gate, DECERN_BASE_URL, mydecern:abc, decern:  abc, decern:\nabc",
        "/decisions/abc ftp://d.example/decisions/abc https://d.example/ /decisions/abc https://d.example/decisions/",
    ];
    for text in cases {
        assert_eq!(found(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn too_long_an_id_is_not_cut() {
    let (fits, longer) = ("a".repeat(128), "a".repeat(129));
    for form in ["decern:", "DECERN-", "https://d.example/decisions/", "Decision: "] {
        assert_eq!(found(&format!("{form}{fits}")), [format!("!{fits}")], "{form}");
        assert_eq!(found(&format!("{form}{longer}")), [] as [&str; 0], "{form}");
    }
    assert_eq!(found(&format!("ADR-{longer}")), [] as [&str; 0]);
}

#[test]
fn what_a_reader_does_not_see_is_no_reference() {
    let cases = [
        "`ADR-1` ``decern:a`` <code>ADR-2</code>",
        "```\nADR-1\n```\n~~~text\nADR-2\n~~~\n\n    ADR-3\n\n<pre>\nADR-4\n</pre>",
        "```\nADR-1",
        "<!-- ADR-1 --> a <!-- ADR-2\nADR-3 --> <!--\n\nDecision: ADR-4\n\n-->",
        "<!-- for example ADR-1",
        "a <!-- for example\n\nADR-1",
        "- a\n  <!-- b\n\nADR-1",
        "<!--> ADR-1",
        "&lt;!-- ADR-1",
        "[//]: # (ADR-1)\n[comment]: <> (decern:a)\n[x]: https://d.example/decisions/a",
        "![ADR-1](https://d.example/decisions/a)",
        "<a title='ADR-1'>x</a> <script>ADR-2</script>",
        "`https://d.example`/decisions/a",
        "AD<b></b>R-1 ADR-<!-- -->1",
    ];
    for text in cases {
        assert_eq!(found(text), [] as [&str; 0], "{text}");
    }
}

#[test]
fn markup_around_a_reference_does_not_hide_it() {
    check(&[
        ("**ADR-1** _ADR-2_ ADR\\-3 <b>ADR-4</b>", &["ADR-1", "ADR-2", "ADR-3", "ADR-4"]),
        ("# ADR-1\n\n- ADR-2\n\n> ADR-3\n\n| a | b |\n|---|---|\n| ADR-4 | x |", &["ADR-1", "ADR-2", "ADR-4"]),
        ("**decern:** abc", &["!abc"]),
        ("`<!--` ADR-1", &["ADR-1"]),
        ("<!-- a --> ADR-1 <!-- b -->", &["ADR-1"]),
        ("[ADR-12](https://d.example/decisions/abc)", &["ADR-12", "!abc"]),
        ("[a][1]\n\n[1]: https://d.example/decisions/abc", &["!abc"]),
        ("<https://d.example/decisions/a_b>", &["!a_b"]),
        ("[![x](y.svg)](https://d.example/decisions/abc)", &["!abc"]),
        ("<details>\n\nADR-1\n\n</details>\n<p>ADR-2</p>", &["ADR-1", "ADR-2"]),
    ]);
}

#[test]
fn a_trailer_stands_in_the_last_paragraph() {
    check(&[
        ("Title\n\nDecision: abc\n\nMore text.", &[]),
        ("Title\n\nSome text.\nDecision: abc", &[]),
        ("Title\n\nSome text.\nDecision: abc\nSigned-off-by: A <a@b.c>", &["!abc"]),
        ("Title\n\na\nb\nc\nd\ne\nf\ng\nDecision: abc\nSigned-off-by: A <a@b.c>", &[]),
        ("Title\n\nReviewed-by: A\n Decision: abc", &[]),
        ("Title\n\nReviewed-by: A\n  and B\nDecision: abc", &["!abc"]),
        ("Decision: abc", &["!abc"]),
        ("Text.\n\nDecision: abc\n\n<!-- Say why. -->\n", &["!abc"]),
        ("Text.\n\nDecision: abc\n\n```\ncode\n```\n", &[]),
        ("Text.\r\n\r\nDecision: abc\r\nCloses: x\r\n", &["!abc"]),
        ("Text.\n\nDecision: use postgres", &[]),
        ("Text.\n\nDecision: b\nDecision: a", &["!b", "!a"]),
        ("[x]: # (\nDecision: abc\n)", &[]),
    ]);
}

#[test]
fn order_is_kept_and_nothing_is_there_twice() {
    assert_eq!(found("ADR-2 decern:b ADR-002 DECERN-b decern:a ADR-02-x"), ["ADR-2", "!b", "!a", "ADR-02-x"]);
    assert_eq!(shown(&["b: ADR-3", "ADR-1 ADR-3\n\nDecision: x", ""]), ["ADR-3", "ADR-1", "!x"]);
}

#[test]
fn there_are_limits() {
    let many: String = (0..1000).map(|n| format!("ADR-{n} ")).collect();
    assert_eq!(found(&many).len(), REFERENCE_LIMIT);
    let long = format!("ADR-1{}", " ".repeat(TEXT_LIMIT));
    assert_eq!(shown(&[&long, "ADR-2"]), ["ADR-2"]);
}

/// Between two references stands 64 KiB of nothing but a piece, over and over.
#[test]
fn hostile_markup_hides_no_reference_but_what_it_takes_in() {
    let between = |piece: &str| found(&format!("ADR-1 {} ADR-2", piece.repeat(TEXT_LIMIT / 16 / piece.len())));
    let seen = [
        "[",
        "![",
        "`",
        "``` ",
        "> ",
        "* ",
        "- a\n ",
        "<a ",
        "http://",
        "/decisions/",
        "a_*b",
        "[a](",
        "\\",
        "&",
        "|",
        "|a|\n|-|\n",
        "ADR-",
        "<!-- -->",
        "<",
        "\u{1}",
        "\0",
        "[a]: b\n",
    ];
    for piece in seen {
        assert_eq!(between(piece), ["ADR-1", "ADR-2"], "{piece}");
    }
    for opened in ["<!--", "<code>", "~~~\n"] {
        assert_eq!(between(opened), ["ADR-1"], "{opened}");
    }
    assert_eq!(between("decern:"), ["ADR-1", "!decern", "ADR-2"]);
    assert_eq!(found(&"Decision: a\n".repeat(5000)), ["!a"]);
    let growing: String = (1..1400).map(|n| "`".repeat(n) + " ").collect();
    assert_eq!(found(&format!("ADR-1 {growing} ADR-2")), ["ADR-1", "ADR-2"]);
}

fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("ADR-1"),
        Just("decern:"),
        Just("DECERN-"),
        Just("https://d.example/decisions/"),
        Just("Decision: "),
        Just("`"),
        Just("```\n"),
        Just("<!--"),
        Just("-->"),
        Just("\n"),
        Just("\n\n"),
        Just("    "),
        Just("["),
        Just("]("),
        Just(")"),
        Just("<code>"),
        Just("</code>"),
        Just("<a href='"),
        Just(">"),
        Just("|"),
        Just("|-|\n"),
        Just("é"),
        Just("_"),
        Just("x"),
        Just("\u{1}"),
        Just("\u{e000}"),
        Just("&lt;"),
        Just("\\"),
        Just("- "),
        Just("> "),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_id_is_in_the_alphabet(text in prop_oneof![markup(), any::<String>()]) {
        for reference in extract(&[&text]) {
            let id = reference.id();
            prop_assert!(!id.is_empty() && id.len() <= ID_LIMIT + 4 && id.bytes().all(is_id_byte), "{id}");
            prop_assert_eq!(matches!(reference, Reference::Adr(_)), id.starts_with("ADR-") && id.len() > 4);
        }
    }

    #[test]
    fn a_fence_hides_everything(text in markup()) {
        let text = text.replace("```", "");
        prop_assert_eq!(extract(&[&format!("```\n{text}\n```\n")]), []);
    }

    #[test]
    fn a_comment_hides_everything(text in markup()) {
        prop_assert_eq!(extract(&[&format!("<!--\n{}", text.replace('>', ""))]), []);
    }

    #[test]
    fn a_uuid_is_found_in_any_prose(before in "[a-z ,.]{0,20}", after in "[ ,.)][a-z ,.)]{0,20}") {
        let text = format!("x{before} decern:{UUID}{after}");
        let references = read(&[&text], false);
        let found = [references.claimed, references.named].concat();
        prop_assert_eq!(found, [Reference::Decision(UUID.to_owned())]);
    }
}

fn all(text: &str) -> (Vec<String>, Vec<String>) {
    let ids = |references: &[Reference]| references.iter().map(|reference| reference.id().to_owned()).collect();
    let references = read(&[text], false);
    (ids(&references.claimed), ids(&references.named))
}

#[test]
fn what_a_sentence_denies_is_named_and_not_claimed() {
    let denied = [
        "not covered by ADR-1",
        "This isn't covered by ADR-1.",
        "No decision such as ADR-1 holds here",
        "Works without ADR-1",
        "Reverts ADR-1",
        "Revert \"Use containers (ADR-1)\"",
        "This contradicts ADR-1",
        "Use VMs instead of ADR-1",
        "Supersedes ADR-1",
        "This change goes against ADR-1",
        "Not covered by any decision (ADR-1)",
        "ADR-1 does not apply here",
        "ADR-1 isn't approved yet",
        "ADR-1 is no longer valid",
        "This was not\ncovered by ADR-1",
        "This is not covered by\nADR-1",
        "not covered by decern:ADR-1",
        "never see https://d.example/decisions/ADR-1",
        "> ADR-1",
        "> Decision: ADR-1",
        "A list:\n\n- > ADR-1",
    ];
    for text in denied {
        assert_eq!(all(text), (vec![], vec!["ADR-1".to_owned()]), "{text}");
    }
    let claimed = [
        "ADR-1",
        "Implements ADR-1.",
        "Do not cache tokens (ADR-1)",
        "Do not cache tokens (see ADR-1).",
        "Run without root [ADR-1]",
        "This is not new. ADR-1 covers it.",
        "No breaking changes\nADR-1",
        "No breaking changes\n\nADR-1",
        "ADR-1: never deploy by hand",
        "ADR-1, not VMs",
        "- nothing is left\n- ADR-1",
        "No-op for most (ADR-1)",
        "https://d.example/no/decisions/ADR-1",
        "Not needed before\n\nDecision: ADR-1",
        "> what do you say of ADR-1?\n\nADR-1 it is",
        "Now covered by ADR-1, cf. the notes",
    ];
    for text in claimed {
        assert_eq!(all(text), (vec!["ADR-1".to_owned()], vec![]), "{text}");
    }
    assert_eq!(all("Implements ADR-2, which supersedes ADR-1").0, ["ADR-2"]);
}

#[test]
fn nothing_invisible_stands_in_a_reference() {
    for text in ["ADR-1\u{200b}2", "ADR-1\u{200b}", "\u{2060}ADR-12", "decern:abc\u{ad}d", "ADR-1<!-- -->2"] {
        assert_eq!(all(text), (vec![], vec![]), "{text:?}");
    }
    assert_eq!(all("ADR-1<!-- 2 -->").0, ["ADR-1"]);
}

#[test]
fn trailers_alone_count_where_the_policy_says_so() {
    let trailers = |text: &str| read(&[text], true).claimed.iter().map(|one| one.id().to_owned()).collect::<Vec<_>>();
    assert_eq!(trailers("x\n\nDecision: ADR-1"), ["ADR-1"]);
    assert_eq!(trailers("x\n\ndecern: abc\n\nmore"), ["abc"]);
    for text in ["ADR-1", "see decern:abc", "Decision: ADR-1\n\nmore", "> decern:abc"] {
        assert!(trailers(text).is_empty(), "{text}");
    }
}
