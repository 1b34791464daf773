//! yarn.lock of Yarn 1. <https://classic.yarnpkg.com/docs/yarn-lock>

use std::collections::HashMap;

use super::{Entry, Lock, Origin, Recorded, Resolved, Wanted, is_hash};

/// The line that every such file has.
const MARK: &str = "# yarn lockfile v1";

#[derive(Debug, Default)]
struct Package {
    /// The first `name@requirement`.
    pattern: String,
    version: String,
    resolved: Option<String>,
    integrity: Option<String>,
}

/// Packages, and which of them answers a `name@requirement`.
#[derive(Default)]
struct Classic {
    packages: Vec<Package>,
    by_pattern: HashMap<String, usize>,
}

pub(super) fn parse(text: &str) -> Result<Box<dyn Lock>, String> {
    if !text.lines().any(|line| line.trim_end() == MARK) {
        return Err("it does not say that it is a lock file of Yarn 1, and it is not one of Yarn 2 or later".to_owned());
    }
    let mut lock = Classic::default();
    for (number, line) in text.lines().enumerate() {
        lock.line(line).map_err(|why| format!("it is not a valid lock file: line {}: {why}", number + 1))?;
    }
    Ok(Box::new(lock))
}

impl Classic {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            return Ok(());
        }
        match line.len() - line.trim_start_matches(' ').len() {
            0 => self.header(content),
            2 => self.field(content),
            // What the package depends on.
            _ if self.packages.is_empty() => Err("a package starts at the line's beginning"),
            _ => Ok(()),
        }
    }

    fn header(&mut self, content: &str) -> Result<(), &'static str> {
        let patterns = content.strip_suffix(':').ok_or("a package ends in `:`")?;
        for pattern in patterns.split(", ").map(unquoted) {
            if !pattern.chars().skip(1).any(|c| c == '@') {
                return Err("a package is `name@requirement`");
            }
            if self.by_pattern.insert(pattern.to_owned(), self.packages.len()).is_some() {
                return Err("this package is there twice");
            }
        }
        let pattern = patterns.split(", ").next().map(unquoted).unwrap_or_default().to_owned();
        self.packages.push(Package { pattern, ..Package::default() });
        Ok(())
    }

    fn field(&mut self, content: &str) -> Result<(), &'static str> {
        let package = self.packages.last_mut().ok_or("a field without a package")?;
        let Some((key, value)) = content.split_once(' ') else { return Ok(()) };
        let value = unquoted(value).to_owned();
        match key {
            "version" => package.version = value,
            "resolved" => package.resolved = Some(value),
            "integrity" => package.integrity = Some(value),
            _ => {}
        }
        Ok(())
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

impl Lock for Classic {
    fn all(&self) -> Vec<(String, Resolved)> {
        let named =
            |package: &Package| Resolved { package: Some(name(&package.pattern).to_owned()), ..resolved(package) };
        self.packages.iter().map(|package| (package.pattern.clone(), named(package))).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry {
        let found = wanted.written.iter().find_map(|r| self.by_pattern.get(&format!("{}@{r}", wanted.name)));
        let resolved = found.and_then(|at| self.packages.get(*at)).map(resolved);
        Entry { recorded: Recorded::NotKept, resolved }
    }
}

/// The package's own name in a `name@requirement`, behind an alias too.
fn name(pattern: &str) -> &str {
    let parted = |text: &str| text.char_indices().skip(1).find(|(_, c)| *c == '@').map_or(text.len(), |(at, _)| at);
    let (own, requirement) = pattern.split_at(parted(pattern));
    match requirement.strip_prefix("@npm:") {
        Some(other) => &other[..parted(other)],
        None => own,
    }
}

fn resolved(package: &Package) -> Resolved {
    let address = package.resolved.as_deref().unwrap_or_default();
    let origin = Origin::of(address);
    // Until 1.10 the archive's SHA-1 stood behind its address, and nowhere else.
    let sha1 = address.rsplit_once('#').is_some_and(|(_, hash)| {
        hash.len() == 40 && hash.chars().all(|c| c.is_ascii_hexdigit()) && origin == Origin::Registry
    });
    Resolved {
        package: None,
        version: package.version.clone(),
        origin,
        hashed: sha1 || is_hash(package.integrity.as_deref()),
    }
}
