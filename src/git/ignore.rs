//! Which untracked names git would not mention: `.gitignore` files, `info/exclude` and `core.excludesFile`.

use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::as_path;
use super::dir::{Dir, Kind};

/// The largest file of patterns that is read, in bytes. A larger one hides nothing.
const SIZE_LIMIT: u64 = 16 << 20;

/// The patterns that hold everywhere in a working tree.
pub(super) struct Everywhere {
    /// `info/exclude`, then `core.excludesFile`: the first that matches decides.
    files: Vec<Gitignore>,
}

impl Everywhere {
    pub(super) fn read(files: impl IntoIterator<Item = PathBuf>) -> Self {
        let read = |path: PathBuf| patterns(std::fs::File::open(path).ok()?);
        Self { files: files.into_iter().filter_map(read).collect() }
    }
}

/// The patterns of one folder, which are read only when an untracked name asks for them.
pub(super) struct Rules<'a> {
    above: Above<'a>,
    /// The folder's path from the top, with a slash at its end ("" at the top).
    prefix: &'a [u8],
    dir: &'a Dir,
    own: OnceLock<Option<Gitignore>>,
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
        match self.own().map_or(Match::None, |own| own.matched(as_path(here), is_folder)) {
            Match::Ignore(_) => true,
            Match::Whitelist(_) => false,
            Match::None => match &self.above {
                Above::Folder(above) => above.matches(path, is_folder),
                Above::Top(everywhere) => everywhere.matches(path, is_folder),
            },
        }
    }

    fn own(&self) -> Option<&Gitignore> {
        // A linked `.gitignore` is not followed, as in git.
        self.own.get_or_init(|| patterns(self.dir.file(b".gitignore").ok()?)).as_ref()
    }
}

impl Everywhere {
    fn matches(&self, path: &[u8], is_folder: bool) -> bool {
        let decided =
            self.files.iter().map(|file| file.matched(as_path(path), is_folder)).find(|found| !found.is_none());
        decided.is_some_and(|found| found.is_ignore())
    }
}

fn patterns(file: std::fs::File) -> Option<Gitignore> {
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > SIZE_LIMIT {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT).read_to_end(&mut bytes).ok()?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut builder = GitignoreBuilder::new("");
    for line in bytes.split(|byte| *byte == b'\n') {
        // What is not UTF-8, or not a pattern, hides nothing.
        let Ok(line) = str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)) else { continue };
        let _ = builder.add_line(None, line);
    }
    builder.build().ok()
}
