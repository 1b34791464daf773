//! What git's attributes and submodules make of a file or folder that is not plainly the same.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use git2::{AttrCheckFlags, AttrValue, Repository as Handle};

use super::content::{Conversion, Crlf, POINTER_LIMIT, Pointer, converted_id};
use super::dir::{Dir, Kind};
use super::index::Entry;
use super::object::cause;
use super::walk::{Changed, Settle, Submodule};
use super::{Repository, as_path};

/// Settles by asking libgit2 for attributes and objects; it runs nothing.
pub(super) struct FilterCheck<'a> {
    pub(super) top: &'a Path,
    pub(super) handle: &'a Mutex<Handle>,
    /// How many repositories this one is a submodule in.
    pub(super) nesting: usize,
}

/// How many repositories may lie in each other: it bounds the stack and the open handles.
const NESTING_LIMIT: usize = 32;

impl Settle for FilterCheck<'_> {
    fn is_converted(&self, file: &Changed<'_>) -> Result<bool, String> {
        let unreadable = |error: std::io::Error| format!("it could not be read: {error}");
        self.attributes_are_files(file.path)?;
        let conversion = self.conversion(file.path).map_err(|error| error.message().to_owned())?;
        let open = || file.dir.file(file.name).map_err(unreadable);
        match conversion.filter.as_deref() {
            None if file.resized => return Ok(false),
            None => {}
            Some("lfs") => {
                let Some(pointer) = self.pointer(file.entry)? else { return Ok(false) };
                return pointer.is_of(&mut open()?, file.size).map_err(unreadable);
            }
            Some(filter) => return Err(format!("it goes through the filter {filter}, which the gate does not run")),
        }
        if conversion.encoding {
            return Err("it has a working-tree-encoding, which the gate cannot undo".to_owned());
        }
        Ok(converted_id(file.entry.id.format(), open()?, file.size, &conversion).map_err(unreadable)?
            == Some(file.entry.id))
    }

    fn submodule(&self, path: &[u8], entry: &Entry, dir: &Dir) -> Result<Submodule, String> {
        if dir.find(b".git").is_err() {
            return Ok(Submodule { is_clean: is_empty(dir)?, ..Submodule::default() });
        }
        if self.nesting >= NESTING_LIMIT {
            return Err("submodules are nested too deep".to_owned());
        }
        let submodule =
            Repository::open(&self.top.join(as_path(path))).map_err(|unavailable| unavailable.to_string())?;
        let head = submodule.head().map_err(|unavailable| unavailable.to_string())?;
        if head != entry.id.to_string() {
            return Ok(Submodule::default());
        }
        let state = submodule.nested_state(self.nesting + 1);
        match state.unproven.first() {
            Some(why) if state.dirty_total == 0 => Err(why.clone()),
            _ => Ok(Submodule { is_clean: state.is_clean(), overlooked: state.overlooked }),
        }
    }
}

/// A submodule that was not fetched is an empty folder.
fn is_empty(dir: &Dir) -> Result<bool, String> {
    let mut empty = true;
    dir.names(|_, kind| empty &= kind == Kind::Other).map_err(|error| error.to_string())?;
    Ok(empty)
}

impl FilterCheck<'_> {
    /// Git does not follow a linked `.gitattributes`, libgit2 does, and a pipe would hold up both.
    fn attributes_are_files(&self, path: &[u8]) -> Result<(), String> {
        for folder in as_path(path).ancestors().skip(1) {
            let file = folder.join(".gitattributes");
            if self.top.join(&file).symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) {
                return Err(format!("{} is not a regular file", file.display()));
            }
        }
        Ok(())
    }

    fn conversion(&self, path: &[u8]) -> Result<Conversion, git2::Error> {
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        let path = as_path(path);
        let attribute = |name: &str| {
            let value = handle.get_attr_bytes(path, name, AttrCheckFlags::FILE_THEN_INDEX)?;
            Ok::<_, git2::Error>(Attribute::of(value))
        };
        let autocrlf = autocrlf(&handle);
        let text = match attribute("text")? {
            Attribute::Unspecified => attribute("crlf")?,
            text => text,
        };
        Ok(Conversion {
            crlf: crlf(&text, &attribute("eol")?, autocrlf),
            ident: attribute("ident")? == Attribute::Set,
            filter: attribute("filter")?.value(),
            encoding: attribute("working-tree-encoding")?
                .value()
                .is_some_and(|name| !name.eq_ignore_ascii_case("utf-8")),
        })
    }

    /// The pointer that the blob is, if it is one.
    fn pointer(&self, entry: &Entry) -> Result<Option<Pointer>, String> {
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        let read = || {
            let id = entry.id.oid()?;
            let (size, _) = handle.odb()?.read_header(id)?;
            if size > POINTER_LIMIT {
                return Ok(None);
            }
            Ok::<_, git2::Error>(Pointer::parse(handle.find_blob(id)?.content()))
        };
        read().map_err(|error| format!("its blob could not be read: {}", cause(&handle, &error)))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Attribute {
    Unspecified,
    Unset,
    Set,
    Value(String),
}

impl Attribute {
    fn of(value: Option<&[u8]>) -> Self {
        match AttrValue::always_bytes(value) {
            AttrValue::True => Self::Set,
            AttrValue::False => Self::Unset,
            AttrValue::Bytes(bytes) => Self::Value(String::from_utf8_lossy(bytes).into_owned()),
            AttrValue::String(text) => Self::Value(text.to_owned()),
            AttrValue::Unspecified => Self::Unspecified,
        }
    }

    fn value(self) -> Option<String> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }

    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Value(value) if value == word)
    }
}

/// gitattributes(5): `text` decides, then `eol`, then `core.autocrlf`.
fn crlf(text: &Attribute, eol: &Attribute, autocrlf: bool) -> Crlf {
    let has_eol = eol.is("lf") || eol.is("crlf");
    match text {
        Attribute::Unset => Crlf::Keep,
        Attribute::Set => Crlf::Convert,
        text if text.is("input") => Crlf::Convert,
        text if text.is("auto") => Crlf::ConvertText,
        _ if has_eol => Crlf::Convert,
        _ if autocrlf => Crlf::ConvertText,
        _ => Crlf::Keep,
    }
}

fn autocrlf(handle: &Handle) -> bool {
    let config = handle.config().and_then(|mut config| config.snapshot());
    let Ok(config) = config else { return false };
    let name = "core.autocrlf";
    // A key without a value is true.
    config
        .get_bool(name)
        .unwrap_or_else(|_| config.get_str(name).is_ok_and(|value| value.eq_ignore_ascii_case("input")))
}
