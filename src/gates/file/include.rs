//! Gate files that include others of the repository, so that the parts of one project share them.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use super::{GateSpec, Pipeline};
use crate::config::SIZE_LIMIT;
use crate::gates::registry::Registry;
use crate::model::Place;
use crate::model::Source;
use crate::model::escape::visible_up_to;
use crate::model::problem::Problem;
use crate::system::files::{ReadError, Root};

/// How many files one may bring in, itself among them.
const FILE_LIMIT: usize = 100;

/// What one file has in its list, in its order.
pub(super) enum Item {
    /// A gate, and where its id stands.
    Gate(Box<GateSpec>, Range<usize>),
    /// Another file, and where its path stands.
    Include(String, Range<usize>),
}

/// Reads files and what they include, each once on every way to it.
pub(super) struct Loader<'l> {
    pub(super) root: &'l Root,
    pub(super) registry: &'l Registry,
    pub(super) known: &'l [&'l str],
    /// The files that are being read, from the outermost on, and their names for people.
    way: Vec<(PathBuf, String)>,
    files: usize,
    gates: Vec<GateSpec>,
    /// Where each id and each file of a gate was first, whatever the case.
    taken: HashMap<String, String>,
    problems: Vec<Problem>,
}

impl<'l> Loader<'l> {
    pub(super) fn new(root: &'l Root, registry: &'l Registry, known: &'l [&'l str]) -> Self {
        Self {
            root,
            registry,
            known,
            way: Vec::new(),
            files: 0,
            gates: Vec::new(),
            taken: HashMap::new(),
            problems: Vec::new(),
        }
    }

    /// The gates of a file, relative to the root, and of what it includes, in the order in which they stand.
    ///
    /// # Errors
    /// Every problem of every file.
    pub(super) fn load(mut self, path: &Path, shown: &str) -> Result<Pipeline, Vec<Problem>> {
        let text = crate::config::load_anywhere(
            self.root,
            path,
            shown,
            |_, text| Ok(text.to_owned()),
            "check the path of the gate file",
        )?;
        let resolved = self.root.resolve(path).unwrap_or_else(|_| path.to_owned());
        self.file(path, resolved, shown, &text);
        if self.problems.is_empty() { Ok(Pipeline { gates: self.gates }) } else { Err(self.problems) }
    }

    /// One file, whose text was read.
    fn file(&mut self, path: &Path, resolved: PathBuf, shown: &str, text: &str) {
        self.files += 1;
        let items = match Pipeline::items(shown, text, self.registry, self.known) {
            Ok(items) => items,
            Err(problems) => return self.problems.extend(problems),
        };
        self.way.push((resolved, shown.to_owned()));
        for item in items {
            match item {
                Item::Gate(gate, span) => self.gate(*gate, path, shown, (text, span)),
                Item::Include(named, span) => {
                    if let Err((message, help)) = self.include(&named, path) {
                        self.problems.push(Problem::at(shown, text, span, message).help(help));
                    }
                }
            }
        }
        self.way.pop();
    }

    fn gate(&mut self, mut gate: GateSpec, path: &Path, shown: &str, (text, span): (&str, Range<usize>)) {
        let here = format!("{shown}:{}", gate.line);
        let file = if let super::ArtifactChoice::File(name) = &gate.artifact { Some(name.clone()) } else { None };
        let names = [
            Some((format!("id {}", gate.id), format!("the id `{}`", gate.id))),
            file.map(|name| (format!("file {name}"), format!("the file `{name}`"))),
        ];
        for (key, what) in names.into_iter().flatten() {
            match self.taken.entry(key.to_lowercase()) {
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(here.clone());
                }
                std::collections::hash_map::Entry::Occupied(first) => {
                    let message = format!("{what} is taken: the gate in {} has it", first.get());
                    let help =
                        "give each gate its own, and include each file once; upper and lower case are the same here";
                    self.problems.push(Problem::at(shown, text, span, message).help(help));
                    return;
                }
            }
        }
        gate.source = Some(Source::named(shown, Some(gate.line), Place::under(path, "")));
        self.gates.push(gate);
    }

    /// Reads a file that another one names, relative to that one's folder.
    fn include(&mut self, named: &str, from: &Path) -> Result<(), (String, String)> {
        let quoted = visible_up_to(named, 100);
        let wrong = |message: String, help: &str| Err((message, help.to_owned()));
        let Some(path) = beside(from, named) else {
            return wrong(
                format!("include: `{quoted}` leads out of the repository"),
                "name a file of the repository, relative to this one",
            );
        };
        let shown = Place::under(&path, "").map_or_else(|| path.display().to_string(), |place| place.path);
        if self.files == FILE_LIMIT {
            return wrong(format!("include: more than {FILE_LIMIT} files"), "include fewer");
        }
        let text = match self.root.read_text(&path, SIZE_LIMIT) {
            Ok(text) => text,
            Err(ReadError::Missing) => {
                return wrong(
                    format!("include: there is no file `{shown}`"),
                    "the path is relative to the folder of this file",
                );
            }
            Err(error) => return wrong(format!("include: {shown}: {error}"), "name a gate file of the repository"),
        };
        if let Some(at) = self.way.iter().position(|(known, _)| *known == text.resolved) {
            let way: Vec<_> = self.way[at..].iter().map(|(_, shown)| shown.as_str()).chain([shown.as_str()]).collect();
            return wrong(
                format!("include: the files include each other in a circle: {}", way.join(" -> ")),
                "take one of them out",
            );
        }
        self.file(&path, text.resolved, &shown, &text.content);
        Ok(())
    }
}

/// A path beside a file, relative to the root; `None` where it leads out of it.
fn beside(from: &Path, named: &str) -> Option<PathBuf> {
    let mut path = from.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(&named.replace('\\', "/")).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}
