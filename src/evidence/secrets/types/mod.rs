//! The types as people write them, a file each in this folder, and the table that is made of them: `table.rs`, which the program
//! is built with. `UPDATE_GENERATED=1 cargo test` writes it anew.
//!
//! A file has
//!
//! - `id`, `vendor`, and `source`: where the form is documented;
//! - `rank`: of two findings that overlap the one of the lower rank stays, an auto-blocking one before that `[5]`;
//! - `auto_block`: whether it is reported whatever its confidence `[false]`;
//! - `context`: words in lower case that make it likelier within 50 bytes;
//! - a `[[form]]` each: either `keywords`, case as it is, and the `pattern` from a keyword's first byte on (with `before`: around it);
//!   or `names`, in lower case and without marks, one of which the name or what stands before it says, and the `value` that is
//!   assigned; or `keywords` and `value`: what is assigned to a name with a keyword. Of a pattern group 1 is the secret, the last one that
//!   took part, without a group the whole match; ASCII, no look-around; no class `[^\s…` takes a control character, none `[^\n…` a NUL.
//!   With `keywords` and a `pattern`, `names` are what stands directly before the keyword, and `needs` literals of which one has to be
//!   near: without it the pattern is not asked;
//! - of a form: `before` `[0]` and `reach` `[512]`, how many bytes before and from a keyword on the pattern sees; `boundary` `[word]`;
//!   `min_entropy` `[0]`; `confidence` `[0.90]`; `verify`; `matches` and `misses`, samples, of which `{}` is taken out when
//!   they are read, so that no hosting service takes them for secrets.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::rules::{Boundary, Shape, Verify};

mod packing;

/// A type's file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Type {
    pub id: String,
    #[serde(default)]
    pub vendor: String,
    pub source: String,
    #[serde(default = "usual_rank")]
    pub rank: u8,
    #[serde(default)]
    pub auto_block: bool,
    #[serde(default)]
    pub context: Vec<String>,
    pub form: Vec<Form>,
}

/// One form of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Form {
    pub description: String,
    #[serde(default)]
    pub keywords: Vec<String>,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    pub needs: Vec<String>,
    pub pattern: Option<String>,
    pub value: Option<String>,
    #[serde(default)]
    pub before: usize,
    #[serde(default = "usual_reach")]
    pub reach: usize,
    #[serde(default)]
    pub boundary: Boundary,
    #[serde(default)]
    pub min_entropy: f64,
    #[serde(default = "usual_confidence")]
    pub confidence: f64,
    pub verify: Option<Verify>,
    pub context: Option<Vec<String>>,
    pub matches: Vec<String>,
    pub misses: Vec<String>,
}

fn usual_rank() -> u8 {
    5
}

fn usual_reach() -> usize {
    512
}

fn usual_confidence() -> f64 {
    0.90
}

impl Form {
    fn shape(&self) -> Shape {
        match (&self.pattern, self.names.is_empty()) {
            (Some(_), _) => Shape::Token,
            (None, true) => Shape::Assigned,
            (None, false) => Shape::Named,
        }
    }

    fn pattern(&self) -> &str {
        self.pattern.as_ref().or(self.value.as_ref()).expect("a pattern or a value")
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/evidence/secrets")
}

/// The types, in the order of the table: by rank, then by name.
pub(super) fn all() -> Vec<Type> {
    let files = fs::read_dir(folder().join("types")).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let of: Type = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        assert_eq!(path.file_stem().unwrap().to_str().unwrap(), of.id.to_lowercase(), "a file is named as its type");
        of
    };
    let mut types: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "toml")).map(read).collect();
    types.sort_by(|one, other| (one.rank, &one.id).cmp(&(other.rank, &other.id)));
    types
}

/// The keywords of all forms, each with the number of its rule.
fn keywords(types: &[Type]) -> Vec<(usize, String)> {
    let forms = types.iter().flat_map(|of| &of.form).enumerate();
    forms.flat_map(|(rule, form)| form.keywords.iter().map(move |keyword| (rule, keyword.clone()))).collect()
}

fn rules(types: &[Type]) -> String {
    let mut text = String::new();
    for (of, form) in types.iter().flat_map(|of| of.form.iter().map(move |form| (of, form))) {
        let Form { keywords, names, needs, before, reach, boundary, min_entropy, confidence, verify, .. } = form;
        let (id, auto_block) = (&of.id, of.auto_block);
        let context = form.context.as_ref().unwrap_or(&of.context);
        let verify = verify.map_or_else(|| "None".to_owned(), |verify| format!("Some(Verify::{verify:?})"));
        let (shape, pattern) = (form.shape(), form.pattern());
        write!(
            text,
            "    Rule {{ id: {id:?}, keywords: &{keywords:?}, shape: Shape::{shape:?}, names: &{names:?}, needs: &{needs:?},\n        \
             pattern: r##\"{pattern}\"##,\n        \
             before: {before}, reach: {reach}, boundary: Boundary::{boundary:?}, min_entropy: {min_entropy:?}, \
             confidence: {confidence:?},\n        auto_block: {auto_block}, verify: {verify}, context: &{context:?} }},\n"
        )
        .unwrap();
    }
    text
}

fn searchers(keywords: &[(usize, String)], packed: &[Vec<String>]) -> String {
    let mut by_literal: BTreeMap<&str, String> = BTreeMap::new();
    for (rule, keyword) in keywords {
        let literal = packed.iter().flatten().find(|literal| keyword.contains(literal.as_str())).expect("a literal");
        let offset = keyword.find(literal.as_str()).unwrap();
        let candidate = format!("Candidate {{ rule: {rule}, keyword: {keyword:?}, offset: {offset} }}, ");
        by_literal.entry(literal).or_default().push_str(&candidate);
    }
    let mut text = String::new();
    for literals in packed {
        text.push_str("    &[\n");
        for literal in literals {
            let of = by_literal.get(literal.as_str()).map_or("", String::as_str).trim_end_matches(", ");
            writeln!(text, "        Literal {{ text: {literal:?}, of: &[{of}] }},").unwrap();
        }
        text.push_str("    ],\n");
    }
    text
}

/// The table, with these literals.
fn made(types: &[Type], packed: &[Vec<String>]) -> String {
    let (keywords, rules) = (keywords(types), rules(types));
    let (searchers, key) = (searchers(&keywords, packed), packing::key(&keywords));
    format!(
        "//! Made from the files in `types` by `UPDATE_GENERATED=1 cargo test`: not to be changed by hand.\n\n\
         use super::rules::{{Boundary, Candidate, Literal, Rule, Shape, Verify}};\n\n\
         /// What the literals below were chosen for: SHA-256 of the keywords and of the measured frequencies.\n\
         #[cfg(test)]\n\
         pub(super) const KEY: &str = {key:?};\n\n\
         /// Every form of every type, the more specific first.\n\
         #[rustfmt::skip]\n\
         pub(super) static RULES: &[Rule] = &[\n{rules}];\n\n\
         /// The literals of each pass over the text.\n\
         #[rustfmt::skip]\n\
         pub(super) static SEARCHERS: &[&[Literal]] = &[\n{searchers}];\n"
    )
}

/// The literals are chosen anew only where the keywords or the frequencies are others.
#[test]
fn the_table_is_current() {
    let types = all();
    let path = folder().join("table.rs");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let is_packed = super::table::KEY == packing::key(&keywords(&types));
    let update = std::env::var_os("UPDATE_GENERATED").is_some();
    let packed = match is_packed || !update {
        true => super::table::SEARCHERS.iter().map(|l| l.iter().map(|l| l.text.to_owned()).collect()).collect(),
        false => packing::pack(&keywords(&types)),
    };
    let made = made(&types, &packed);
    if update {
        fs::write(&path, &made).unwrap();
    }
    assert!(
        text == made,
        "src/evidence/secrets/table.rs is not what the types say: UPDATE_GENERATED=1 cargo test writes it"
    );
}

/// The documents' table: what each type is, whose, where its form is documented, and how sure a match is.
fn documented(types: &[Type]) -> String {
    let mut text =
        "| type | what | base confidence | blocks | form documented by |\n|---|---|---|---|---|\n".to_owned();
    let mut types: Vec<_> = types.iter().collect();
    types.sort_by(|one, other| (!one.auto_block, &one.id).cmp(&(!other.auto_block, &other.id)));
    for of in types {
        let whats: Vec<_> = of.form.iter().map(|form| form.description.as_str()).collect();
        let mut sure: Vec<_> = of.form.iter().map(|form| format!("{:.2}", form.confidence)).collect();
        sure.sort_unstable();
        sure.dedup();
        let vendor = if of.vendor.is_empty() { "its standard" } else { &of.vendor };
        let source = match of.source.starts_with("https://") {
            true => format!("[{vendor}]({})", of.source),
            false => "this page".to_owned(),
        };
        let blocks = if of.auto_block { "yes" } else { "no" };
        let (whats, sure) = (whats.join("; "), sure.join(" or "));
        writeln!(text, "| `{}` | {whats} | {sure} | {blocks} | {source} |", of.id).unwrap();
    }
    text
}

#[test]
fn the_documents_have_every_type() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/secrets.md");
    let text = fs::read_to_string(&path).unwrap();
    let mark = "<!-- types of secrets: made from the program -->\n";
    let (before, rest) = text.split_once(mark).unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let made = format!("{before}{mark}{}<!-- end -->{after}", documented(&all()));
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert!(text == made, "docs/secrets.md has other types: UPDATE_GENERATED=1 cargo test writes it");
}
