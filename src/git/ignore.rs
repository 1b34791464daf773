//! Which untracked names git would not mention: `.gitignore` files, `info/exclude` and `core.excludesFile`.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use super::dir::{Dir, Kind};
use super::state::Overlooked;
use super::wildmatch::Glob;
use crate::system::files::open_without_waiting;

/// The largest file of patterns that is read, in bytes. A larger one hides nothing.
const SIZE_LIMIT: u64 = 16 << 20;

/// What holds everywhere in a working tree.
pub(super) struct Everywhere {
    /// `info/exclude`, where it has patterns.
    exclude: Option<Patterns>,
    /// `core.excludesFile`.
    users: Option<Patterns>,
    /// `core.ignoreCase`.
    ignores_case: bool,
}

/// What of a clone's own is looked through: both as git does it, or without one of them to tell what it hides.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Lens {
    /// Whether letter case counts for nothing.
    folds: bool,
    /// Whether `info/exclude` is asked.
    excludes: bool,
}

impl Everywhere {
    pub(super) fn read(exclude: &Path, users: &Path, ignores_case: bool) -> Self {
        let read = |path: &Path| Patterns::read(open_without_waiting(path).ok()?, ignores_case);
        let exclude = read(exclude).filter(|patterns| !patterns.0.is_empty());
        Self { exclude, users: read(users), ignores_case }
    }

    /// As git looks.
    fn lens(&self) -> Lens {
        Lens { folds: self.ignores_case, excludes: self.exclude.is_some() }
    }

    /// The first file that says something decides.
    fn matches(&self, path: &[u8], is_folder: bool, lens: Lens) -> bool {
        let exclude = self.exclude.iter().filter(|_| lens.excludes);
        exclude.chain(&self.users).find_map(|file| file.ignores(path, is_folder, lens.folds)).unwrap_or(false)
    }
}

/// The patterns of one folder, which are read only when an untracked name asks for them.
pub(super) struct Rules<'a> {
    everywhere: &'a Everywhere,
    above: Option<&'a Rules<'a>>,
    /// The folder's path from the top, with a slash at its end ("" at the top).
    prefix: &'a [u8],
    dir: &'a Dir,
    own: OnceLock<Option<Patterns>>,
    ignored: OnceLock<bool>,
}

impl<'a> Rules<'a> {
    pub(super) fn top(everywhere: &'a Everywhere, dir: &'a Dir) -> Self {
        Self { everywhere, above: None, prefix: b"", dir, own: OnceLock::new(), ignored: OnceLock::new() }
    }

    /// The rules in a folder of this one.
    pub(super) fn below(&'a self, prefix: &'a [u8], dir: &'a Dir) -> Self {
        Self { above: Some(self), prefix, dir, ..Self::top(self.everywhere, dir) }
    }

    /// Whether a name in this folder is ignored.
    pub(super) fn ignores(&self, name: &[u8], kind: Kind) -> bool {
        self.is_ignored() || self.matches(&[self.prefix, name].concat(), kind == Kind::Folder, self.everywhere.lens())
    }

    /// What alone makes git ignore a name in this folder, where that is not part of the commit.
    pub(super) fn overlooks(&self, name: &[u8], kind: Kind) -> Option<Overlooked> {
        let gits = self.everywhere.lens();
        let without = [
            (Overlooked::Excluded, Lens { excludes: false, ..gits }),
            (Overlooked::Case, Lens { folds: false, ..gits }),
        ];
        let shows = |lens: Lens| {
            let path = [self.prefix, name].concat();
            !self.is_ignored_through(lens) && !self.matches(&path, kind == Kind::Folder, lens)
        };
        without.into_iter().find(|(_, lens)| *lens != gits && shows(*lens)).map(|(what, _)| what)
    }

    /// Whether the folder itself is ignored: then everything in it is, whatever its own patterns say.
    fn is_ignored(&self) -> bool {
        let asked =
            |above: &Rules<'_>| above.is_ignored() || above.matches(self.folder(), true, self.everywhere.lens());
        *self.ignored.get_or_init(|| self.above.is_some_and(asked))
    }

    fn is_ignored_through(&self, lens: Lens) -> bool {
        self.above.is_some_and(|above| above.is_ignored_through(lens) || above.matches(self.folder(), true, lens))
    }

    fn folder(&self) -> &[u8] {
        self.prefix.strip_suffix(b"/").unwrap_or(self.prefix)
    }

    /// The last pattern that matches decides, the innermost file first.
    fn matches(&self, path: &[u8], is_folder: bool, lens: Lens) -> bool {
        let here = path.strip_prefix(self.prefix).unwrap_or(path);
        let decided = self.own().and_then(|own| own.ignores(here, is_folder, lens.folds));
        decided.unwrap_or_else(|| match self.above {
            Some(above) => above.matches(path, is_folder, lens),
            None => self.everywhere.matches(path, is_folder, lens),
        })
    }

    fn own(&self) -> Option<&Patterns> {
        // A linked `.gitignore` is not followed, as in git.
        let read = || Patterns::read(self.dir.file(b".gitignore").ok()?, self.everywhere.ignores_case);
        self.own.get_or_init(read).as_ref()
    }
}

/// The lines of one file.
struct Patterns(Vec<Pattern>);

impl Patterns {
    fn read(file: File, folds: bool) -> Option<Self> {
        let metadata = file.metadata().ok()?;
        if !metadata.is_file() || metadata.len() > SIZE_LIMIT {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(SIZE_LIMIT).read_to_end(&mut bytes).ok()?;
        Some(Self::parse(&bytes, folds))
    }

    /// `folds` is whether they can be asked without regard to letter case, too.
    fn parse(bytes: &[u8], folds: bool) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let lines = bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        Self(lines.filter_map(|line| Pattern::parse(line, folds)).collect())
    }

    /// What the last pattern that matches says; `path` is relative to the folder of the file.
    fn ignores(&self, path: &[u8], is_folder: bool, folds: bool) -> Option<bool> {
        let found = self.0.iter().rev().find(|pattern| pattern.matches(path, is_folder, folds));
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
    /// As it is written, and with letter case folded where that can be asked.
    Glob(Glob, Option<Glob>),
}

impl Pattern {
    /// gitignore(5), and where that is silent, git.
    fn parse(line: &[u8], folds: bool) -> Option<Self> {
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
            _ if of_names => (&line[..0], Then::glob(line, folds)?),
            // `foo**` is `foo` and a component `**` to git.
            _ => (&line[..plain], Then::glob(&line[plain..], folds)?),
        };
        Some(Self { negated, only_folders, of_names, literal: literal.to_owned(), then })
    }

    fn matches(&self, path: &[u8], is_folder: bool, folds: bool) -> bool {
        if self.only_folders && !is_folder {
            return false;
        }
        let name = path.iter().rposition(|byte| *byte == b'/').map_or(path, |slash| &path[slash + 1..]);
        let text = if self.of_names { name } else { path };
        let is_literal = |text: &[u8]| text == self.literal || folds && text.eq_ignore_ascii_case(&self.literal);
        let (length, more) = (self.literal.len(), text.len().checked_sub(self.literal.len()));
        match &self.then {
            Then::Nothing => is_literal(text),
            Then::AtTheEnd => more.is_some_and(|more| is_literal(&text[more..])),
            Then::Glob(plain, folded) => {
                let glob = folded.as_ref().filter(|_| folds).unwrap_or(plain);
                more.is_some() && is_literal(&text[..length]) && glob.matches(&text[length..])
            }
        }
    }
}

impl Then {
    fn glob(pattern: &[u8], folds: bool) -> Option<Self> {
        let folded = if folds { Some(Glob::new(pattern, true)?) } else { None };
        Some(Self::Glob(Glob::new(pattern, false)?, folded))
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
