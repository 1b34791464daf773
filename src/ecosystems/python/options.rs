//! The options of pip's requirements format.

use super::requirement_lines::words;

/// Options that take a value and neither add nor pin a requirement.
const WITH_VALUE: [&str; 11] = [
    "--find-links",
    "--no-binary",
    "--only-binary",
    "--trusted-host",
    "--use-feature",
    "--config-settings",
    "--config-setting",
    "--global-option",
    "--install-option",
    "--build-option",
    "--exclude-newer",
];

/// Options that stand alone and neither add nor pin a requirement.
const ALONE: [&str; 5] = ["--no-index", "--prefer-binary", "--require-hashes", "--pre", "--no-build-isolation"];

/// The options of one line that matter here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) requirements: Vec<String>,
    pub(super) constraints: Vec<String>,
    pub(super) editables: Vec<String>,
    pub(super) hashes: Vec<String>,
    /// The addresses of indexes.
    pub(super) indexes: Vec<String>,
}

/// Reads the options of one line.
///
/// # Errors
/// An option that the gate does not know, since nobody can tell what it adds.
pub(super) fn parse(text: &str) -> Result<Options, String> {
    let mut words = words(text).ok_or("its quotes are not closed")?.into_iter();
    let mut options = Options::default();
    while let Some(word) = words.next() {
        let (name, attached) = split(&word);
        if ALONE.contains(&name.as_str()) && attached.is_none() {
            continue;
        }
        let place = match name.as_str() {
            "--requirement" => Some(&mut options.requirements),
            "--constraint" => Some(&mut options.constraints),
            "--editable" => Some(&mut options.editables),
            "--hash" => Some(&mut options.hashes),
            "--index-url" | "--pypi-url" | "--extra-index-url" => Some(&mut options.indexes),
            name if WITH_VALUE.contains(&name) => None,
            _ => return Err(format!("{word} is not an option that the gate knows")),
        };
        let value = attached.or_else(|| words.next()).ok_or_else(|| format!("{word} has no value"))?;
        if let Some(place) = place {
            place.push(value);
        }
    }
    Ok(options)
}

/// The long name of an option, and the value written to it.
fn split(word: &str) -> (String, Option<String>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word.to_owned(), None),
        };
    }
    let long = match word.get(..2) {
        Some("-r") => "--requirement",
        Some("-c") => "--constraint",
        Some("-e") => "--editable",
        Some("-i") => "--index-url",
        Some("-f") => "--find-links",
        Some("-C") => "--config-settings",
        _ => return (word.to_owned(), None),
    };
    let attached = &word[2..];
    (long.to_owned(), (!attached.is_empty()).then(|| attached.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_options_add() {
        let found = parse("-r a.txt -cb.txt --requirement=c.txt -e . --hash sha256:x --pre -i https://x --no-index");
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let expected = Options {
            requirements: owned(&["a.txt", "c.txt"]),
            constraints: owned(&["b.txt"]),
            editables: owned(&["."]),
            hashes: owned(&["sha256:x"]),
            indexes: owned(&["https://x"]),
        };
        assert_eq!(found, Ok(expected));
        for text in ["--req a.txt", "-x", "-r", "--pre=1", "x", "-r 'a", "--", "-é"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
