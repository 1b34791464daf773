//! The change as git's unified diff with three lines of context. Attributes, drivers and settings are not asked: what a
//! contributor's `.gitattributes` says does not decide what a judge gets to see.

use std::fmt::Write as _;

use git2::{DiffOptions, ObjectType, Patch, Repository as Handle};

use super::changes::{Change, Side};
use super::id::Id;
use super::mode::SUBMODULE;
use super::object::{cause, object};
use super::{Repository, text_of};

/// The longest patch of one file, in bytes (docs/decision.md).
const FILE_LIMIT: usize = 1 << 20;

/// The longest diff, in bytes (docs/decision.md).
const DIFF_LIMIT: usize = 2 << 20;

/// A larger file is not compared line by line, in bytes.
const CONTENT_LIMIT: usize = 32 << 20;

/// How much of a file git looks at to tell whether it is binary, in bytes.
const BINARY_WINDOW: usize = 8000;

/// Files that say nothing as a patch (docs/decision.md).
const HEAVY: [&str; 22] = [
    "png", "jpg", "jpeg", "gif", "webp", "ico", "bmp", "tiff", "tif", "svg", "avif", "heic", "webm", "mp4", "mov",
    "avi", "pdf", "woff2", "woff", "ttf", "eot", "otf",
];

/// The text of a change, and what is not in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Diff {
    /// At most 2 MiB.
    pub text: String,
    /// Whether more would have been there.
    pub truncated: bool,
    /// The paths that are not in the text, or only in part, and why.
    pub left_out: Vec<(Vec<u8>, &'static str)>,
}

impl Repository {
    /// The diff of some changes, in their order.
    ///
    /// # Errors
    /// A file's content cannot be read.
    pub fn diff(&self, changes: &[Change]) -> Result<Diff, String> {
        let handle = self.handle();
        let mut diff = Diff::default();
        for change in changes {
            match patch(&handle, change) {
                Ok(Ok(patch)) => diff.add(&change.path, &patch),
                Ok(Err(why)) => diff.left_out.push((change.path.clone(), why)),
                Err(error) => return Err(format!("{}: {}", text_of(&change.path), cause(&handle, &error))),
            }
        }
        Ok(diff)
    }
}

impl Diff {
    fn add(&mut self, path: &[u8], patch: &str) {
        let room = DIFF_LIMIT - self.text.len();
        if patch.len() <= room && !self.truncated {
            return self.text.push_str(patch);
        }
        self.left_out.push((path.to_vec(), "the diff is over 2 MiB"));
        if !self.truncated {
            self.truncated = true;
            self.text.push_str(&patch[..patch.floor_char_boundary(room)]);
        }
    }
}

/// The patch of one path, or why it is left out.
fn patch(handle: &Handle, change: &Change) -> Result<Result<String, &'static str>, git2::Error> {
    if is_heavy(&change.path) {
        return Ok(Err("an image or another heavy asset"));
    }
    let (Some(old), Some(new)) = (content(handle, change.old)?, content(handle, change.new)?) else {
        return Ok(Err("the file is over 32 MiB"));
    };
    if is_binary(&old) || is_binary(&new) {
        return Ok(Err("a binary file"));
    }
    let mut options = DiffOptions::new();
    options.force_text(true).context_lines(3);
    let mut patch = Patch::from_buffers(&old, None, &new, None, Some(&mut options))?;
    let whole = patch.to_buf()?;
    let text = format!("{}{}", header(change), hunks(&String::from_utf8_lossy(&whole), change));
    Ok(if text.len() > FILE_LIMIT { Err("its patch is over 1 MiB") } else { Ok(text) })
}

/// What stands at one side; nothing where nothing stands, `None` where it is too much.
fn content(handle: &Handle, side: Option<Side>) -> Result<Option<Vec<u8>>, git2::Error> {
    match side {
        None => Ok(Some(Vec::new())),
        Some(side) if side.mode == SUBMODULE => Ok(Some(format!("Subproject commit {}\n", side.id).into_bytes())),
        Some(side) => {
            let odb = handle.odb()?;
            if odb.read_header(side.id.oid()?)?.0 > CONTENT_LIMIT {
                return Ok(None);
            }
            Ok(Some(object(&odb, side.id, ObjectType::Blob)?.data().to_vec()))
        }
    }
}

fn is_heavy(path: &[u8]) -> bool {
    let extension = memchr::memrchr(b'.', path).map(|dot| path[dot + 1..].to_ascii_lowercase());
    extension.is_some_and(|extension| HEAVY.iter().any(|heavy| heavy.as_bytes() == extension))
}

fn is_binary(content: &[u8]) -> bool {
    memchr::memchr(0, &content[..content.len().min(BINARY_WINDOW)]).is_some()
}

/// The lines that git puts before the hunks.
fn header(change: &Change) -> String {
    let (a, b) = (quoted("a/", &change.path), quoted("b/", &change.path));
    let mut header = format!("diff --git {a} {b}\n");
    let id = |side: Option<Side>| side.map_or_else(|| "0000000".to_owned(), |side| short(side.id));
    let mode = match (change.old, change.new) {
        (None, Some(new)) => Err(format!("new file mode {:06o}\n", new.mode)),
        (Some(old), None) => Err(format!("deleted file mode {:06o}\n", old.mode)),
        (Some(old), Some(new)) if old.mode != new.mode => {
            Err(format!("old mode {:06o}\nnew mode {:06o}\n", old.mode, new.mode))
        }
        (Some(old), _) => Ok(format!(" {:06o}", old.mode)),
        (None, None) => Ok(String::new()),
    };
    header.push_str(mode.as_ref().err().map_or("", String::as_str));
    if change.old.map(|side| side.id) != change.new.map(|side| side.id) {
        let mode = mode.as_deref().unwrap_or_default();
        let _ = writeln!(header, "index {}..{}{mode}", id(change.old), id(change.new));
    }
    header
}

/// The two file lines and the hunks; nothing where only the mode changed.
fn hunks(patch: &str, change: &Change) -> String {
    let Some(start) = patch.find("\n@@ ") else { return String::new() };
    // Git ends a name that has a space in it with a tab, so that tools see where it ends.
    let tab = if change.path.contains(&b' ') { "\t" } else { "" };
    let side = |side: Option<Side>, prefix| match side {
        None => "/dev/null".to_owned(),
        Some(_) => format!("{}{tab}", quoted(prefix, &change.path)),
    };
    format!("--- {}\n+++ {}\n{}", side(change.old, "a/"), side(change.new, "b/"), &patch[start + 1..])
}

fn short(id: Id) -> String {
    id.to_string().chars().take(7).collect()
}

/// A path as git writes it in a diff: in quotes where it would break the line.
fn quoted(prefix: &str, path: &[u8]) -> String {
    let plain = |byte: &u8| !byte.is_ascii_control() && !matches!(byte, b'"' | b'\\');
    match str::from_utf8(path) {
        Ok(text) if path.iter().all(plain) => format!("{prefix}{text}"),
        _ => format!("\"{prefix}{}\"", path.iter().map(|byte| escaped(*byte)).collect::<String>()),
    }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'"' => "\\\"".to_owned(),
        b'\\' => "\\\\".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\t' => "\\t".to_owned(),
        byte if byte.is_ascii_graphic() || byte == b' ' => char::from(byte).to_string(),
        byte => format!("\\{byte:03o}"),
    }
}
