//! Markdown and HTML: whole outputs, and what a real parser reads from them, against the JSON report of the same run.

use std::collections::HashSet;
use std::fs;

use delivery_gate::internal::model::{is_hidden, visible};
use regex::Regex;
use serde_json::{Value, json};

use crate::common::{Gate, Project, redacted};
use crate::page::Element;
#[cfg(unix)]
use crate::pipeline::{self, with_gates};
use crate::rendered::Rendered;

/// A release with everything that a report shows under GO.
const GO: &str = r#"version: "1.2.3"
attestations:
  rollback_tested:
    answer: true
    by: "Jane Smith"
    evidence: "https://ci.example.com/jobs/456?env=staging&try=2"
    at: 2026-01-02
    note: "Twice, within four minutes."
  oncall_notified: {answer: true, by: "Jane Smith"}
  approver_signed_off: {answer: true, by: "Bob Lee", evidence: "CHG-1234 in the change calendar"}
  monitoring_reviewed: {answer: true, by: "Jane Smith"}
not_applicable:
  feature_flags: "No feature flags in this release."
"#;

/// Every way in which a gate of a pipeline ends.
#[cfg(unix)]
const GATES: &str = "gates:
  - {id: fine, type: command, command: echo fine}
  - {id: broken, type: command, command: 'false'}
  - {id: excused, type: command, command: 'false', on_fail: warn}
  - {id: reported, type: command, command: 'false', on_fail: report}
  - {id: absent, type: command, command: no-such-program}
  - {id: skipped, type: command, command: echo fine, skip_on_draft: true}
";

/// What a hostile repository tries in every text that reaches a report.
const HOSTILE: [&str; 20] = [
    "<script>alert(1)</script>",
    "</style></title><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)\" x='",
    "x](javascript:alert(1))",
    "[x](https://evil.example)",
    "![x](http://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "| a | b",
    "x` <b>y</b> `",
    "**x** __y__ ~~z~~ [^1] - [ ] $x$",
    "@team and #123 and GH-7 and a/b#8 and :tada: at abc1234",
    "https://evil.example www.evil.example me@evil.example",
    "# heading",
    "- item",
    "1. item",
    "&lt;b&gt;&#60;b&#62;&NewLine;",
    "\\| \\` \\<b>\\",
    "-->]]><!--",
    "https://evil.example/?a=1|b=`2`",
    "a\u{202e}b\u{1b}[31mc\nd ##[error]x\u{200b}",
];

/// Evidence that is no plain web address.
const HOSTILE_EVIDENCE: [&str; 6] = [
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://good.example@evil.example/",
    "https://evil.example/\"onclick=\"x",
    "https://evil.example/> <img src=x>",
    "https://ex\u{430}mple.com/",
];

fn go() -> Project {
    let project = Project::drafted();
    project.write("release.yaml", GO).commit().tag("v1.2.3");
    project
}

fn no_go() -> Project {
    let project = Project::fixture("fail_repo");
    project.commit().tag("v0.1.0").append("CHANGELOG.md", "\n");
    project
}

/// One run, as the JSON report and in the two formats.
struct Trio {
    json: Value,
    markdown: String,
    html: String,
}

impl Trio {
    fn of(project: &Project, gate: Gate) -> Self {
        let file = |format: &str| project.path(format).display().to_string();
        let output = |format: &str| format!("--output={format}={}", file(format));
        let (_, json) = gate.args(&[&output("markdown"), &output("html")]).json();
        assert!(json["error"].is_null(), "{json:#}");
        let read = |format: &str| fs::read_to_string(file(format)).expect("a report");
        Self { json, markdown: read("markdown"), html: read("html") }
    }

    /// The two say what JSON says, no more and no less, and nothing of it became markup.
    fn agrees(&self) {
        self.markdown_agrees(&Rendered::of(&self.markdown));
        self.html_agrees(&Element::page(&self.html));
        for text in [&self.markdown, &self.html] {
            assert!(!text.chars().any(|c| c != '\n' && is_hidden(c)), "{text}");
        }
    }

    fn rows(&self) -> &Vec<Value> {
        self.json["results"].as_array().expect("results")
    }

    fn holds(&self, separator: &str) -> Vec<String> {
        let reasons = self.json["hold_reasons"].as_array().expect("reasons").iter();
        reasons.map(|reason| format!("{}{separator}{}", shown(&reason["title"]), shown(&reason["detail"]))).collect()
    }

    /// The lines below the hold reasons.
    fn below(&self) -> Vec<String> {
        let changes = self.rows().iter().filter_map(|row| row["metrics"]["changes"].as_array()).flatten();
        changes.map(|change| format!("{} ({})", shown(&change["path"]), word(&change["kind"]))).collect()
    }

    fn markdown_agrees(&self, rendered: &Rendered) {
        assert_eq!(rendered.headings[0], format!("Decision: {}", word(&self.json["decision"])));
        let rows = rendered.rows.iter().map(|cells| cells[..4].to_vec());
        let expected = self.rows().iter().map(|row| ["kind", "status", "title", "detail"].map(|key| shown(&row[key])));
        assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        assert_eq!(rendered.under("Hold reasons"), self.holds(": "));
        assert_eq!(rendered.below, self.below());
        assert_eq!(rendered.under("Warnings").len(), self.json["warnings"].as_array().expect("warnings").len());
        assert_eq!(rendered.foreign, Vec::<String>::new());
        assert!(rendered.links.iter().all(|(address, text)| address == text), "{:?}", rendered.links);
        harmless(rendered);
    }

    fn html_agrees(&self, page: &Element) {
        let decision = word(&self.json["decision"]);
        assert_eq!(text_of(&page.of_class("verdict")), [decision]);
        assert!(page.named("title")[0].text.starts_with(decision), "{:?}", page.named("title"));
        let mut rows = page.of_class("row");
        rows.sort_by_key(|row| row.attribute("id")[1..].parse::<usize>().expect("an index"));
        let rows = rows.into_iter().map(|row| {
            let part = |class: &str| row.of_class(class)[0].text.clone();
            let (id, kind) = (row.attribute("data-id").to_owned(), row.attribute("data-kind").to_owned());
            [id, kind, part("status"), row.named("h3")[0].text.clone(), part("detail")]
        });
        let keys = ["id", "kind", "status", "title", "detail"];
        let expected = self.rows().iter().map(|row| keys.map(|key| shown(&row[key])));
        assert_eq!(rows.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        let holds = page.of_class("holds").into_iter().flat_map(|section| section.named("li"));
        let below: Vec<_> = page.of_class("below").into_iter().flat_map(|list| list.named("li")).collect();
        assert_eq!(text_of(&below), self.below());
        let holds: Vec<_> = holds.filter(|item| !below.iter().any(|line| std::ptr::eq(*line, *item))).collect();
        let reasons = holds.iter().map(|item| item.text.lines().next().unwrap_or_default());
        assert_eq!(reasons.collect::<Vec<_>>(), self.holds(" "));
        let linked = holds.iter().flat_map(|item| item.named("a")).map(|link| &link.attribute("href")[1..]);
        let held = page.of_class("held").into_iter().map(|row| row.attribute("id"));
        assert!(linked.eq(held), "{holds:?}");
        only_known_markup(page);
    }
}

/// A text as it is to be read.
fn shown(value: &Value) -> String {
    visible(word(value).trim()).into_owned()
}

fn word(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn text_of<'e>(elements: &[&'e Element]) -> Vec<&'e str> {
    elements.iter().map(|element| element.text.as_str()).collect()
}

/// A forge makes links, mentions, references and signs of such text, wherever it is neither code nor a link already.
fn harmless(rendered: &Rendered) {
    let acts = r"(?i)@\w|#\d|\bgh-\d|!\d|://|\bwww\.|:\w+:|\$\w|\b[0-9a-f]*(\d[a-f]|[a-f]\d)[0-9a-f]{5,}\b";
    let acts = Regex::new(acts).expect("an expression");
    let acting: Vec<_> = rendered.runs.iter().filter(|run| acts.is_match(run)).collect();
    assert!(acting.is_empty(), "{acting:?}");
}

/// Every element and attribute is one that the renderer writes, and nothing is loaded or run.
fn only_known_markup(page: &Element) {
    let elements: HashSet<&str> = [
        "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "div", "h1", "h2",
        "h3", "p", "ul", "ol", "li", "span", "strong", "bdi", "q", "code", "pre", "mark", "a", "dl", "dt", "dd",
        "time", "table", "caption", "tbody", "tr", "th", "td",
    ]
    .into();
    let attributes: HashSet<&str> = [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "data-id",
        "data-kind",
        "href",
        "rel",
        "datetime",
        "scope",
    ]
    .into();
    let mut ids = HashSet::new();
    for element in page.all() {
        assert!(elements.contains(element.name.as_str()), "{element:?}");
        assert!(element.attributes.keys().all(|name| attributes.contains(name.as_str())), "{element:?}");
        assert!(element.attribute("id").is_empty() || ids.insert(element.attribute("id")), "{element:?}");
    }
    for link in page.named("a") {
        let target = link.attribute("href");
        let inside = target.strip_prefix('#').is_some_and(|id| ids.contains(id));
        let outside = target == link.text && link.attribute("rel") == "noopener noreferrer nofollow";
        assert!(inside || outside, "{link:?}");
    }
}

/// Snapshots of what does not differ from run to run. The style has a file of its own.
macro_rules! assert_settled {
    ($text:expr, $project:expr) => {
        let text = redacted($text, $project);
        let filters = [
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "<time>"),
            (r"(under )?\d+\.\d (ms|s|min)\b", "<duration>"),
            (r"(?s)<style>.*</style>", "<style>…</style>"),
            (r"sha256-[A-Za-z0-9+/=]{44}'", "sha256-…'"),
        ];
        insta::with_settings!({filters => filters}, { insta::assert_snapshot!(text); });
    };
}

#[test]
fn a_go_in_markdown() {
    let project = go();
    assert_settled!(&project.check_after_ci().args(&["--format", "markdown"]).run().report(0), &project);
}

#[test]
fn a_no_go_in_markdown() {
    let project = no_go();
    let gate = project.check().args(&["--ci-status", "failure", "--format", "markdown"]);
    assert_settled!(&gate.run().report(1), &project);
}

#[test]
fn a_go_in_html() {
    let project = go();
    assert_settled!(&project.check_after_ci().args(&["--format", "html"]).run().report(0), &project);
}

#[test]
fn a_no_go_in_html() {
    let project = no_go();
    let gate = project.check().args(&["--ci-status", "failure", "--format", "html"]);
    assert_settled!(&gate.run().report(1), &project);
}

/// A run that could not be asked, which says so on standard error all the same.
fn unasked(format: &str) -> (Project, String) {
    let project = go();
    project.write("release.yaml", "version: 1.10\nattestatons: {}\n");
    let run = project.check().args(&["--format", format]).run();
    assert!(run.code == Some(2) && run.stderr.contains("release.yaml:1:10"), "{run:?}");
    (project, run.stdout)
}

#[test]
fn what_could_not_be_asked_in_markdown() {
    let (project, markdown) = unasked("markdown");
    assert_settled!(&markdown, &project);
}

#[test]
fn what_could_not_be_asked_in_html() {
    let (project, html) = unasked("html");
    only_known_markup(&Element::page(&html));
    assert_settled!(&html, &project);
}

#[test]
fn a_failure_without_a_place_names_itself() {
    let markdown = Gate::bare().args(&["check", "--repo", "no/such", "--format", "markdown"]).run().report(2);
    let rendered = Rendered::of(&markdown);
    assert_eq!(rendered.headings, ["Decision: none, the gate could not be asked", "Problem"]);
    assert!(rendered.under("Problem")[0].starts_with("--repo no/such: "), "{rendered:?}");
    let page = Element::page(&Gate::bare().args(&["check", "--repo", "no/such", "--format", "html"]).run().report(2));
    assert_eq!(text_of(&page.of_class("verdict")), ["No decision"]);
    assert!(page.of_class("problems")[0].text.contains("--repo no/such: "), "{page:?}");
    only_known_markup(&page);
}

#[test]
fn both_agree_with_json() {
    let (go, no_go) = (go(), no_go());
    let trio = Trio::of(&go, go.check_after_ci());
    assert_eq!(trio.json["decision"], "GO");
    trio.agrees();
    let trio = Trio::of(&no_go, no_go.check().args(&["--ci-status", "failure"]));
    assert_eq!(trio.json["decision"], "NO-GO");
    trio.agrees();
}

#[test]
fn claims_have_their_person_and_the_whole_address() {
    let project = go();
    let trio = Trio::of(&project, project.check_after_ci());
    let address = "https://ci.example.com/jobs/456?env=staging&try=2";
    let rendered = Rendered::of(&trio.markdown);
    assert_eq!(rendered.links, [(address.to_owned(), address.to_owned())]);
    let claims = rendered.under("Claims");
    assert_eq!(claims.len(), 4);
    assert_eq!(
        claims[0],
        format!(
            "Rollback procedure tested: PASS, by Jane Smith on 2026-01-02; evidence {address}; note: Twice, within four minutes."
        )
    );
    let page = Element::page(&trio.html);
    let claimed = page.of_class("claimed")[0];
    let links: Vec<_> = claimed.named("a").into_iter().map(|link| (link.attribute("href"), &link.text[..])).collect();
    assert_eq!(links, [(address, address)]);
    assert!(claimed.text.contains("Evidence: CHG-1234 in the change calendar"), "{claimed:?}");
    assert!(claimed.named("h3").len() == 4 && page.of_class("proven")[0].named("h3").len() == 5);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_part_of_other_words_is_told() {
    let project = Project::drafted();
    project.write("release.yaml", "version: \"1.2.3\"\nattestations: {rollback_tested: {answer: false, by: al}}\n");
    let page = project.check().args(&["--format", "html"]).run().report(1);
    assert!(
        page.contains("Attested as not done (answer: false).</p>\n<p class=\"claim\">Claimed by <bdi>al</bdi></p>")
    );
}

#[test]
fn a_pipeline_lists_what_was_let_through_and_skipped() {
    let project = with_gates(GATES);
    let trio = Trio::of(&project, pipeline::run(&project, &["--draft"]));
    trio.agrees();
    let rendered = Rendered::of(&trio.markdown);
    let page = Element::page(&trio.html);
    for (heading, ids) in
        [("Skipped by their own condition", &["skipped"][..]), ("Let through by policy", &["excused", "reported"])]
    {
        assert_eq!(first_words(&rendered.under(heading)), ids, "{heading}");
        let sections = page.named("section").into_iter().filter(|section| section.named("h2")[0].text == heading);
        let items: Vec<_> = sections.flat_map(|section| section.named("li")).collect();
        assert_eq!(first_words(&text_of(&items)), ids, "{heading}");
    }
    assert_eq!(page.of_class("sum")[0].text, "Result: 1 passed, 2 failed, 1 warned, 1 skipped, 1 unproven");
}

#[cfg(unix)]
fn first_words<'t>(texts: &[&'t str]) -> Vec<&'t str> {
    texts.iter().map(|text| text.split([' ', ':']).next().expect("a word")).collect()
}

#[test]
fn commands_with_lines_of_their_own_show_rows_and_lines() {
    let project = Project::new();
    project.write("notes.txt", "nothing to see here\n");
    let trio = Trio::of(&project, project.gate(&["scan", "repo/notes.txt"]));
    trio.agrees();
    assert_eq!(Rendered::of(&trio.markdown).under("Log"), ["0 findings in 1 file", "Decision: GO"]);
    let page = Element::page(&trio.html);
    assert_eq!(text_of(&page.of_class("log")[0].named("li")), ["0 findings in 1 file", "Decision: GO"]);
}

#[test]
fn a_page_loads_nothing_and_says_so() {
    let project = go();
    let page = Element::page(&project.check_after_ci().args(&["--format", "html"]).run().report(0));
    let policies =
        page.named("meta").into_iter().filter(|meta| meta.attribute("http-equiv") == "Content-Security-Policy");
    let policies: Vec<_> = policies.map(|meta| meta.attribute("content")).collect();
    let [policy] = policies[..] else { panic!("{policies:?}") };
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.attribute("lang"), "en");
    assert_eq!(page.named("title")[0].text, "GO · 1.2.3 · delivery-gate · check");
    let head = page.named("head")[0];
    assert_eq!(head.children[0].attribute("charset"), "utf-8");
    let order: Vec<_> =
        page.named("h2").iter().map(|heading| heading.text.split(' ').next().expect("a word")).collect();
    assert_eq!(order, ["Proven", "Claimed", "Not", "About"]);
}

/// Titles, names, notes, reasons and evidence, all hostile.
fn hostile() -> Project {
    let project = Project::drafted();
    let attested = HOSTILE.iter().enumerate().map(|(index, text)| {
        let evidence = HOSTILE_EVIDENCE.get(index % 7).unwrap_or(text);
        (format!("h{index}"), json!({"answer": true, "by": text, "note": text, "evidence": evidence}))
    });
    let excused = HOSTILE.iter().enumerate().map(|(index, text)| (format!("na{index}"), json!(text)));
    let release = json!({
        "version": "1.2.3",
        "attestations": attested.collect::<serde_json::Map<_, _>>(),
        "not_applicable": excused.collect::<serde_json::Map<_, _>>(),
    });
    let titles = HOSTILE.iter().enumerate().map(|(index, text)| (format!("h{index}"), json!({"title": text})));
    let policy = json!({"attestations": titles.collect::<serde_json::Map<_, _>>()});
    project.write("release.yaml", &release.to_string()).write("delivery-gate.yaml", &policy.to_string());
    project
}

#[test]
fn hostile_text_is_text() {
    let project = hostile();
    for text in HOSTILE {
        Trio::of(&project, project.check().args(&[&format!("--ci-status={text}")])).agrees();
    }
    let trio = Trio::of(&project, project.check());
    let rendered = Rendered::of(&trio.markdown);
    // What stands in `<…>` is a template, and no reason: that row is a claim that nobody made.
    let results = trio.json["results"].as_array().expect("results");
    let made = |row: &&Value| row["kind"] == "ATTESTED" && row["status"] != "NA";
    let claims = results.iter().filter(made).count();
    assert!(claims >= 4 + HOSTILE.len(), "{claims}");
    assert_eq!((rendered.links.len(), rendered.under("Claims").len()), (0, claims));
    let page = Element::page(&trio.html);
    assert_eq!(page.of_class("claimed")[0].named("a").len(), 0);
}

#[test]
fn hostile_files_make_harmless_failures() {
    for text in HOSTILE {
        let project = Project::drafted();
        project.write("release.yaml", &json!({"version": "1.2.3", text: text}).to_string());
        let page = Element::page(&project.check().args(&["--format", "html"]).run().report(2));
        only_known_markup(&page);
        assert_eq!(page.named("a").len(), 0);
        let rendered = Rendered::of(&project.check().args(&["--format", "markdown"]).run().report(2));
        assert_eq!((rendered.foreign.len(), rendered.links.len()), (0, 0), "{rendered:?}");
        harmless(&rendered);
    }
}
