//! Gemfile.lock: sections, and in them `    name (version)` below `specs:`.

use super::{Listed, Read};

/// The sections of what does not belong to the repository.
const FOREIGN: [&str; 3] = ["GEM", "GIT", "PLUGIN SOURCE"];

pub(super) fn read(text: &str) -> Read {
    let mut listed = Vec::new();
    let (mut section, mut known) = ("", false);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_end();
        if line.starts_with(['<', '=', '>']) {
            return Err(format!("line {}: a merge conflict", index + 1));
        }
        if !line.starts_with(' ') {
            section = line;
            known |= FOREIGN.contains(&section) || section == "PATH" || section == "DEPENDENCIES";
        } else if FOREIGN.contains(&section)
            && let Some(spec) = line.strip_prefix("    ").filter(|spec| !spec.starts_with(' '))
        {
            listed.push(gem(spec, index + 1).ok_or_else(|| format!("line {} is not `name (version)`", index + 1))?);
        }
    }
    if known { Ok(listed.into()) } else { Err("it has none of the sections of a Gemfile.lock".to_owned()) }
}

/// A version may be followed by the platform that it was built for: `1.16.0-x86_64-linux`.
fn gem(spec: &str, line: usize) -> Option<Listed> {
    let (name, rest) = spec.split_once(" (")?;
    let version = rest.strip_suffix(')')?.split('-').next()?;
    Some(Listed { name: name.to_owned(), version: version.to_owned(), line: Some(line) })
}
