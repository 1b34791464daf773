//! INI files as Python's `configparser` reads them, without interpolation.

use crate::model::problem::Problem;

/// The sections of a file.
#[derive(Debug, Default)]
pub(super) struct Ini {
    sections: Vec<(String, Vec<(String, Found)>)>,
}

/// A value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Its lines; the first is what stands behind the key.
    pub(super) value: String,
    /// The line of the key, from 1.
    pub(super) line: usize,
}

impl Ini {
    /// A value by its section and its key.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&Found> {
        self.section(section).find(|(known, _)| *known == key).map(|(_, found)| found)
    }

    /// The keys of a section, in the file's order. setuptools takes a dash for an underscore.
    pub(super) fn section(&self, name: &str) -> impl Iterator<Item = (&str, &Found)> {
        let of_name = self.sections.iter().filter(move |(known, _)| known == name);
        of_name.flat_map(|(_, keys)| keys).map(|(key, found)| (key.as_str(), found))
    }
}

/// Reads a file.
///
/// # Errors
/// The first line that is neither a section, a key nor the rest of a value, or that repeats one.
pub(super) fn parse(path: &str, text: &str) -> Result<Ini, Problem> {
    let mut ini = Ini::default();
    let (mut indent, mut start) = (0, 0);
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let bare = line.trim();
        let depth = line.len() - line.trim_start().len();
        let wrong = |message: String, help: &str| {
            let place = start + depth..start + line.trim_end().len();
            Problem::at(path, text, place, message).help(help)
        };
        let open = ini.sections.last_mut().and_then(|(_, keys)| keys.last_mut());
        if bare.is_empty() || bare.starts_with(['#', ';']) {
            // Such a line is part of a value, and adds nothing to it.
            open.into_iter().for_each(|(_, found)| found.value.push('\n'));
        } else if let Some((_, found)) = open.filter(|_| depth > indent) {
            found.value.extend(["\n", bare]);
        } else if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            if ini.sections.iter().any(|(known, _)| known == name) {
                return Err(wrong(format!("[{name}] is there twice"), "put both into one"));
            }
            ini.sections.push((name.to_owned(), Vec::new()));
            indent = depth;
        } else {
            let (key, value) = bare.split_once(['=', ':']).unwrap_or_default();
            let Some((_, keys)) = ini.sections.last_mut().filter(|_| !key.trim().is_empty()) else {
                return Err(wrong("this is no section, key or value".to_owned(), "write KEY = VALUE"));
            };
            let key = key.trim().replace('-', "_");
            if keys.iter().any(|(known, _)| *known == key) {
                return Err(wrong(format!("{key} is there twice"), "remove one"));
            }
            keys.push((key, Found { value: value.trim().to_owned(), line: index + 1 }));
            indent = depth;
        }
        start += line.len();
    }
    Ok(ini)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_where_lines_are_indented() {
        let text = "# x\n[a]\nk = 1\nl-m:\n  x\n\n  # c\n  y ; z\n[b]\nk=\n";
        let ini = parse("f", text).unwrap();
        let found = |value: &str, line| Found { value: value.to_owned(), line };
        assert_eq!(ini.get("a", "k"), Some(&found("1", 3)));
        assert_eq!(ini.get("a", "l_m"), Some(&found("\nx\n\n\ny ; z", 4)));
        assert_eq!(ini.get("b", "k"), Some(&found("", 10)));
        assert_eq!(ini.get("b", "l_m"), None);
        for text in ["k = 1", "[a]\nword", "[a]\n= 1", "[a]\nk=1\nk=2", "[a]\n[a]", "[a\n"] {
            assert!(parse("f", text).is_err(), "{text}");
        }
    }
}
