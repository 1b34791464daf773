//! The names of records: `<gate_id>-<ulid>.json`. Everything else in the directory is somebody else's.

use ulid::Ulid;

/// The characters of a ULID.
const ULID_LENGTH: usize = 26;

/// What every record's name ends in.
const SUFFIX: &str = ".json";

/// What a file is called until its record is whole.
pub(super) const TEMPORARY: (&str, &str) = (".writing-", ".tmp");

/// The name of a record. Newer ones are greater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) id: Ulid,
    pub(super) gate_id: String,
}

impl Name {
    /// Reads a file's name. A gate's id may end in what looks like an id, so the ULID is exactly the last 26 characters,
    /// spelled as this program spells it.
    pub(super) fn parse(file_name: &str) -> Option<Self> {
        let stem = file_name.strip_suffix(SUFFIX)?;
        let (gate_id, ulid) = stem.split_at_checked(stem.len().checked_sub(ULID_LENGTH)?)?;
        let gate_id = gate_id.strip_suffix('-').filter(|gate_id| is_gate_id(gate_id))?;
        let id = Ulid::from_string(ulid).ok().filter(|id| id.to_string() == ulid)?;
        Some(Self { id, gate_id: gate_id.to_owned() })
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}-{}{SUFFIX}", self.gate_id, self.id)
    }
}

/// Whether a file is one that a writer left behind when it was killed.
pub(super) fn is_temporary(file_name: &str) -> bool {
    file_name.starts_with(TEMPORARY.0) && file_name.ends_with(TEMPORARY.1)
}

/// Whether a text may be a gate's id: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
#[must_use]
pub(crate) fn is_gate_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 128
        && bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ULID: &str = "01JPZZZZZZZZZZZZZZZZZZZZZZ";

    #[test]
    fn gate_ids_are_plain_words() {
        let long = "x".repeat(128);
        for id in ["a", "perf-regression", "9._-", "A.b", &long] {
            assert!(is_gate_id(id), "{id}");
        }
        let longer = "x".repeat(129);
        for id in ["", ".", "..", "../../escaped", "a/b", "a\\b", "a\0b", "-a", "_a", "a b", "café", "a\n", &longer] {
            assert!(!is_gate_id(id), "{id:?}");
        }
    }

    #[test]
    fn the_ulid_is_the_last_26_characters() {
        let nested = format!("a-{ULID}");
        for gate_id in ["a", "a-b", "a.json", nested.as_str()] {
            let name = Name::parse(&format!("{gate_id}-{ULID}.json")).unwrap();
            assert_eq!((name.gate_id.as_str(), name.id.to_string().as_str()), (gate_id, ULID));
            assert_eq!(Name::parse(&name.file_name()), Some(name));
        }
    }

    #[test]
    fn other_files_have_other_names() {
        let lower = ULID.to_lowercase();
        let others = [
            ".gitignore".to_owned(),
            ULID.to_owned(),
            format!("{ULID}.json"),
            format!("-{ULID}.json"),
            format!("a{ULID}.json"),
            format!("a-{ULID}.JSON"),
            format!("a-{ULID}.json.tmp"),
            format!("a-{lower}.json"),
            format!("a-{}.json", &ULID[1..]),
            format!("a-8{}.json", &ULID[1..]),
            format!("a-U{}.json", &ULID[1..]),
            format!("../a-{ULID}.json"),
            format!("é-{ULID}.json"),
            format!("a-é{}.json", &ULID[2..]),
        ];
        for other in others {
            assert_eq!(Name::parse(&other), None, "{other}");
        }
    }
}
