//! yarn.lock of Yarn 1. <https://classic.yarnpkg.com/docs/yarn-lock>

use std::collections::HashMap;

use super::sources::host;
use super::{Beside, Entry, Hash, Lock, Need, Node, Origin, Recorded, Resolved, Wanted, hash, out_of};

/// The line that every such file has.
const MARK: &str = "# yarn lockfile v1";

#[derive(Debug, Default)]
struct Package<'t> {
    /// The first `name@requirement`.
    pattern: &'t str,
    version: &'t str,
    resolved: Option<&'t str>,
    integrity: Option<&'t str>,
    needs: Vec<Requirement<'t>>,
    /// The list that is read now: whether what it names may be absent; none outside of a list that counts.
    list: Option<bool>,
}

/// What a package asks for.
#[derive(Debug)]
struct Requirement<'t> {
    name: &'t str,
    range: &'t str,
    optional: bool,
}

/// Packages, and which of them answers a `name@requirement`.
#[derive(Default)]
struct Classic<'t> {
    packages: Vec<Package<'t>>,
    by_pattern: HashMap<&'t str, usize>,
}

pub(super) fn parse<'t>(text: &'t str) -> Result<Box<dyn Lock<'t> + 't>, String> {
    if !text.lines().any(|line| line.trim_end() == MARK) {
        return Err("it does not say that it is a lock file of Yarn 1, and it is not one of Yarn 2 or later".to_owned());
    }
    let mut lock = Classic::default();
    for (number, line) in text.lines().enumerate() {
        lock.line(line).map_err(|why| format!("it is not a valid lock file: line {}: {why}", number + 1))?;
    }
    Ok(Box::new(lock))
}

impl<'t> Classic<'t> {
    fn line(&mut self, line: &'t str) -> Result<(), &'static str> {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            return Ok(());
        }
        match line.len() - line.trim_start_matches(' ').len() {
            0 => self.header(content),
            2 => self.field(content),
            _ => self.need(content),
        }
    }

    fn header(&mut self, content: &'t str) -> Result<(), &'static str> {
        let patterns = content.strip_suffix(':').ok_or("a package ends in `:`")?;
        for pattern in patterns.split(", ").map(unquoted) {
            if !pattern.chars().skip(1).any(|c| c == '@') {
                return Err("a package is `name@requirement`");
            }
            if self.by_pattern.insert(pattern, self.packages.len()).is_some() {
                return Err("this package is there twice");
            }
        }
        let pattern = patterns.split(", ").next().map(unquoted).unwrap_or_default();
        self.packages.push(Package { pattern, ..Package::default() });
        Ok(())
    }

    fn field(&mut self, content: &'t str) -> Result<(), &'static str> {
        let package = self.packages.last_mut().ok_or("a field without a package")?;
        package.list = match content {
            "dependencies:" => Some(false),
            "optionalDependencies:" => Some(true),
            _ => None,
        };
        let Some((key, value)) = content.split_once(' ') else { return Ok(()) };
        let value = unquoted(value);
        match key {
            "version" => package.version = value,
            "resolved" => package.resolved = Some(value),
            "integrity" => package.integrity = Some(value),
            _ => {}
        }
        Ok(())
    }

    /// What the package depends on.
    fn need(&mut self, content: &'t str) -> Result<(), &'static str> {
        let package = self.packages.last_mut().ok_or("a package starts at the line's beginning")?;
        let Some(optional) = package.list else { return Ok(()) };
        let (name, range) = content.split_once(' ').ok_or("a dependency is `name \"requirement\"`")?;
        let (name, range) = (unquoted(name), unquoted(range));
        package.needs.push(Requirement { name, range, optional });
        Ok(())
    }

    fn find(&self, name: &str, range: &str) -> Option<usize> {
        self.by_pattern.get(format!("{name}@{range}").as_str()).copied()
    }

    /// The package that answers a requirement of another; nothing where nothing is wanted.
    fn needed(&self, need: &Requirement<'t>, beside: &Beside) -> Option<Need<'t>> {
        let Requirement { name, range, optional } = *need;
        let number = self.find(name, range);
        let number = number.or_else(|| beside.replacing(name).find_map(|range| self.find(name, range)));
        // Yarn takes a member of the workspace, of which the file says nothing.
        let dispensable = optional || beside.members.contains(name);
        (number.is_some() || !dispensable).then(|| Need { name: name.into(), number })
    }
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text)
}

impl<'t> Lock<'t> for Classic<'t> {
    fn nodes(&self, beside: &Beside) -> Vec<Node<'t>> {
        let node = |package: &Package<'t>| Node {
            key: package.pattern.into(),
            resolved: Resolved { package: Some(name(package.pattern).into()), ..resolved(package) },
            needs: package.needs.iter().filter_map(|need| self.needed(need, beside)).collect(),
        };
        self.packages.iter().map(node).collect()
    }

    fn entry(&self, wanted: &Wanted<'_>) -> Entry<'t> {
        let number = wanted.written.iter().find_map(|requirement| self.find(wanted.name, requirement));
        let resolved = number.and_then(|number| self.packages.get(number)).map(resolved);
        Entry { recorded: Recorded::NotKept, resolved, number }
    }

    fn covers(&self, _: &str) -> bool {
        true
    }

    fn installs_peers(&self) -> bool {
        false
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

fn resolved<'t>(package: &Package<'t>) -> Resolved<'t> {
    let address = package.resolved.unwrap_or_default();
    let origin = match Origin::of(&address.into()) {
        // A hash stands behind the address of an archive in the repository, too.
        Origin::Local(path) => Origin::Local(out_of(&path, |path| Some(without_hash(path).into())).unwrap_or_default()),
        Origin::Registry if is_path(address) => Origin::Local(without_hash(address).into()),
        origin => origin,
    };
    // Until 1.10 the archive's SHA-1 stood behind its address, and nowhere else.
    let sha1 = address.rsplit_once('#').is_some_and(|(_, hash)| {
        hash.len() == 40 && hash.chars().all(|c| c.is_ascii_hexdigit()) && origin == Origin::Registry
    });
    let hash = match hash(package.integrity) {
        Hash::None if sha1 => Hash::Weak("SHA-1"),
        hash => hash,
    };
    Resolved { package: None, version: package.version.into(), origin, hash, host: host(address) }
}

/// What stands before the SHA-1 that Yarn writes behind an archive.
fn without_hash(path: &str) -> &str {
    match path.rsplit_once('#') {
        Some((path, hash)) if hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => path,
        _ => path,
    }
}

/// A place in the repository without a scheme. A name alone is that of an archive in the mirror that Yarn is told of.
fn is_path(address: &str) -> bool {
    !address.contains(':') && address.contains('/')
}
