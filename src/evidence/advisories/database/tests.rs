//! Archives that are broken or hostile: none of them may look like one that knows of no vulnerability.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::{Ecosystem, Wanted, look_up};
use crate::evidence::advisories::Package;
use crate::evidence::advisories::osv::SIZE_LIMIT;

const ADVISORY: &str = r#"{"id": "A-1", "modified": "2026-01-01T00:00:00Z", "affected": [
    {"package": {"ecosystem": "npm", "name": "a"}, "versions": ["1.0.0"]}]}"#;

/// More than one advisory may have.
const BOMB: usize = 4 * SIZE_LIMIT as usize;

fn wanted() -> Wanted {
    let (name, version, path) = ("a".into(), "1.0.0".into(), "package-lock.json".into());
    Wanted::of(&[Package { ecosystem: Ecosystem::Npm, name, version, path, line: None }])
}

/// What a database of these bytes says: its matches, or why there is none.
fn said(name: &str, bytes: &[u8]) -> Result<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    look_up(&path, &wanted()).map(|found| found.matches.len())
}

fn refused(name: &str, bytes: &[u8], why: &str) {
    let said = said(name, bytes);
    assert!(said.as_ref().is_err_and(|said| said.contains(why)), "{said:?}: {why}");
}

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Replaces a text by another one as long, wherever it is.
fn replaced(bytes: &[u8], text: &str, by: &[u8]) -> Vec<u8> {
    assert_eq!(text.len(), by.len());
    let mut changed = bytes.to_vec();
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(text.as_bytes())).collect();
    assert!(!places.is_empty(), "{text}");
    for at in places {
        changed[at..at + text.len()].copy_from_slice(by);
    }
    changed
}

fn header(name: &str, kind: EntryType, size: usize) -> Header {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn block(name: &str, kind: EntryType, content: &[u8]) -> Vec<u8> {
    let padding = vec![0; content.len().next_multiple_of(512) - content.len()];
    [header(name, kind, content.len()).as_bytes(), content, &padding].concat()
}

fn file(name: &str) -> Vec<u8> {
    block(name, EntryType::Regular, ADVISORY.as_bytes())
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const END: [u8; 1024] = [0; 1024];

#[test]
fn a_name_leads_nowhere() {
    let names = ["../../A-1.json", "/etc/A-2.json", "x/../../A-3.json", "A-4.JSON"];
    let files: Vec<_> = names.iter().map(|name| (*name, ADVISORY.as_bytes())).collect();
    assert_eq!(said("db.zip", &zipped(&files)), Ok(names.len()));
    let tar = [names.map(file).concat(), END.to_vec()].concat();
    assert_eq!(said("db.tar.gz", &gzipped(&tar)), Ok(names.len()));
}

#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0; BOMB];
    refused("db.zip", &zipped(&[("A-1.json", ADVISORY.as_bytes()), ("x.json", &zeros)]), "x.json: larger than 16 MiB");
    let tar = [file("A-1.json"), block("x.json", EntryType::Regular, &zeros), END.to_vec()].concat();
    refused("db.tar.gz", &gzipped(&tar), "x.json: larger than 16 MiB");
    let inner = zipped(&[("A-1.json", ADVISORY.as_bytes())]);
    refused("db.zip", &zipped(&[("inner.zip", &inner)]), "no advisories");
    refused("db.tar.gz", &gzipped(&gzipped(&[file("A-1.json"), END.to_vec()].concat())), "tar.gz");
}

#[test]
fn a_zip_that_lies_is_refused() {
    let sound = zipped(&[("A-1.json", ADVISORY.as_bytes()), ("B-1.json", ADVISORY.as_bytes())]);
    assert_eq!(said("db.zip", &sound), Ok(2));
    for length in [0, 10, sound.len() / 2, sound.len() - 1] {
        refused("db.zip", &sound[..length], "no zip");
    }
    refused("db.zip", &replaced(&sound, "B-1.json", b"A-1.json"), "one name");
    assert_eq!(said("db.zip", &replaced(&sound, "B-1.json", b"B-\xff.json")), Ok(2));
    let mut count = sound.clone();
    let end = sound.len() - 22;
    count[end + 8..end + 12].copy_from_slice(&[0xfe; 4]);
    refused("db.zip", &count, "no zip");
    refused("db.zip", ADVISORY.as_bytes(), "no zip");
}

/// Every file of a zip as it was, but for one field of its headers.
fn with_field(bytes: &[u8], local: usize, central: usize, value: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for (magic, offset) in [(b"PK\x03\x04", local), (b"PK\x01\x02", central)] {
        let at = bytes.windows(4).position(|window| window == magic).unwrap() + offset;
        changed[at..at + value.len()].copy_from_slice(value);
    }
    changed
}

#[test]
fn a_zip_that_cannot_be_read_whole_is_refused() {
    let sound = zipped(&[("A-1.json", ADVISORY.as_bytes())]);
    refused("db.zip", &with_field(&sound, 14, 16, &[1, 2, 3, 4]), "A-1.json: Invalid checksum");
    refused("db.zip", &with_field(&sound, 6, 8, &[1, 0]), "file 0 of the zip");
    refused("db.zip", &with_field(&sound, 8, 10, &[99, 0]), "not supported: 99");
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("B-1.json", SimpleFileOptions::default()).unwrap();
    zip.write_all(ADVISORY.as_bytes()).unwrap();
    zip.add_symlink("A-1.json", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    refused("db.zip", &zip.finish().unwrap().into_inner(), "A-1.json: it is a link");
}

#[test]
fn a_tar_that_was_cut_off_or_changed_is_refused() {
    let tar = [file("A-1.json"), file("B-1.json"), END.to_vec()].concat();
    let sound = gzipped(&tar);
    assert_eq!(said("db.tar.gz", &sound), Ok(2));
    assert_eq!(said("db.tgz", &[gzipped(&tar[..700]), gzipped(&tar[700..])].concat()), Ok(2));
    for length in [0, 10, sound.len() / 2, sound.len() - 1] {
        refused("db.tar.gz", &sound[..length], "");
    }
    refused("db.tar.gz", &gzipped(&file("A-1.json")), "its end is missing");
    refused("db.tar.gz", &gzipped(&tar[..tar.len() - END.len() - 100]), "tar.gz");
    refused("db.tar.gz", &gzipped(&[tar.clone(), tar].concat()), "something follows its end");
    let mut checksum = sound.clone();
    let at = sound.len() - 8;
    checksum[at] ^= 1;
    refused("db.tar.gz", &checksum, "no whole tar.gz");
}

#[test]
fn a_link_in_a_tar_is_no_advisory() {
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Fifo, EntryType::Char] {
        let tar = [file("B-1.json"), block("A-1.json", kind, b""), END.to_vec()].concat();
        refused("db.tar.gz", &gzipped(&tar), "A-1.json: it is a link");
        let tar = [file("B-1.json"), block("latest", kind, b""), END.to_vec()].concat();
        assert_eq!(said("db.tar.gz", &gzipped(&tar)), Ok(1));
    }
    let sparse =
        [file("B-1.json"), block("A-1.json", EntryType::GNUSparse, ADVISORY.as_bytes()), END.to_vec()].concat();
    refused("db.tar.gz", &gzipped(&sparse), "");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    fs::create_dir_all(at("elsewhere")).unwrap();
    fs::create_dir_all(at("db")).unwrap();
    fs::write(at("db/A-1.json"), ADVISORY).unwrap();
    std::os::unix::fs::symlink(at("nowhere"), at("db/latest")).unwrap();
    assert_eq!(look_up(&at("db"), &wanted()).map(|found| found.matches.len()), Ok(1));
    std::os::unix::fs::symlink(at("elsewhere"), at("db/PyPI")).unwrap();
    assert_eq!(look_up(&at("db"), &wanted()).unwrap_err(), "PyPI is a link to a folder, which is not followed");
}
