//! One gate of the file.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::include::Item;
use super::{
    ArtifactChoice, COMMAND_TYPE, COMMON_KEYS, DEFAULT_TIMEOUT, GateSpec, INCLUDE_KEYS, OnFail, fields, names, options,
};
use crate::gates::gate::GateType;
use crate::gates::registry::Registry;
use crate::gates::types::command::Command;
use crate::model::escape::visible_up_to;
use crate::model::nearest::suggestion;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::keys::Keys;
use crate::structured::node::Node;

/// Reads gates one after the other, and remembers what may be there once only.
pub(super) struct Reader<'r, 'd> {
    pub(super) decoder: &'r mut Decoder<'d>,
    registry: &'r Registry,
    pub(super) known: &'r [&'r str],
    ids: HashMap<String, usize>,
    files: HashMap<String, usize>,
}

impl<'r, 'd> Reader<'r, 'd> {
    pub(super) fn new(decoder: &'r mut Decoder<'d>, registry: &'r Registry, known: &'r [&'r str]) -> Self {
        Self { decoder, registry, known, ids: HashMap::new(), files: HashMap::new() }
    }

    /// Those that are sound; the problems of the others are the decoder's.
    pub(super) fn gates(&mut self, items: &[Node<'_>]) -> Vec<GateSpec> {
        let own = items.iter().filter(|item| item.entry("include").is_none());
        own.filter_map(|item| self.gate(item)).collect()
    }

    /// The same, each with the place of its id, and the other files that stand among them.
    pub(super) fn items(&mut self, items: &[Node<'_>]) -> Vec<Item> {
        items.iter().filter_map(|item| self.item(item)).collect()
    }

    fn item(&mut self, node: &Node<'_>) -> Option<Item> {
        if node.entry("include").is_none() {
            let span = node.entry("id").map_or_else(|| node.span.clone(), |entry| entry.value.span.clone());
            return self.gate(node).map(|gate| Item::Gate(Box::new(gate), span));
        }
        let fields = self.decoder.fields(node, "an include", INCLUDE_KEYS)?;
        let node = fields.required(self.decoder, "include", "an include")?;
        Some(Item::Include(self.decoder.text(node, "include")?, node.span.clone()))
    }

    fn gate(&mut self, node: &Node<'_>) -> Option<GateSpec> {
        let registry = self.registry;
        let what = title(node);
        let kind = self.kind(node, &what);
        let tables: Vec<Keys> = match kind {
            Some(gate) => vec![COMMON_KEYS, gate.keys()],
            None => std::iter::once(COMMON_KEYS).chain(registry.gates().map(GateType::keys)).collect(),
        };
        let fields = self.decoder.fields_among(node, &what, &tables)?;
        let id = fields.required(self.decoder, "id", &what).and_then(|node| self.id(node));
        let common = self.common(&fields, &what);
        let gate = kind.and_then(|kind| options::read(self.decoder, node, &what, kind));
        if kind.is_some_and(|gate| gate.name() == COMMAND_TYPE) && fields.get("command").is_none() {
            let start = node.span.start..node.span.start;
            let message = format!("{what} has no `command`: its type runs nothing else");
            self.decoder.problem(&start, message, "add `command:`");
        }
        let id = id?;
        let name = fields.get("name").and_then(|node| self.decoder.text(node, &format!("{what}: name")));
        let line = self.decoder.line(&node.span);
        let (gate, own) = gate?;
        let kind = kind?.name();
        Some(GateSpec {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            configuration: options::digest(kind, &own, common.pass_condition.as_ref()),
            kind: kind.to_owned(),
            gate,
            line,
            ..common
        })
    }

    fn kind(&mut self, node: &Node<'_>, what: &str) -> Option<&'r dyn GateType> {
        node.entries()?;
        let Some(entry) = node.entry("type") else {
            let start = node.span.start..node.span.start;
            let help = format!("add `type:`, one of: {}", self.registry.names().join(", "));
            self.decoder.problem(&start, format!("{what} has no `type`"), help);
            return None;
        };
        let name = self.decoder.text(&entry.value, &format!("{what}: type"))?;
        let gate = self.registry.get(&name);
        if gate.is_none() {
            let help = suggestion(&name, self.registry.names().into_iter());
            let message = format!("`{}` is not a type of gate", visible_up_to(&name, 80));
            self.decoder.problem(&entry.value.span, message, help);
        }
        gate
    }

    fn id(&mut self, node: &Node<'_>) -> Option<String> {
        let id = self.decoder.text(node, "id")?;
        if let Err(help) = names::id(&id) {
            let message = format!("`{}` is not an id for a gate", visible_up_to(&id, 140));
            self.decoder.problem(&node.span, message, help);
            return None;
        }
        let taken = Self::once(&mut self.ids, &id, self.decoder.line(&node.span));
        if let Some(line) = taken {
            let message = format!("the id `{id}` is taken: the gate in line {line} has it");
            self.decoder.problem(&node.span, message, "give each gate its own; upper and lower case are the same here");
            return None;
        }
        Some(id)
    }

    /// The line where a name was first, if it was; case is no difference, as for files on Windows and macOS.
    fn once(seen: &mut HashMap<String, usize>, name: &str, line: usize) -> Option<usize> {
        let key = name.to_lowercase();
        let first = seen.get(&key).copied();
        seen.entry(key).or_insert(line);
        first
    }

    /// All but what identifies the gate and makes it one of its type.
    fn common(&mut self, fields: &Fields<'_>, what: &str) -> GateSpec {
        let boolean = |reader: &mut Self, key: &str| {
            let node = fields.get(key)?;
            reader.decoder.boolean(node, &format!("{what}: {key}"))
        };
        GateSpec {
            pass_condition: fields.get("pass_condition").and_then(|node| fields::condition(self, node, what)),
            on_fail: self.on_fail(fields, what).unwrap_or_default(),
            artifact: fields.get("artifact").and_then(|node| self.artifact(node, what)).unwrap_or_default(),
            command: fields::command(self, fields, what),
            framework: self.text(fields, "framework", what).unwrap_or_else(|| "default".to_owned()),
            timeout: Duration::from_secs(fields::timeout(self.decoder, fields, what).unwrap_or(DEFAULT_TIMEOUT)),
            skip_on: fields.get("skip_on").and_then(|node| fields::skip_on(self, node, what)),
            skip_on_draft: boolean(self, "skip_on_draft").unwrap_or(false),
            parallel: boolean(self, "parallel").unwrap_or(false),
            env: fields.get("env").map_or_else(BTreeMap::new, |node| fields::env(self, node, what)),
            working_dir: self.working_dir(fields, what),
            ..GateSpec::plain("", COMMAND_TYPE, Arc::new(Command))
        }
    }

    fn text(&mut self, fields: &Fields<'_>, key: &str, what: &str) -> Option<String> {
        let node = fields.get(key)?;
        self.decoder.text(node, &format!("{what}: {key}"))
    }

    fn on_fail(&mut self, fields: &Fields<'_>, what: &str) -> Option<OnFail> {
        let node = fields.get("on_fail")?;
        self.decoder.choice(node, &format!("{what}: on_fail"), &OnFail::WORDS)
    }

    fn artifact(&mut self, node: &Node<'_>, what: &str) -> Option<ArtifactChoice> {
        if let Some(wanted) = node.boolean() {
            return Some(if wanted { ArtifactChoice::Record } else { ArtifactChoice::None });
        }
        let name = self.decoder.text(node, &format!("{what}: artifact"))?;
        if let Err(help) = names::artifact(&name) {
            let message = format!("{what}: artifact must be true, false or the name of a file");
            self.decoder.problem(&node.span, message, help);
            return None;
        }
        if let Some(line) = Self::once(&mut self.files, &name, self.decoder.line(&node.span)) {
            let message = format!("the file `{name}` is another gate's: line {line} names it");
            self.decoder.problem(&node.span, message, "give each gate a file of its own");
            return None;
        }
        Some(ArtifactChoice::File(name))
    }

    fn working_dir(&mut self, fields: &Fields<'_>, what: &str) -> Option<String> {
        let node = fields.get("working_dir")?;
        let text = self.decoder.text(node, &format!("{what}: working_dir"))?;
        if let Err(help) = names::working_dir(&text) {
            self.decoder.problem(&node.span, format!("{what}: working_dir is not inside the repository"), help);
            return None;
        }
        Some(text)
    }

    /// A problem within a text of the file.
    pub(super) fn within(&mut self, node: &Node<'_>, range: Range<usize>, message: String, help: &str) {
        let span = self.decoder.within(node, range);
        self.decoder.problem(&span, message, help);
    }
}

/// How problems call a gate.
fn title(node: &Node<'_>) -> String {
    let id = node.entry("id").and_then(|entry| entry.value.scalar());
    match id {
        Some((text, _)) if names::id(text).is_ok() => format!("gate `{text}`"),
        _ => "a gate".to_owned(),
    }
}
