//! The records of one commit.

use std::sync::OnceLock;

use jiff::civil::Date;

use super::super::{Enforcement, Unclear};
use super::AdrSettings;
use super::name::Name;
use super::record::Record;
use super::{front_matter, supersedes};
use crate::git::{File, Snapshot};
use crate::model::escape::visible_up_to;

/// Where records are kept when nobody says where.
const FOLDERS: [&str; 6] = ["docs/adr", "docs/adrs", "doc/adr", "docs/decisions", "docs/architecture/decisions", "adr"];
/// adr-tools' file that names the folder.
const POINTER: &str = ".adr-dir";
const POINTER_LIMIT: u64 = 4096;
/// The largest record, in bytes.
const RECORD_LIMIT: u64 = 1 << 20;
/// The most records.
const RECORDS_LIMIT: usize = 10_000;
/// The most text that is looked through for "supersedes", in bytes.
const TEXT_LIMIT: usize = 256 << 20;

/// The records of one commit.
pub(super) struct Shelf<'r> {
    snapshot: Snapshot<'r>,
    folders: Vec<String>,
    slots: Vec<Slot>,
    superseding: OnceLock<Result<Vec<Superseding>, String>>,
    today: Option<Date>,
}

/// A record that has not been read.
struct Slot {
    folder: usize,
    file: File,
    name: Name,
}

/// A record that takes others' places.
struct Superseding {
    slot: usize,
    targets: Vec<Name>,
}

/// A record that is accepted.
pub(super) struct Accepted {
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) scope: Option<Vec<String>>,
    pub(super) enforcement: Enforcement,
    pub(super) text: String,
    pub(super) warning: Option<String>,
}

impl<'r> Shelf<'r> {
    /// Lists the records, and reads none.
    pub(super) fn open(snapshot: Snapshot<'r>, settings: &AdrSettings) -> Result<Self, String> {
        let folders = match settings.folders.as_deref() {
            Some(folders) => listed(folders)?,
            None => named_or_usual(&snapshot)?,
        };
        let mut slots = Vec::new();
        for (folder, path) in folders.iter().enumerate() {
            let files = snapshot.files(path).map_err(|why| format!("{}: {why}", shown(path)))?.unwrap_or_default();
            let named = files.into_iter().filter_map(|file| Some((Name::of_file(&file.name)?, file)));
            slots.extend(named.map(|(name, file)| Slot { folder, file, name }));
        }
        if slots.len() > RECORDS_LIMIT {
            return Err(format!("there are more than {RECORDS_LIMIT} decision records"));
        }
        Ok(Self { snapshot, folders, slots, superseding: OnceLock::new(), today: settings.today })
    }

    /// The record of a reference, when it is accepted.
    pub(super) fn accepted(&self, id: &str) -> Result<Accepted, String> {
        let slot = self.find(id)?;
        let path = self.path(&self.slots[slot]);
        let place = |why| format!("{}: {why}", shown(&path));
        let text = self.text(slot).map_err(place)?;
        self.accepted_as(slot, &Record::read(&text).map_err(place)?)
    }

    fn accepted_as(&self, slot: usize, record: &Record<'_>) -> Result<Accepted, String> {
        let path = self.path(&self.slots[slot]);
        let place = |why| format!("{}: {why}", shown(&path));
        let line = record.accepted_at().map_err(place)?;
        if let Some(why) = self.today.and_then(|today| record.not_yet(today)) {
            return Err(place(why));
        }
        if let Some(by) = self.superseding_of(slot)? {
            return Err(place(format!("it is superseded by {}, which is accepted", shown(&self.path(by)))));
        }
        let (scope, enforcement) = (record.scope(), record.enforcement());
        Ok(Accepted { path, line, scope, enforcement, warning: record.warning(), text: record.text.to_owned() })
    }

    /// Every record that is accepted, with the reference that means it alone, and those of which nobody can tell.
    pub(super) fn all(&self) -> (Vec<(String, Accepted)>, Vec<Unclear>) {
        let (mut accepted, mut unclear) = (Vec::new(), Vec::new());
        for slot in 0..self.slots.len() {
            match self.one(slot) {
                Ok(Some(one)) => accepted.push((self.id(slot), one)),
                Ok(None) => {}
                Err(one) => unclear.push(one),
            }
        }
        (accepted, unclear)
    }

    fn one(&self, slot: usize) -> Result<Option<Accepted>, Unclear> {
        let place = |why| format!("{}: {why}", shown(&self.path(&self.slots[slot])));
        let text = self.text(slot).map_err(|why| Unclear { scope: None, is_scoped: true, why: place(why) })?;
        let record = Record::read(&text).map_err(|why| {
            let is_scoped = front_matter::speaks_of_scope(&text);
            Unclear { scope: None, is_scoped, why: place(why) }
        })?;
        match self.accepted_as(slot, &record) {
            Ok(accepted) => Ok(Some(accepted)),
            Err(why) if record.disagrees() || (record.accepted_at().is_ok() && self.superseding_of(slot).is_err()) => {
                Err(Unclear { is_scoped: record.scope().is_some(), scope: record.scope(), why })
            }
            Err(_) => Ok(None),
        }
    }

    /// The reference that means a record and no other.
    fn id(&self, slot: usize) -> String {
        let Slot { name, file, .. } = &self.slots[slot];
        let is_alone = self.slots.iter().filter(|other| name.has_number_of(&other.name)).count() == 1;
        name.reference(Some(file.name.as_str()).filter(|_| !is_alone))
    }

    /// The folders of the records.
    pub(super) fn folders(&self) -> &[String] {
        &self.folders
    }

    fn find(&self, id: &str) -> Result<usize, String> {
        let name =
            Name::of(id).ok_or_else(|| format!("{id} has no number; records are found by theirs, as in ADR-12"))?;
        let all = || self.slots.iter().enumerate();
        let mut found: Vec<usize> =
            all().filter(|(_, slot)| name.has_number_of(&slot.name)).map(|(at, _)| at).collect();
        // The whole name tells records of one number, or of one day, apart.
        if name.is_dated() || (found.len() > 1 && name.has_title()) {
            let exact: Vec<usize> = all().filter(|(_, slot)| name == slot.name).map(|(at, _)| at).collect();
            found = if exact.is_empty() { found } else { exact };
        }
        match found.as_slice() {
            [] => Err(format!("there is no record {id} in {}", self.places())),
            [one] => Ok(*one),
            [one, two, ..] => Err(self.both(*one, *two, &name)),
        }
    }

    fn both(&self, one: usize, two: usize, name: &Name) -> String {
        let [one, two] = [one, two].map(|slot| shown(&self.path(&self.slots[slot])));
        let full = if name.is_dated() { "ADR-20200101-title" } else { "ADR-0007-title" };
        format!("two files have this number: {one} and {two}; name one in full, as in {full}")
    }

    fn places(&self) -> String {
        let shown: Vec<String> = self.folders.iter().map(|folder| shown(folder)).collect();
        shown.join(", ")
    }

    fn path(&self, slot: &Slot) -> String {
        format!("{}/{}", self.folders[slot.folder], slot.file.name)
    }

    fn text(&self, slot: usize) -> Result<String, String> {
        let bytes = self.snapshot.read_file(&self.slots[slot].file, RECORD_LIMIT)?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
    }

    /// The record that takes another's place.
    fn superseding_of(&self, slot: usize) -> Result<Option<&Slot>, String> {
        let superseding = self.superseding.get_or_init(|| self.look_through()).as_ref().map_err(Clone::clone)?;
        let name = &self.slots[slot].name;
        let takes = |other: &&Superseding| other.slot != slot && other.targets.iter().any(|target| target.means(name));
        Ok(superseding.iter().find(takes).map(|other| &self.slots[other.slot]))
    }

    /// Reads every record, but parses only those that speak of superseding.
    fn look_through(&self) -> Result<Vec<Superseding>, String> {
        let mut superseding = Vec::new();
        let mut total = 0;
        for (at, slot) in self.slots.iter().enumerate() {
            let place = |why: String| format!("{}, which may supersede it: {why}", shown(&self.path(slot)));
            let bytes = self.snapshot.read_file(&slot.file, RECORD_LIMIT).map_err(place)?;
            total += bytes.len();
            if total > TEXT_LIMIT {
                return Err(format!("the decision records are larger than {TEXT_LIMIT} bytes together"));
            }
            if supersedes::is_mentioned(&bytes) {
                superseding.extend(superseded_by(at, bytes).map_err(place)?);
            }
        }
        Ok(superseding)
    }
}

fn superseded_by(slot: usize, bytes: Vec<u8>) -> Result<Option<Superseding>, String> {
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let record = Record::read(&text)?;
    let targets: Vec<Name> = record.supersedes.iter().filter_map(|target| Name::of(target)).collect();
    Ok((record.was_accepted() && !targets.is_empty()).then_some(Superseding { slot, targets }))
}

/// The folder that [`POINTER`] names, else every usual one that there is.
fn named_or_usual(snapshot: &Snapshot<'_>) -> Result<Vec<String>, String> {
    let named = snapshot.read(POINTER, POINTER_LIMIT).map_err(|why| format!("{POINTER}: {why}"))?;
    if let Some(bytes) = named {
        let text = str::from_utf8(&bytes).map_err(|_| format!("{POINTER}: it is not UTF-8 text"))?;
        return Ok(vec![inside(text).map_err(|why| format!("{POINTER}: {why}"))?]);
    }
    let is_there = |folder: &&str| snapshot.files(folder).is_ok_and(|files| files.is_some());
    let there: Vec<String> =
        FOLDERS.iter().filter(|folder| is_there(folder)).map(|&folder| folder.to_owned()).collect();
    Ok(if there.is_empty() { FOLDERS.map(str::to_owned).to_vec() } else { there })
}

/// The folders of the policy, each once: a folder that is there twice would have every number twice.
fn listed(folders: &[String]) -> Result<Vec<String>, String> {
    let mut distinct = Vec::new();
    for folder in folders {
        let folder = inside(folder)?;
        if !distinct.contains(&folder) {
            distinct.push(folder);
        }
    }
    Ok(distinct)
}

/// A folder within the repository, in git's spelling.
fn inside(folder: &str) -> Result<String, String> {
    let folder = folder.trim();
    let parts: Vec<&str> = folder.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let is_outside = folder.starts_with('/') || folder.contains(['\\', ':']) || parts.contains(&"..");
    if parts.is_empty() || is_outside || folder.contains(char::is_control) {
        return Err(format!("\"{}\" is not a folder inside the repository", shown(folder)));
    }
    Ok(parts.join("/"))
}

fn shown(path: &str) -> String {
    visible_up_to(path, 200)
}
