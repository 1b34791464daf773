//! Names that become files: they must mean the same on every system, and never leave their directory.

use crate::model::escape::is_hidden;

/// The longest id, in bytes.
const ID_LIMIT: usize = 128;

/// The longest name of an artifact's file, in bytes.
const FILE_LIMIT: usize = 200;

/// Names of devices on Windows, with or without an extension; COM and LPT take a digit.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// What is wrong with a gate's id.
pub(super) fn id(text: &str) -> Result<(), String> {
    let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if !letters || !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || text.len() > ID_LIMIT {
        return Err(format!("use letters, digits, `.`, `_` and `-`, a letter or digit first, at most {ID_LIMIT}"));
    }
    portable(text)
}

/// What is wrong with the name of a file in the artifact directory.
pub(super) fn artifact(text: &str) -> Result<(), String> {
    if text.contains(['/', '\\', ':']) || text.starts_with('.') {
        return Err("name a file in the artifact directory, without a path, not hidden".to_owned());
    }
    if text.len() > FILE_LIMIT || text.contains(is_hidden) || text.contains(['<', '>', '"', '|', '?', '*']) {
        return Err(format!("use at most {FILE_LIMIT} plain characters"));
    }
    portable(text)
}

/// What is wrong with a directory inside the repository.
pub(super) fn working_dir(text: &str) -> Result<(), String> {
    if text.starts_with('/') || text.contains(['\\', ':']) || text.contains(is_hidden) {
        return Err("write a path relative to the repository, with `/`".to_owned());
    }
    let outside = |part: &str| part == ".." || part.eq_ignore_ascii_case(".git");
    if text.split('/').any(outside) { Err("it must stay inside the repository".to_owned()) } else { Ok(()) }
}

fn portable(text: &str) -> Result<(), String> {
    if text.ends_with(['.', ' ']) {
        return Err("it may not end in a dot or a blank: Windows drops those".to_owned());
    }
    let stem = text.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let device = DEVICES.iter().any(|device| match stem.strip_prefix(device) {
        Some("") => !matches!(*device, "com" | "lpt"),
        Some(digit) => {
            matches!(*device, "com" | "lpt")
                && matches!(digit, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        }
        None => false,
    });
    if device { Err(format!("`{stem}` is a device on Windows")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_names_of_files_everywhere() {
        for valid in
            ["g", "no", "perf-regression", "gate1_schema", "1.2", "com", "com10", "console", "null", &"x".repeat(128)]
        {
            assert_eq!(id(valid), Ok(()), "{valid}");
        }
        let refused = [
            "",
            "-g",
            ".g",
            "_g",
            "a b",
            "a/b",
            "..",
            "é",
            "g.",
            "CON",
            "con.txt",
            "NUL",
            "Com1",
            "lpt9.x.y",
            "aux",
            &"x".repeat(129),
        ];
        for text in refused {
            assert!(id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn artifacts_and_directories_stay_where_they_belong() {
        for valid in ["prri_result.json", "_a b.json", "ü.json"] {
            assert_eq!(artifact(valid), Ok(()), "{valid}");
        }
        for text in [
            "../a",
            "a/b",
            "a\\b",
            "/a",
            "C:a",
            ".gitignore",
            "..",
            "a.",
            "nul.json",
            "COM¹",
            "a\u{202e}b",
            "a\0",
            "a*",
        ] {
            assert!(artifact(text).is_err(), "{text}");
        }
        for valid in ["services/api", ".", "a..b", "./x"] {
            assert_eq!(working_dir(valid), Ok(()), "{valid}");
        }
        for text in ["/etc", "..", "a/../b", "C:\\x", "a\\b", ".git", "x/.GIT/y"] {
            assert!(working_dir(text).is_err(), "{text}");
        }
    }
}
