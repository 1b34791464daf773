//! Which untracked names git would not mention: `.gitignore` files, `info/exclude` and `core.excludesFile`.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

use super::dir::{Dir, Kind};
use super::wildmatch::Glob;
use crate::system::files::open_without_waiting;

/// The largest file of patterns that is read, in bytes. A larger one hides nothing.
const SIZE_LIMIT: u64 = 16 << 20;

/// The patterns that hold everywhere in a working tree.
pub(super) struct Everywhere {
    /// `info/exclude`, then `core.excludesFile`: the first that matches decides.
    files: Vec<Patterns>,
}

impl Everywhere {
    pub(super) fn read(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let read = |path: PathBuf| Patterns::read(open_without_waiting(&path).ok()?);
        Self { files: files.into_iter().filter_map(read).collect() }
    }
}

/// The patterns of one folder, which are read only when an untracked name asks for them.
pub(super) struct Rules<'a> {
    above: Above<'a>,
    /// The folder's path from the top, with a slash at its end ("" at the top).
    prefix: &'a [u8],
    dir: &'a Dir,
    own: OnceLock<Option<Patterns>>,
    ignored: OnceLock<bool>,
}

enum Above<'a> {
    Folder(&'a Rules<'a>),
    Top(&'a Everywhere),
}

impl<'a> Rules<'a> {
    pub(super) fn top(everywhere: &'a Everywhere, dir: &'a Dir) -> Self {
        Self::new(Above::Top(everywhere), b"", dir)
    }

    /// The rules in a folder of this one.
    pub(super) fn below(&'a self, prefix: &'a [u8], dir: &'a Dir) -> Self {
        Self::new(Above::Folder(self), prefix, dir)
    }

    fn new(above: Above<'a>, prefix: &'a [u8], dir: &'a Dir) -> Self {
        Self { above, prefix, dir, own: OnceLock::new(), ignored: OnceLock::new() }
    }

    /// Whether a name in this folder is ignored.
    pub(super) fn ignores(&self, name: &[u8], kind: Kind) -> bool {
        self.is_ignored() || self.matches(&[self.prefix, name].concat(), kind == Kind::Folder)
    }

    /// Whether the folder itself is ignored: then everything in it is, whatever its own patterns say.
    fn is_ignored(&self) -> bool {
        *self.ignored.get_or_init(|| match &self.above {
            Above::Top(_) => false,
            Above::Folder(above) => {
                let folder = self.prefix.strip_suffix(b"/").unwrap_or(self.prefix);
                above.is_ignored() || above.matches(folder, true)
            }
        })
    }

    /// The last pattern that matches decides, the innermost file first.
    fn matches(&self, path: &[u8], is_folder: bool) -> bool {
        let here = path.strip_prefix(self.prefix).unwrap_or(path);
        let decided = self.own().and_then(|own| own.ignores(here, is_folder));
        decided.unwrap_or_else(|| match &self.above {
            Above::Folder(above) => above.matches(path, is_folder),
            Above::Top(everywhere) => everywhere.matches(path, is_folder),
        })
    }

    fn own(&self) -> Option<&Patterns> {
        // A linked `.gitignore` is not followed, as in git.
        self.own.get_or_init(|| Patterns::read(self.dir.file(b".gitignore").ok()?)).as_ref()
    }
}

impl Everywhere {
    fn matches(&self, path: &[u8], is_folder: bool) -> bool {
        self.files.iter().find_map(|file| file.ignores(path, is_folder)).unwrap_or(false)
    }
}

/// The lines of one file.
struct Patterns(Vec<Pattern>);

impl Patterns {
    fn read(file: File) -> Option<Self> {
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > SIZE_LIMIT {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(SIZE_LIMIT).read_to_end(&mut bytes).ok()?;
        Some(Self::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        Self(lines.filter_map(Pattern::parse).collect())
    }

    /// What the last pattern that matches says; `path` is relative to the folder of the file.
    fn ignores(&self, path: &[u8], is_folder: bool) -> Option<bool> {
        let found = self.0.iter().rev().find(|pattern| pattern.matches(path, is_folder));
        found.map(|pattern| !pattern.negated)
    }
}

struct Pattern {
    negated: bool,
    only_folders: bool,
    /// Without a slash in it, a pattern is about names, wherever they are.
    of_names: bool,
    literal: Vec<u8>,
    then: Then,
}

/// What follows on a pattern's literal part.
enum Then {
    Nothing,
    /// The literal is how a name ends (`*.o`).
    AtTheEnd,
    Glob(Glob),
}

impl Pattern {
    /// gitignore(5), and where that is silent, git.
    fn parse(line: &[u8]) -> Option<Self> {
        let line = without_trailing_spaces(line.split(|byte| *byte == 0).next()?);
        if line.is_empty() || line.starts_with(b"#") {
            return None;
        }
        let (negated, line) = line.strip_prefix(b"!").map_or((false, line), |rest| (true, rest));
        let (only_folders, line) = line.strip_suffix(b"/").map_or((false, line), |rest| (true, rest));
        let of_names = !line.contains(&b'/');
        let line = line.strip_prefix(b"/").unwrap_or(line);
        let plain = line.iter().position(|byte| is_special(*byte)).unwrap_or(line.len());
        let (literal, then) = match line {
            _ if plain == line.len() => (line, Then::Nothing),
            [b'*', end @ ..] if of_names && !end.iter().any(|byte| is_special(*byte)) => (end, Then::AtTheEnd),
            _ if of_names => (&line[..0], Then::Glob(Glob::new(line)?)),
            // `foo**` is `foo` and a component `**` to git.
            _ => (&line[..plain], Then::Glob(Glob::new(&line[plain..])?)),
        };
        Some(Self { negated, only_folders, of_names, literal: literal.to_owned(), then })
    }

    fn matches(&self, path: &[u8], is_folder: bool) -> bool {
        if self.only_folders && !is_folder {
            return false;
        }
        let name = path.iter().rposition(|byte| *byte == b'/').map_or(path, |slash| &path[slash + 1..]);
        let text = if self.of_names { name } else { path };
        match &self.then {
            Then::Nothing => text == self.literal,
            Then::AtTheEnd => text.ends_with(&self.literal),
            Then::Glob(glob) => text.strip_prefix(self.literal.as_slice()).is_some_and(|rest| glob.matches(rest)),
        }
    }
}

fn is_special(byte: u8) -> bool {
    matches!(byte, b'*' | b'?' | b'[' | b'\\')
}

/// A space that a backslash precedes stays.
fn without_trailing_spaces(line: &[u8]) -> &[u8] {
    let mut kept = 0;
    let mut at = 0;
    while at < line.len() {
        let escapes = line[at] == b'\\';
        at += 1 + usize::from(escapes);
        if escapes || line[at - 1] != b' ' {
            kept = at;
        }
    }
    &line[..kept.min(line.len())]
}
