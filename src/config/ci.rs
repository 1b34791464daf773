//! `ci:` in delivery-gate.yaml: what must have passed in CI, and who says so.

use super::policy::texts;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::node::Node;

/// The word that stands for what the forge requires itself.
const RULES: &str = "rules";

/// The keys of `ci`.
pub const KEYS: Keys = &[
    Key::or(
        "from",
        Type::Word(&["reported", "forge"]),
        "reported",
        "Who says what CI came to: `--ci-status` (`reported`), or the forge itself, asked for the very commit.",
    ),
    Key::or(
        "forge",
        Type::Word(&["auto", "github", "gitlab", "gitea", "bitbucket"]),
        "auto",
        "Which forge is asked; `auto` takes the one whose CI this is, else that of the remote. The flag `--ci` comes first.",
    ),
    Key::or(
        "require",
        Type::Either(&[Type::List(&Type::Object("required check", REQUIRED_KEYS)), Type::Word(&[RULES])]),
        "every check that the forge has",
        "The checks that must have passed; only they count then. `rules` are those that the forge requires on its default branch. `from: forge` needs it.",
    ),
    Key::or(
        "ignore",
        Type::List(&Type::Called("check name", &Type::Text)),
        "none",
        "Checks that do not count where none is required, by name.",
    ),
];

const APP: Type = Type::Either(&[Type::Text, Type::Whole { unit: "number", least: 1, most: u32::MAX }]);

/// The keys of one of `require`.
pub const REQUIRED_KEYS: Keys = &[
    Key::required("name", Type::Text, "The check's name, as the forge shows it."),
    Key::or("app", APP, "any", "Who reported it: the app's number or its name in addresses."),
    Key::or(
        "workflow",
        Type::Text,
        "any",
        "The workflow's file, `.github/workflows/ci.yml`; of GitLab, what started the pipeline, `push`.",
    ),
    Key::or("event", Type::Text, "any", "What started it: `push`."),
    Key::or("may_skip", Type::Boolean, "false", "Whether it counts as passed where it was skipped."),
];

/// A valid `ci:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CiPolicy {
    /// Whether the forge is asked.
    pub from_forge: bool,
    /// Which one; none is `auto`.
    pub forge: Option<ForgeKind>,
    /// What must have passed.
    pub require: Require,
    /// Names that do not count.
    pub ignore: Vec<String>,
}

/// A forge that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeKind {
    /// GitHub, of whatever host.
    GitHub,
    /// GitLab, of whatever host.
    GitLab,
    /// Gitea and Forgejo, of whatever host.
    Gitea,
    /// Bitbucket Cloud and Bitbucket Data Center.
    Bitbucket,
}

impl ForgeKind {
    /// All of them, each with its word.
    pub const ALL: [(&'static str, Self); 4] =
        [("github", Self::GitHub), ("gitlab", Self::GitLab), ("gitea", Self::Gitea), ("bitbucket", Self::Bitbucket)];

    /// The one that a word chooses.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// The word that chooses it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}

/// What a policy requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Require {
    /// Nothing by name: everything counts.
    Everything,
    /// What the forge requires itself.
    Rules,
    /// These.
    Named(Vec<Required>),
}

/// One check that must have passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Required {
    /// Its name.
    pub name: String,
    /// Who reports it.
    pub app: Option<AppNamed>,
    /// Its workflow's file.
    pub workflow: Option<String>,
    /// What started it.
    pub event: Option<String>,
    /// Whether it may be skipped.
    pub may_skip: bool,
}

impl Required {
    /// The check of a name, whoever reports it.
    #[must_use]
    pub fn named(name: String) -> Self {
        Self { name, app: None, workflow: None, event: None, may_skip: false }
    }

    /// As `test (.github/workflows/ci.yml)`.
    #[must_use]
    pub fn shown(&self) -> String {
        let app = self.app.as_ref().map(|app| match app {
            AppNamed::Id(id) => id.to_string(),
            AppNamed::Slug(slug) => slug.clone(),
        });
        let more: Vec<_> = [self.workflow.clone(), self.event.clone(), app].into_iter().flatten().collect();
        if more.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, more.join(", ")) }
    }
}

/// An app, as a policy names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppNamed {
    /// By its number.
    Id(u64),
    /// By its name in addresses.
    Slug(String),
}

/// What the judge is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// The checks that must have passed; none is every one.
    pub require: Option<Vec<Required>>,
    /// Names that do not count where none is required.
    pub ignore: Vec<String>,
}

pub(super) fn decode(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<CiPolicy> {
    let fields = decoder.fields(node, "ci", KEYS)?;
    let from =
        fields.get("from").and_then(|node| decoder.choice(node, "ci.from", &[("reported", false), ("forge", true)]));
    let require = require(decoder, &fields);
    let ci = CiPolicy {
        from_forge: from.unwrap_or(false),
        forge: fields.get("forge").and_then(|node| forge(decoder, node)),
        ignore: texts(decoder, fields.get("ignore"), "ci.ignore").into_iter().map(|(_, text)| text).collect(),
        require,
    };
    if ci.from_forge && !fields.has("require") {
        decoder.problem(
            &node.span,
            "`ci.from: forge` has no `require`: nothing says which checks must have passed",
            "name them, for example require: [{name: test}], or write require: rules",
        );
    }
    if let (Some(node), true) = (fields.get("ignore"), ci.require != Require::Everything) {
        decoder.problem(
            &node.span,
            "`ci.ignore` beside `ci.require` changes nothing: only what is required counts",
            "take one of the two out",
        );
    }
    Some(ci)
}

fn forge(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<ForgeKind> {
    let kinds = ForgeKind::ALL.iter().map(|(word, kind)| (*word, Some(*kind)));
    let choices: Vec<_> = [("auto", None)].into_iter().chain(kinds).collect();
    decoder.choice(node, "ci.forge", &choices).flatten()
}

fn require(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Require {
    let Some(node) = fields.get("require") else { return Require::Everything };
    if node.text().is_some() {
        let _ = decoder.choice(node, "ci.require", &[(RULES, ())]);
        return Require::Rules;
    }
    let items = decoder.items(node, "ci.require").unwrap_or_default();
    Require::Named(items.iter().filter_map(|item| required(decoder, item)).collect())
}

fn required(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Required> {
    let what = "a required check";
    let fields = decoder.fields(node, what, REQUIRED_KEYS)?;
    let name = fields.required(decoder, "name", what).and_then(|node| decoder.text(node, "name"));
    Some(Required {
        app: fields.get("app").and_then(|node| app(decoder, node)),
        workflow: fields.get("workflow").and_then(|node| workflow(decoder, node)),
        event: fields.get("event").and_then(|node| decoder.text(node, "event")),
        may_skip: fields.get("may_skip").and_then(|node| decoder.boolean(node, "may_skip")).unwrap_or(false),
        name: name?,
    })
}

/// A number, or a name.
fn app(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<AppNamed> {
    match node.number() {
        Some(number) => match number.parse::<u32>() {
            Ok(id @ 1..) => Some(AppNamed::Id(id.into())),
            _ => decoder.wrong(node, "app", "a number from 1 on, or a name"),
        },
        None => decoder.text(node, "app").map(AppNamed::Slug),
    }
}

/// The file of a workflow by its path: its name alone would never be one.
fn workflow(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<String> {
    let text = decoder.text(node, "workflow")?;
    let is_file = [".yml", ".yaml"].iter().any(|ending| text.ends_with(ending));
    if is_file && !text.contains('/') {
        let help = format!("write its path: .github/workflows/{text}");
        decoder.problem(&node.span, format!("`{text}` is no path of a workflow"), help);
        return None;
    }
    Some(text)
}
