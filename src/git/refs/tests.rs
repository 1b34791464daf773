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
        for name in [".DS_Store", "v2.lock", "a..b", "of a list"] {
            std::fs::write(tags.join(name), "\0").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(".", tags.join(".self")).unwrap();
        assert_eq!(made.agrees(made.top()), 3);

        let said = || {
            let (handle, refs) = open(made.top());
            refs.each(&handle, "refs/tags/", |_, _| {}).unwrap_err().message().to_owned()
        };
        for broken in [String::new(), id[..9].to_owned(), format!("{}0\n", id.trim()), "v1\n".to_owned()] {
            std::fs::write(tags.join("v3"), broken).unwrap();
            assert_eq!(said(), "refs/tags/v3 has neither an object id nor a name in it: `git for-each-ref` says more");
        }
        std::fs::remove_file(tags.join("v3")).unwrap();

        let list = made.top().join(".git/packed-refs");
        let whole = std::fs::read_to_string(&list).unwrap();
        std::fs::write(&list, &whole[..whole.len() - 3]).unwrap();
        assert_eq!(said(), "packed-refs ends in the middle of a line");
        for (broken, line) in [(whole.replace('^', "^x"), 3), (whole.replace(" refs/heads", "refs/heads"), 2)] {
            std::fs::write(&list, broken).unwrap();
            assert_eq!(said(), format!("packed-refs, line {line}: this is no reference of git"));
        }
        std::fs::write(&list, format!("{whole}\n")).unwrap();
        assert_eq!(said(), format!("packed-refs, line {}: this is no reference of git", whole.lines().count() + 1));
        std::fs::remove_file(&list).unwrap();
        std::fs::create_dir(&list).unwrap();
        assert!(said().starts_with("packed-refs cannot be read: "), "{}", said());
    }
}
