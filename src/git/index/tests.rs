//! Indexes of many blocks, against what git says of them.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;

/// Some 2 MB with names of all lengths, so that blocks end at every place of an entry.
const COUNT: usize = 14_000;

fn git(folder: &Path, arguments: &[&str], input: &str) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

fn read(folder: &Path, format: Format) -> Result<Index, String> {
    let git_dir = folder.join(".git");
    Index::read(&git_dir.join("index"), format, &git_dir, &Mutex::new(Repository::open(folder).unwrap()))
}

#[test]
fn an_index_of_many_blocks_is_read_whole_or_not_at_all() {
    let kinds = [("sha1", Format::Sha1, "2"), ("sha1", Format::Sha1, "4"), ("sha256", Format::Sha256, "2")];
    for (name, format, version) in kinds {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let Some(_) = git(folder, &["init", "-q", &format!("--object-format={name}")], "") else { continue };
        let blob = git(folder, &["hash-object", "-w", "--stdin"], "x").unwrap();
        let line = |n: usize| format!("100644 {}\td{}/{}{n:05}\n", blob.trim(), n % 7, "x".repeat(n * 31 % 190));
        git(folder, &["update-index", "--index-info"], &(0..COUNT).map(line).collect::<String>()).unwrap();
        git(folder, &["update-index", "--index-version", version], "").unwrap();

        let path = folder.join(".git/index");
        let whole = fs::read(&path).unwrap();
        assert!(whole.len() > 3 << 18);
        let index = read(folder, format).unwrap();
        let listed = |entry: &Entry| {
            let path = str::from_utf8(index.path(entry)).unwrap();
            format!("{:o} {} {}\t{path}\n", entry.mode, entry.id, entry.stage)
        };
        let found: String = index.entries().iter().map(listed).collect();
        assert!(found == git(folder, &["ls-files", "-s"], "").unwrap(), "{name}, version {version}");

        let wrong = Err("the index is corrupt: its checksum is wrong".to_owned());
        let said = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            read(folder, format).map(drop)
        };
        for at in [40, 4_000, 1 << 18, (1 << 18) + 1, 700_000, whole.len() - 40, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert_eq!(said(&bytes), wrong, "a byte at {at}");
            // Where what is left ends in zeros, as `index.skipHash` writes them, an entry is cut off.
            assert!(said(&whole[..at]).is_err(), "cut off at {at}");
        }
        assert_eq!(said(&[&whole, b"\n".as_slice()].concat()), wrong);
        assert_eq!(said(&whole[..11]), Err("the index is corrupt: it has no header".to_owned()));
        assert_eq!(said(&[b"X", &whole[1..]].concat()), Err("the index is corrupt: it has no header".to_owned()));
        // As `index.skipHash` writes it.
        let body = whole.len() - format.bytes();
        assert_eq!(said(&[&whole[..body], &vec![0; format.bytes()]].concat()), Ok(()));
    }
}
