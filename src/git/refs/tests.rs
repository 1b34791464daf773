//! Every reference of real repositories, against what git says of them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Once;

use git2::RepositoryOpenFlags;

use super::super::safe;
use super::*;

/// How a repository is made.
const KINDS: [[&str; 2]; 4] = [
    ["--object-format=sha1", "--ref-format=files"],
    ["--object-format=sha1", "--ref-format=reftable"],
    ["--object-format=sha256", "--ref-format=files"],
    ["--object-format=sha256", "--ref-format=reftable"],
];

/// As the program does it, before the first repository of a test is opened.
#[expect(unsafe_code)]
fn allow() {
    static ONCE: Once = Once::new();
    // SAFETY: whatever opens a repository in these tests waits here first, and no other test of the library uses libgit2.
    ONCE.call_once(|| unsafe { read_reftables() });
}

struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    /// A repository with one commit on `main`; none where git is too old for its kind.
    fn of(kind: &[&str]) -> Option<Self> {
        let made = Self { folder: tempfile::tempdir().unwrap() };
        let init = made.command(&["init", "-q", "-b", "main"]).args(kind).output().unwrap();
        if !init.status.success() {
            return None;
        }
        made.git(&["commit", "-q", "--allow-empty", "-m", "one"]);
        Some(made)
    }

    fn top(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.current_dir(self.top()).env_clear().env("PATH", std::env::var_os("PATH").unwrap()).args(arguments);
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", self.top()).stdin(Stdio::null());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.com");
        }
        command
    }

    fn git(&self, arguments: &[&str]) -> String {
        said(arguments, self.command(arguments).output().unwrap())
    }

    /// Many references at once, as `git update-ref --stdin` takes them.
    fn update(&self, lines: &str) {
        let mut child = self.command(&["update-ref", "--stdin"]).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// What is read here of a working tree is what git tells there.
    fn agrees(&self, folder: &Path) -> usize {
        let (handle, refs) = open(folder);
        agrees(self, folder, &handle, &refs)
    }
}

fn said(arguments: &[&str], output: Output) -> String {
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn open(folder: &Path) -> (Handle, Refs) {
    allow();
    let handle = safe::open(folder, ".git", RepositoryOpenFlags::empty()).unwrap();
    let refs = Refs::of(&handle).unwrap();
    (handle, refs)
}

/// How many references there are.
fn agrees(made: &Made, folder: &Path, handle: &Handle, refs: &Refs) -> usize {
    let format = "--format=%(refname) %(objectname) %(*objectname) %(symref)";
    let arguments = ["-C", folder.to_str().unwrap(), "for-each-ref", format];
    let listed = made.git(&arguments);
    let mut expected = BTreeMap::new();
    for line in listed.lines() {
        let parts: Vec<_> = line.split(' ').collect();
        expected.insert(parts[0].to_owned(), (parts[1].to_owned(), parts[2].to_owned(), parts[3].to_owned()));
    }
    let mut found = BTreeMap::new();
    let collect = |name: &str, target: Target| {
        let one = match target {
            Target::Object(id, peeled) => (id.to_string(), peeled.map(|id| id.to_string()), String::new()),
            Target::Name(next) => (refs.id(handle, name).unwrap().unwrap().to_string(), None, next),
        };
        assert!(found.insert(name.to_owned(), one).is_none(), "{name} twice");
    };
    refs.each(handle, "refs/", collect).unwrap();
    let names = |map: &BTreeMap<String, _>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), names(&expected));
    for (name, (id, peeled, next)) in &found {
        let (its_id, its_peeled, its_next) = &expected[name];
        assert_eq!((id, next), (its_id, its_next), "{name}");
        assert!(peeled.as_ref().is_none_or(|peeled| peeled == its_peeled), "{name}");
        assert_eq!(refs.id(handle, name).unwrap().unwrap().to_string(), *id, "{name}");
    }
    let head = made.git(&["-C", folder.to_str().unwrap(), "rev-parse", "HEAD"]);
    assert_eq!(refs.id(handle, "HEAD").unwrap().unwrap().to_string(), head.trim());
    expected.len()
}

fn created(id: &str, range: std::ops::Range<usize>) -> String {
    range.map(|n| format!("create refs/heads/topic/{n} {id}\n")).collect()
}

#[test]
fn every_reference_of_every_kind_of_repository_is_there() {
    for made in KINDS.iter().filter_map(|kind| Made::of(kind)) {
        let id = made.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let handle = open(made.top());
        assert_eq!(agrees(&made, made.top(), &handle.0, &handle.1), 1);
        let mut count = 1;
        for (more, expected) in [(0..49, 50), (49..4999, 5000)] {
            made.update(&created(&id, more));
            // One that is open sees what was written since, too.
            count = agrees(&made, made.top(), &handle.0, &handle.1);
            assert_eq!(count, expected);
            assert_eq!(made.agrees(made.top()), expected);
        }
        // Deleted ones leave a tombstone in the newest table.
        made.update(&(0..2500).map(|n| format!("delete refs/heads/topic/{}\n", 2 * n % 4999)).collect::<String>());
        assert!(made.agrees(made.top()) < count);
        made.git(&["tag", "light"]);
        made.git(&["tag", "-a", "heavy", "-m", "heavy"]);
        made.git(&["tag", "-a", "heavier", "-m", "heavier", "heavy"]);
        made.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main"]);
        made.agrees(made.top());
        made.git(&["pack-refs", "--all"]);
        let packed = made.agrees(made.top());
        made.git(&["checkout", "-q", "--detach"]);
        made.git(&["symbolic-ref", "-d", "refs/remotes/origin/HEAD"]);
        made.git(&["update-ref", "-d", "refs/heads/main"]);
        assert!(made.agrees(made.top()) < packed);
    }
}

#[test]
fn without_a_commit_there_is_a_branch_and_nothing_on_it() {
    for kind in KINDS {
        let folder = tempfile::tempdir().unwrap();
        let made = Made { folder };
        if !made.command(&["init", "-q", "-b", "trunk"]).args(kind).output().unwrap().status.success() {
            continue;
        }
        let (handle, refs) = open(made.top());
        assert_eq!(refs.find(&handle, "HEAD").unwrap(), Some(Target::Name("refs/heads/trunk".to_owned())));
        assert_eq!(refs.id(&handle, "HEAD").unwrap(), None);
        refs.each(&handle, "refs/", |name, _| panic!("{name}")).unwrap();
    }
}

/// HEAD, what a bisect notes and `refs/worktree` are those of the working tree that asks.
#[test]
fn each_working_tree_has_references_of_its_own() {
    for made in KINDS.iter().filter_map(|kind| Made::of(kind)) {
        let beside = made.top().join("beside");
        made.git(&["worktree", "add", "-q", "-b", "other", "beside"]);
        let at = |arguments: &[&str]| made.git(&[&["-C", "beside"], arguments].concat());
        at(&["commit", "-q", "--allow-empty", "-m", "two"]);
        at(&["update-ref", "refs/worktree/own", "HEAD"]);
        made.git(&["update-ref", "refs/worktree/own", "HEAD"]);
        made.git(&["update-ref", "refs/worktree/mine", "HEAD"]);
        made.git(&["update-ref", "refs/bisect/bad", "HEAD"]);
        assert_eq!(made.agrees(made.top()), 5);
        assert_eq!(made.agrees(&beside), 3);
        let (handle, refs) = open(&beside);
        assert_eq!(refs.find(&handle, "HEAD").unwrap(), Some(Target::Name("refs/heads/other".to_owned())));
    }
}

/// A reader that has the old list still gets to what git made of its tables meanwhile.
#[test]
fn tables_that_are_merged_meanwhile_are_read_anew() {
    let Some(made) = Made::of(&KINDS[1]) else { return };
    let id = made.git(&["rev-parse", "HEAD"]).trim().to_owned();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..60 {
                made.update(&created(&id, n..n + 1));
                if n % 7 == 0 {
                    made.git(&["pack-refs", "--all"]);
                }
            }
        });
        let (mut before, mut reads) = (0, 0);
        while !writer.is_finished() || reads == 0 {
            let (handle, refs) = open(made.top());
            let mut now = 0;
            refs.each(&handle, "refs/heads/topic/", |_, _| now += 1).unwrap();
            assert!(now >= before, "{now} after {before}");
            (before, reads) = (now, reads + 1);
        }
    });
    assert_eq!(made.agrees(made.top()), 61);
}

fn tables(made: &Made) -> (PathBuf, Vec<PathBuf>) {
    let folder = made.top().join(".git/reftable");
    let list = std::fs::read_to_string(folder.join("tables.list")).unwrap();
    let tables = list.lines().map(|name| folder.join(name)).collect();
    (folder, tables)
}

fn wrong(made: &Made) -> String {
    let (handle, refs) = open(made.top());
    let said = refs.id(&handle, "HEAD").unwrap_err().message().to_owned();
    assert_eq!(refs.each(&handle, "refs/", |_, _| {}).unwrap_err().message(), said);
    said
}

/// What cannot be read is told: no reference of it is ever taken for one that is not there.
#[test]
fn a_damaged_table_is_no_empty_one() {
    let Some(made) = Made::of(&KINDS[1]) else { return };
    let id = made.git(&["rev-parse", "HEAD"]).trim().to_owned();
    made.update(&created(&id, 0..500));
    made.git(&["pack-refs", "--all"]);
    let (folder, tables) = tables(&made);
    let whole = std::fs::read(&tables[0]).unwrap();
    // Git writes it read-only.
    let rewrite = |bytes: &[u8]| {
        std::fs::remove_file(&tables[0]).unwrap();
        std::fs::write(&tables[0], bytes).unwrap();
    };
    let damaged = |at: usize, byte: u8| {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        rewrite(&bytes);
        wrong(&made)
    };
    assert!(damaged(4, 9).contains("its header is not known"));
    assert!(damaged(24, b'x').contains("do not end where its footer says"));
    assert!(damaged(24, b'g').contains("do not end where its footer says"));
    assert!(damaged(25, 0xff).contains("a block of it is cut off"));
    assert!(damaged(whole.len() - 1, whole[whole.len() - 1] ^ 1).contains("its footer is damaged"));
    rewrite(&whole[..60]);
    assert!(wrong(&made).contains("its footer is damaged") || wrong(&made).contains("it has no footer"));
    rewrite(b"");
    assert!(wrong(&made).contains("it has no header"));
    std::fs::remove_file(&tables[0]).unwrap();
    assert!(wrong(&made).contains(".ref is not there"), "{}", wrong(&made));
    std::fs::write(folder.join("tables.list"), "../HEAD\n").unwrap();
    assert!(wrong(&made).contains("tables.list names something else"));
    std::fs::remove_file(folder.join("tables.list")).unwrap();
    assert!(wrong(&made).contains("tables.list: "));
}

/// Every byte of a table, changed: whatever is read without an error has names in order.
#[test]
fn no_byte_of_a_table_makes_the_reader_fail_in_another_way() {
    let Some(made) = Made::of(&KINDS[3]) else { return };
    made.git(&["tag", "-a", "heavy", "-m", "heavy"]);
    made.git(&["pack-refs", "--all"]);
    let (_, tables) = tables(&made);
    let whole = std::fs::read(&tables[0]).unwrap();
    assert_eq!(look_through(&whole), Some(3));
    for at in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0xff, whole[at] ^ 0x80] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            assert!(look_through(&bytes).is_none_or(|count| count <= whole.len()));
        }
    }
}

/// Where references are files: what git takes for none is passed over, what is broken is told.
#[test]
fn a_file_that_is_no_reference_is_told_and_never_taken_for_none() {
    for made in [0, 2].iter().filter_map(|kind| Made::of(&KINDS[*kind])) {
        let tags = made.top().join(".git/refs/tags");
        made.git(&["tag", "-a", "deep/er/v1", "-m", "one"]);
        made.git(&["tag", "packed"]);
        made.git(&["pack-refs", "--all"]);
        made.git(&["tag", "-f", "packed"]);
        let id = made.git(&["rev-parse", "HEAD"]);
        for name in [".DS_Store", "desktop.ini", "v2.lock", "a..b", "of a list"] {
            std::fs::write(tags.join(name), "\0").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(".", tags.join(".self")).unwrap();
        assert_eq!(made.agrees(made.top()), 3);

        let back = "/.git/refs/tags/v3; where it was a tag, `git fetch --tags` brings it back";
        let said = || {
            let (handle, refs) = open(made.top());
            refs.each(&handle, "refs/tags/", |_, _| {}).unwrap_err().message().to_owned()
        };
        for broken in [String::new(), id[..9].to_owned(), format!("{}0\n", id.trim()), "v1\n".to_owned()] {
            std::fs::write(tags.join("v3"), broken).unwrap();
            let (said, what) = (said(), "is broken, it has neither an object id nor a name in it");
            assert!(said.starts_with(&format!("refs/tags/v3 {what}: remove ")), "{said}");
            assert!(said.ends_with(back), "{said}");
        }
        std::fs::write(tags.join("v3"), "a".repeat(9_000)).unwrap();
        let said_of_it = said();
        assert!(said_of_it.starts_with("refs/tags/v3 cannot be read: it has more than 8192 bytes: remove "));
        assert!(said_of_it.ends_with(back), "{said_of_it}");
        std::fs::remove_file(tags.join("v3")).unwrap();
        #[cfg(unix)]
        {
            assert!(Command::new("mkfifo").arg(tags.join("v3")).status().unwrap().success());
            assert!(said().starts_with("refs/tags/v3 cannot be read: it is no file: remove "), "{}", said());
            std::fs::remove_file(tags.join("v3")).unwrap();
        }

        let list = made.top().join(".git/packed-refs");
        let whole = std::fs::read_to_string(&list).unwrap();
        std::fs::write(&list, &whole[..whole.len() - 3]).unwrap();
        let step = "remove that line, then `git fetch --tags` and `git pack-refs --all` write it anew";
        let last = whole.lines().count();
        assert_eq!(said(), format!("packed-refs, line {last}: it ends in the middle; {step}"));
        for (broken, line) in [(whole.replace('^', "^x"), 3), (whole.replace(" refs/heads", "refs/heads"), 2)] {
            std::fs::write(&list, broken).unwrap();
            assert_eq!(said(), format!("packed-refs, line {line}: this is no reference of git; {step}"));
        }
        std::fs::write(&list, format!("{whole}\n")).unwrap();
        assert_eq!(said(), format!("packed-refs, line {}: this is no reference of git; {step}", last + 1));
        std::fs::remove_file(&list).unwrap();
        std::fs::create_dir(&list).unwrap();
        assert!(said().starts_with("packed-refs cannot be read: "), "{}", said());
    }
}

/// Tags with long names of no common beginning, in blocks so small that a dozen needs an index and some more several levels.
fn with_an_index(kind: &[&str], count: u64) -> Option<Made> {
    let made = Made::of(kind)?;
    made.git(&["config", "reftable.blockSize", "256"]);
    let id = made.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let name = |n: u64| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).repeat(4);
    made.update(&(0..count).map(|n| format!("create refs/tags/{} {id}\n", name(n))).collect::<String>());
    made.git(&["pack-refs", "--all"]);
    Some(made)
}

/// The bytes of a table, which can be changed.
struct Bytes(Vec<u8>);

impl Bytes {
    /// Of the one table there is.
    fn of(made: &Made) -> Self {
        let (_, tables) = tables(made);
        assert_eq!(tables.len(), 1);
        Self(std::fs::read(&tables[0]).unwrap())
    }

    fn header(&self) -> usize {
        if self.0[4] == 1 { 24 } else { 28 }
    }

    /// The first place in the footer: where the top of the references' index begins.
    fn place(&self) -> std::ops::Range<usize> {
        let at = self.0.len() - 5 * 8 - 4;
        at..at + 8
    }

    fn top(&self) -> usize {
        let place: [u8; 8] = self.0[self.place()].try_into().unwrap();
        u64::from_be_bytes(place).try_into().unwrap()
    }

    /// Says another place in a footer that is right.
    fn with_top(&self, top: usize) -> Self {
        let mut bytes = self.0.clone();
        bytes[self.place()].copy_from_slice(&(top as u64).to_be_bytes());
        let sum = bytes.len() - 4;
        let right = crc32fast::hash(&bytes[self.place().start - self.header()..sum]).to_be_bytes();
        bytes[sum..].copy_from_slice(&right);
        Self(bytes)
    }

    fn with(&self, at: usize, byte: u8) -> Self {
        let mut bytes = self.0.clone();
        bytes[at] = byte;
        Self(bytes)
    }

    /// Where the blocks of references, or of their index, begin.
    fn blocks(&self, kind: u8) -> Vec<usize> {
        let of_kind = |at: &usize| self.0[if *at == 0 { self.header() } else { *at }] == kind;
        (0..self.place().start - self.header()).step_by(256).filter(of_kind).collect()
    }

    /// Where the records of a block of the index end; the last of them ends in the place that it leads to.
    fn end_of_records(&self, block: usize) -> usize {
        let length = usize::from(self.0[block + 2]) << 8 | usize::from(self.0[block + 3]);
        let count = usize::from(self.0[block + length - 1]);
        block + length - 2 - 3 * count
    }

    /// How many references are read of it.
    fn count(&self) -> Option<usize> {
        look_through(&self.0)
    }
}

#[test]
fn an_index_of_several_levels_leads_to_every_reference() {
    for made in [KINDS[1], KINDS[3]].iter().filter_map(|kind| with_an_index(kind, 5000)) {
        let bytes = Bytes::of(&made);
        assert!(bytes.blocks(b'i').len() > 100 && bytes.blocks(b'i')[0] < bytes.top());
        assert_eq!(made.agrees(made.top()), 5001);
        // One that takes some of them back lies above it.
        made.git(&["tag", "-a", "heavy", "-m", "heavy"]);
        made.git(&["update-ref", "-d", "refs/heads/main"]);
        made.git(&["checkout", "-q", "--detach", "heavy"]);
        assert_eq!(made.agrees(made.top()), 5001);
        made.git(&["pack-refs", "--all"]);
        assert_eq!(made.agrees(made.top()), 5001);
    }
}

/// Where references are files: whatever git takes for one, however it was written, is one here.
#[test]
fn files_that_other_programs_wrote_are_read_as_git_reads_them() {
    for made in [0, 2].iter().filter_map(|kind| Made::of(&KINDS[*kind])) {
        let tags = made.top().join(".git/refs/tags");
        let id = made.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let forms: [&[u8]; 5] = [b"", b"\n", b" and more\n", b"\tand \xff\n", b"\r\n"];
        for (number, behind) in forms.into_iter().enumerate() {
            std::fs::write(tags.join(format!("loose{number}")), [id.as_bytes(), behind].concat()).unwrap();
        }
        let names = [
            "v1.0.0",
            "a/b_c-d",
            "@s/a@1.0.0",
            "1.0",
            "x.lockfile",
            "ä",
            "v1 x",
            "v1..x",
            "v.lock",
            "v1.",
            "a/.b",
            "x~1",
        ];
        let lines = names.iter().map(|name| format!("{id} refs/tags/{name}\n"));
        std::fs::write(made.top().join(".git/packed-refs"), lines.collect::<String>()).unwrap();
        assert_eq!(made.agrees(made.top()), 1 + forms.len() + 6);
    }
}

#[test]
fn an_index_is_held_to_its_references() {
    // Of one level and of several.
    for (kind, count) in [(KINDS[1], 12), (KINDS[1], 300), (KINDS[3], 12), (KINDS[3], 300)] {
        let Some(made) = with_an_index(&kind, count) else { continue };
        // HEAD and the branch among them.
        let (bytes, all) = (Bytes::of(&made), Some(usize::try_from(count).unwrap() + 2));
        let (top, index, end) = (bytes.top(), bytes.blocks(b'i'), bytes.0.len());
        assert_eq!((bytes.count(), index[0] < top), (all, count > 12));
        assert_eq!(bytes.with_top(top).count(), all);
        let places = bytes.blocks(b'r').into_iter().chain(index.iter().copied()).filter(|place| *place != top);
        for place in places.chain([1, top - 1, top + 1, top + 1024, end - 150, end - 1, end, usize::MAX]) {
            assert_eq!(bytes.with_top(place).count(), None, "the top at {place} and not at {top}");
        }
        for block in index {
            let last = bytes.end_of_records(block) - 1;
            // Another block, which is there, and none.
            assert_eq!(bytes.with(last - 1, bytes.0[last - 1] ^ 2).count(), None, "{block}");
            assert_eq!(bytes.with(last, bytes.0[last] ^ 1).count(), None, "{block}");
            for kind in *b"rog" {
                assert_eq!(bytes.with(block, kind).count(), None, "{block}");
            }
        }
        // A block of references that is taken for one of the index.
        for block in bytes.blocks(b'r').into_iter().skip(1) {
            assert_eq!(bytes.with(block, b'i').count(), None, "{block}");
        }
    }
}

#[test]
fn what_an_index_leads_to_in_vain_is_told() {
    let Some(made) = with_an_index(&KINDS[1], 300) else { return };
    let bytes = Bytes::of(&made);
    let last = bytes.end_of_records(bytes.top()) - 1;
    let (_, tables) = tables(&made);
    std::fs::remove_file(&tables[0]).unwrap();
    std::fs::write(&tables[0], bytes.with(last - 1, bytes.0[last - 1] ^ 2).0).unwrap();
    let said = wrong(&made);
    assert!(said.contains("its index does not lead to each of its references; `git refs verify`"), "{said}");
}

/// Whatever byte is changed: what is read without an error has as many references.
#[test]
fn no_byte_of_a_table_with_an_index_makes_fewer_references_of_it() {
    let Some(made) = with_an_index(&KINDS[1], 40) else { return };
    let bytes = Bytes::of(&made);
    assert!(bytes.count() == Some(42) && bytes.blocks(b'i')[0] < bytes.top());
    for at in 0..bytes.0.len() {
        for byte in [bytes.0[at] ^ 1, bytes.0[at] ^ 0x80] {
            let count = bytes.with(at, byte).count();
            assert!(count.is_none_or(|count| count == 42), "{count:?} with {byte} at {at}");
        }
    }
}

/// How many places there are behind the records of a block says where these end.
#[test]
fn a_wrong_count_of_places_to_start_at_hides_no_reference() {
    for made in [KINDS[1], KINDS[3]].iter().filter_map(|kind| Made::of(kind)) {
        let id = made.git(&["rev-parse", "HEAD"]).trim().to_owned();
        made.update(&created(&id, 0..100));
        made.git(&["pack-refs", "--all"]);
        let bytes = Bytes::of(&made);
        let at = bytes.header();
        let end = usize::from(bytes.0[at + 2]) << 8 | usize::from(bytes.0[at + 3]);
        let right = bytes.0[end - 1];
        assert_eq!(bytes.count(), Some(102));
        for count in (0..=u8::MAX).filter(|count| *count != right) {
            assert_eq!(bytes.with(end - 1, count).count(), None, "{count} and not {right}");
        }
    }
}
