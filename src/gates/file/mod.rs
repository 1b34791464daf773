//! The gate file: everything in it is checked before anything runs, and all problems are reported together.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::command::Command;
use super::condition;
use super::condition::Condition;
use super::gate::Gate;
use super::registry::Registry;
use super::skip::SkipOn;
use super::variables;
use crate::config::Policy;
use crate::model::problem::Problem;
use crate::model::{Place, Source};
use crate::structured::decode::Decoder;
use crate::structured::keys::{Key, Keys, Type};
use crate::structured::node::{Node, Value};
use crate::system::files::Root;

mod fields;
mod include;
mod names;
mod options;
mod schema;
mod spec;
#[cfg(test)]
mod tests;

pub(crate) use crate::records::OnFail;
use include::{Item, Loader};
pub(crate) use schema::SCHEMA_DOCUMENT;
#[cfg(test)]
pub(crate) use schema::made::json_schema;

/// The type that is nothing without a command.
pub(crate) const COMMAND_TYPE: &str = "command";

/// The time limit of a gate that sets none, in seconds.
pub(crate) const DEFAULT_TIMEOUT: u64 = 60;

/// The longest time limit of a gate, in seconds: a day.
pub(crate) const TIMEOUT_LIMIT: u64 = 24 * 60 * 60;

/// The keys of the file.
pub const FILE_KEYS: Keys = &[
    Key::required(
        "gates",
        Type::Called(
            "list of gates, and of files that have more (`include: gates/security.yaml`)",
            &Type::List(&Type::Either(&[Type::Defined("gate"), Type::Object("include", INCLUDE_KEYS)])),
        ),
        "What is run, in this order. An empty list is refused: it would verify nothing.",
    ),
    Key::or("version", VERSION, "\"1.0\"", "The version of the format."),
];

/// The key of an item of the list that is no gate.
pub(crate) const INCLUDE_KEYS: Keys = &[Key::required(
    "include",
    Type::Text,
    "A gate file of the repository, relative to this one: its gates stand here.",
)];

/// YAML has no other number that is written so.
const VERSION: Type = Type::Called(
    "\"1\" or \"1.0\"",
    &Type::Either(&[Type::Word(&["1", "1.0"]), Type::Whole { unit: "number", least: 1, most: 1 }]),
);

/// The keys that every gate may have; those of its type come on top.
pub const COMMON_KEYS: Keys = &[
    Key::required(
        "id",
        Type::Matching("id", &["^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"]),
        "Names the gate and its records: letters, digits, `.`, `_`, `-`, a letter or digit first, at most 128, unique whatever the case. Names of devices on Windows are refused.",
    ),
    Key::or("name", Type::Text, "the id", "The title in the report."),
    Key::required("type", Type::Called("type of gate", &Type::Text), "One of the types below."),
    Key::or("pass_condition", CONDITION, "the type's own judgement", "See Conditions."),
    Key::or(
        "on_fail",
        Type::Word(&[OnFail::WORDS[0].0, OnFail::WORDS[1].0, OnFail::WORDS[2].0]),
        "block",
        "What FAIL and UNPROVEN lead to: see Verdicts.",
    ),
    Key::or(
        "artifact",
        ARTIFACT,
        "true",
        "Whether a record is kept. A name is a file that the command must write into the artifact directory during this run; if it holds a JSON object, that is the metrics. One called `*.json` must.",
    ),
    Key::or(
        "command",
        Type::Either(&[Type::Text, Type::List(&Type::Called("word", &Type::AnyText))]),
        "the type's own source of metrics",
        "What makes the metrics: the JSON object that its standard output is or ends in, and `exit_code`.",
    ),
    Key::or(
        "shell",
        Type::Boolean,
        "false",
        "The command is a script for `sh -e -c` (`cmd /C` on Windows). Variables reach it as `DG_PROJECT_ID` and so on, never as text of the script.",
    ),
    Key::or(
        "fail_fast",
        Type::Boolean,
        "true",
        "Under `shell: true`, the script ends at the first command that fails, also at the left of a pipe where the shell knows `pipefail` (dash before 0.5.13 does not). `false`: its last command decides. Without meaning on Windows.",
    ),
    Key::or("framework", Type::Text, "default", "Kept in the record; for `halluccheck_prri`, whose rules hold."),
    Key::or(
        "timeout_seconds",
        Type::Whole { unit: "number", least: 1, most: TIMEOUT_LIMIT as u32 },
        "60",
        "After that the command and all it started is ended, and the gate is UNPROVEN.",
    ),
    Key::or(
        "skip_on",
        Type::Called("expression, or one or a list of branch globs", &Type::OneOrMany(&Type::Text)),
        "never",
        "See Skipping.",
    ),
    Key::or("skip_on_draft", Type::Boolean, "false", "The gate is skipped under `--draft`."),
    Key::or("parallel", Type::Boolean, "false", "The gate runs together with neighbours that say so too."),
    Key::or(
        "env",
        Type::Map { least: 0, keys: &VARIABLE, values: &Type::AnyText },
        "nothing is added",
        "Added to the command's environment, as it stands.",
    ),
    Key::or("working_dir", WORKING_DIR, "the directory of the run", "Where the command runs."),
];

const CONDITION: Type = Type::Called(
    "expression, or mapping: metric -> test",
    &Type::Either(&[
        Type::TextUpTo(condition::TEXT_LIMIT),
        Type::Map { least: 1, keys: &Type::Called("metric", &Type::Text), values: &Type::Scalar },
    ]),
);

const ARTIFACT: Type = Type::Called(
    "true, false or a file name",
    &Type::Either(&[Type::Boolean, Type::Matching("file name", &["^[^./\\\\:][^/\\\\:]*$"])]),
);

const VARIABLE: Type = Type::Matching("variable", &["^[A-Za-z_][A-Za-z0-9_]*$"]);

const WORKING_DIR: Type = Type::Matching("path inside the repository", &["^[^/\\\\:][^\\\\:]*$", "\\S"]);

/// The gates of a file, in its order; there is at least one, and the ids are distinct.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// In the order of the file.
    pub gates: Vec<GateSpec>,
}

/// A gate as the file has it, with its defaults.
#[derive(Clone)]
pub struct GateSpec {
    /// Fit for a file's name on every system.
    pub id: String,
    /// For people.
    pub name: String,
    /// A name in the registry.
    pub kind: String,
    /// What the metrics must fulfil; without one, the type judges.
    pub pass_condition: Option<Condition>,
    /// What FAIL and UNPROVEN lead to.
    pub on_fail: OnFail,
    /// What is kept of the run.
    pub artifact: ArtifactChoice,
    /// What makes the metrics in place of the type's own source.
    pub command: Option<Command>,
    /// For the type's use.
    pub framework: String,
    /// The time limit.
    pub timeout: Duration,
    /// When the gate is skipped.
    pub skip_on: Option<SkipOn>,
    /// Whether it is skipped for a draft.
    pub skip_on_draft: bool,
    /// Whether it may run beside its neighbours.
    pub parallel: bool,
    /// Added to the command's environment.
    pub env: BTreeMap<String, String>,
    /// Where the command runs, relative to the repository, with `/`.
    pub working_dir: Option<String>,
    /// What its type made of the type's keys.
    pub gate: Arc<dyn Gate>,
    /// A digest of its type, the type's keys and its condition: runs of one configuration are compared with each other.
    pub configuration: String,
    /// Its line in the file, from 1; 0 where it stands in none.
    pub line: usize,
    /// The file and the line, where the file is known.
    pub source: Option<Source>,
}

impl GateSpec {
    /// A gate with every default.
    #[must_use]
    pub fn plain(id: &str, kind: &str, gate: Arc<dyn Gate>) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: kind.to_owned(),
            pass_condition: None,
            on_fail: OnFail::default(),
            artifact: ArtifactChoice::default(),
            command: None,
            framework: "default".to_owned(),
            timeout: Duration::from_secs(DEFAULT_TIMEOUT),
            skip_on: None,
            skip_on_draft: false,
            parallel: false,
            env: BTreeMap::new(),
            working_dir: None,
            gate,
            configuration: options::digest(kind, &serde_json::Map::new(), None),
            line: 0,
            source: None,
        }
    }
}

impl fmt::Debug for GateSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateSpec").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What is kept of a gate's run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ArtifactChoice {
    /// Nothing.
    None,
    /// A record.
    #[default]
    Record,
    /// A record; and the command must write this file into the artifact directory.
    File(String),
}

impl Pipeline {
    /// Reads the gate file at `path`, relative to the root; `shown` is its name in problems. `known_variables` are the
    /// names that a command may use.
    ///
    /// # Errors
    /// Every problem found.
    pub fn load(
        root: &Root,
        path: &Path,
        shown: &str,
        registry: &Registry,
        known_variables: &[&str],
    ) -> Result<Self, Vec<Problem>> {
        Loader::new(root, registry, known_variables).load(path, shown)
    }

    /// Says which file the gates stand in: as the user knows it, and where it is in the repository.
    pub(crate) fn stands_in(&mut self, shown: &str, file: Option<&Place>) {
        for gate in &mut self.gates {
            gate.source = Some(Source::named(shown, Some(gate.line), file.cloned()));
        }
    }

    /// Reads the text of a gate file; `path` is named in problems.
    ///
    /// # Errors
    /// Every problem found.
    pub fn parse(path: &str, text: &str, registry: &Registry, known_variables: &[&str]) -> Result<Self, Vec<Problem>> {
        let items = Self::items(path, text, registry, known_variables)?;
        let gates = items.into_iter().map(|item| match item {
            Item::Gate(gate, _) => Ok(*gate),
            Item::Include(_, span) => {
                let problem = Problem::at(path, text, span, "include: a text by itself includes no file");
                Err(vec![problem.help("load the gate file from its repository")])
            }
        });
        Ok(Self { gates: gates.collect::<Result<_, _>>()? })
    }

    /// Reads what stands in one gate file, without looking at others.
    fn items(path: &str, text: &str, registry: &Registry, known_variables: &[&str]) -> Result<Vec<Item>, Vec<Problem>> {
        let empty = ("the file is empty: there are no gates", "list the gates under `gates:`");
        let read = |decoder: &mut Decoder<'_>, node: &Node<'_>| whole(decoder, node, registry, known_variables);
        Decoder::yaml(path, text, empty, read)
    }

    /// Reads the gates of a policy, with the text around them; `path` is named in problems.
    ///
    /// # Errors
    /// Every problem found.
    pub fn of_policy(path: &str, text: &str) -> Result<(Policy, Option<Self>), Vec<Problem>> {
        let mut found = None;
        let policy = Policy::parse_with(path, text, &mut Self::read_into(&mut found, &Registry::builtin()))?;
        Ok((policy, found))
    }

    /// What reads `gates:` of a policy, in its place.
    pub(crate) fn read_into(
        found: &mut Option<Self>,
        registry: &Registry,
    ) -> impl FnMut(&mut Decoder<'_>, &Node<'_>, &[&str]) -> Vec<String> {
        |decoder, node, known| {
            *found = Self::from_node(decoder, node, registry, &variables::NAMES);
            let gates = found.iter().flat_map(|pipeline| &pipeline.gates);
            let ids: Vec<_> = gates.map(|gate| gate.id.clone()).collect();
            // A gate's id is a row's name: it may not be that of another check.
            for id in ids.iter().filter(|id| known.contains(&id.as_str())) {
                let message = format!("the gate `{id}` has the id of another check");
                decoder.problem(&node.span, message, "choose another id");
            }
            ids
        }
    }

    /// Reads the list under a `gates:` key of another file. The problems are the decoder's.
    pub(crate) fn from_node(
        decoder: &mut Decoder<'_>,
        node: &Node<'_>,
        registry: &Registry,
        known_variables: &[&str],
    ) -> Option<Self> {
        let items = listed(decoder, node)?;
        for item in items.iter().filter(|item| item.entry("include").is_some()) {
            let help = "a policy stands in one file, so that a release tells what changed in it; put the gate here, or into a gate \
                        file for `delivery-gate run`";
            decoder.problem(&item.span, "include: gates of a policy stand in the policy itself", help);
        }
        let gates = spec::Reader::new(decoder, registry, known_variables).gates(items);
        Some(Self { gates })
    }
}

fn listed<'n, 'd>(decoder: &mut Decoder<'_>, node: &'n Node<'d>) -> Option<&'n [Node<'d>]> {
    match &node.value {
        Value::Sequence(items) if items.is_empty() => {
            decoder.problem(&node.span, "there are no gates: `gates` is an empty list", "list at least one gate");
            None
        }
        Value::Sequence(items) => Some(items),
        _ => decoder.wrong(node, "gates", "a list of gates"),
    }
}

fn whole(decoder: &mut Decoder<'_>, node: &Node<'_>, registry: &Registry, known: &[&str]) -> Option<Vec<Item>> {
    if let Value::Sequence(_) = &node.value {
        let message = "the gate file must be a mapping with `gates:`; this is a list";
        decoder.problem(&node.span, message, "write `gates:` above the list, and indent it");
        return None;
    }
    let fields = decoder.fields(node, "the gate file", FILE_KEYS)?;
    if let Some(node) = fields.get("version")
        && !matches!(node.scalar(), Some(("1" | "1.0", _)))
    {
        decoder.problem(&node.span, "this version of the gate file is not known", "known: \"1.0\"");
    }
    let gates = fields.required(decoder, "gates", "the gate file")?;
    let items = listed(decoder, gates)?;
    Some(spec::Reader::new(decoder, registry, known).items(items))
}
