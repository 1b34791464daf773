//! References in files: one each below `refs/`, and those that `git pack-refs` gathered in `packed-refs`.
//! <https://git-scm.com/docs/gitrepository-layout>, <https://git-scm.com/docs/git-pack-refs>
//!
//! libgit2 lists them too: it takes several times as long, looks each of them up once more by its name, and passes over a file
//! that it cannot read.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::iter;
use std::path::Path;

use git2::Reference;

use super::Target;
use crate::git::id::{Format, Id};
use crate::system::files::open_without_waiting;

/// How deep folders of references may be nested: a path has 4,096 bytes at most on any system that git runs on.
const DEPTH_LIMIT: usize = 2_048;

/// The longest file of one reference in bytes: an id, or the name of another reference, which is a path.
const FILE_LIMIT: u64 = 8_192;

/// The longest list of packed references in bytes: some ten million of them.
const LIST_LIMIT: u64 = 1 << 30;

/// What the systems that people work on leave in folders, hidden files aside.
const OF_SYSTEMS: [&str; 2] = ["desktop.ini", "Thumbs.db"];

/// What to do about a list of packed references that is damaged.
const REWRITTEN: &str = "remove that line, then `git fetch --tags` and `git pack-refs --all` write it anew";

/// Each reference below a folder of `common`, such as `refs/tags/`: those in files of their own, which come first, then those
/// in `packed-refs` only. A name that is not UTF-8 or that git does not take is passed over, as git does it.
///
/// # Errors
/// A file or a folder cannot be read, or has what git does not write; it is named.
pub(super) fn each(
    common: &Path,
    format: Format,
    folder: &str,
    take: &mut dyn FnMut(&str, Target),
) -> Result<(), String> {
    // In this order: what is packed meanwhile is met twice, and not missed.
    let mut loose = BTreeMap::new();
    Loose { common, format, found: &mut loose }.look(folder.trim_end_matches('/'), 0)?;
    let path = common.join("packed-refs");
    let packed = match read(&path, LIST_LIMIT) {
        Ok(packed) => packed,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(unread("packed-refs", &error)),
    };
    for (name, target) in &loose {
        take(name, target.clone());
    }
    in_packed(&packed, format, folder.as_bytes(), &mut |name, target| {
        if !loose.contains_key(name) {
            take(name, target);
        }
    })
}

/// The references in files of their own.
struct Loose<'a> {
    common: &'a Path,
    format: Format,
    found: &'a mut BTreeMap<String, Target>,
}

impl Loose<'_> {
    fn look(&mut self, folder: &str, depth: usize) -> Result<(), String> {
        if depth > DEPTH_LIMIT {
            return Err(format!("{folder} is nested too deep"));
        }
        let entries = match fs::read_dir(self.common.join(folder)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(unread(folder, &error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| unread(folder, &error))?;
            let Ok(own) = entry.file_name().into_string() else { continue };
            // Files of the system's, and one that git is writing.
            if own.starts_with('.') || own.ends_with(".lock") || OF_SYSTEMS.contains(&own.as_str()) {
                continue;
            }
            let name = format!("{folder}/{own}");
            let kind = entry.file_type().map_err(|error| unread(&name, &error))?;
            let is_folder = kind.is_dir() || kind.is_symlink() && entry.path().is_dir();
            match is_folder {
                true => self.look(&name, depth + 1)?,
                false if is_name(&name) => self.add(name)?,
                false => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String) -> Result<(), String> {
        let bytes = match read(&self.common.join(&name), FILE_LIMIT) {
            Ok(bytes) => bytes,
            // Git removed it meanwhile; what it packed stands in the list.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("{}: {}", unread(&name, &error), removal(&self.common.join(&name)))),
        };
        let target = target(&bytes, self.format).ok_or_else(|| {
            let what = "is broken, it has neither an object id nor a name in it";
            format!("{name} {what}: {}", removal(&self.common.join(&name)))
        })?;
        self.found.insert(name, target);
        Ok(())
    }
}

/// What to do about a file that is no reference.
fn removal(file: &Path) -> String {
    format!("remove {}; where it was a tag, `git fetch --tags` brings it back", file.display())
}

/// What the file of a reference says. Behind the space that follows an id git takes anything.
fn target(bytes: &[u8], format: Format) -> Option<Target> {
    if let Some(name) = bytes.strip_prefix(b"ref:") {
        return Some(Target::Name(str::from_utf8(name).ok()?.trim().to_owned()));
    }
    let (id, rest) = bytes.split_at_checked(format.digits())?;
    let is_whole = rest.first().is_none_or(|next| matches!(next, 0 | b' ' | b'\t' | b'\n' | b'\r'));
    id_of(id, format).filter(|_| is_whole).map(|id| Target::Object(id, None))
}

fn id_of(digits: &[u8], format: Format) -> Option<Id> {
    str::from_utf8(digits).ok().and_then(|digits| Id::read(format, digits))
}

/// Whether git takes a name for one of a reference.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    // Most are a version behind a folder, and libgit2 takes longer to say so.
    let pairs = name.as_bytes().windows(2);
    let is_usual = pairs.map(|pair| (pair[0], pair[1])).all(|(one, next)| {
        is_plain(&one) && (is_plain(&next) || matches!(next, b'.' | b'/'))
            || matches!(one, b'.' | b'/') && is_plain(&next)
    });
    is_usual && !name.ends_with(['.', '/']) && !name.contains(".lock") || Reference::is_valid_name(name)
}

/// The references of a list of packed ones whose names begin so.
fn in_packed(packed: &[u8], format: Format, prefix: &[u8], take: &mut dyn FnMut(&str, Target)) -> Result<(), String> {
    if packed.last().is_some_and(|last| *last != b'\n') {
        let number = 1 + memchr::memchr_iter(b'\n', packed).count();
        return Err(format!("packed-refs, line {number}: it ends in the middle; {REWRITTEN}"));
    }
    let mut lines = lines(packed).enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let broken = || format!("packed-refs, line {}: this is no reference of git; {REWRITTEN}", number + 1);
        let own = match line.first() {
            Some(b'#') if number == 0 => continue,
            _ => line.split_at_checked(format.digits()).ok_or_else(broken)?,
        };
        let (id, Some((b' ', name))) = (own.0, own.1.split_first()) else { return Err(broken()) };
        let peeled = lines.next_if(|(_, next)| next.first() == Some(&b'^')).map(|(_, next)| &next[1..]);
        if !name.starts_with(prefix) {
            continue;
        }
        let read = |id: &[u8]| id_of(id, format).ok_or_else(broken);
        let target = Target::Object(read(id)?, peeled.map(read).transpose()?);
        if let Some(name) = str::from_utf8(name).ok().filter(|name| is_name(name)) {
            take(name, target);
        }
    }
    Ok(())
}

/// Lines as git writes them: each has its end.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, more) = rest.split_at_checked(end).filter(|_| !rest.is_empty())?;
        rest = more.get(1..).unwrap_or_default();
        Some(line)
    })
}

/// A file of at most `limit` bytes. What is none, such as a pipe, is not waited for.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let file = open_without_waiting(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > limit {
        true => Err(io::Error::other(format!("it has more than {limit} bytes"))),
        false => Ok(bytes),
    }
}

fn unread(what: &str, error: &io::Error) -> String {
    format!("{what} cannot be read: {error}")
}
