//! uv.lock as uv itself writes it, in one pass. What is not of that form is left to the full parser, which has to come to the same:
//! the tests hold this reader to it.

use super::{commit, local, part_of_source};
use crate::ecosystems::python::locks::entries::{Allowed, Content, Locked, Needed};
use crate::ecosystems::python::url::is_strong_hash;
use crate::structured::lines::Keys;
use crate::structured::lines::toml::{Line, Lines, Value, checked, table, text};

/// A package as it is read.
#[derive(Default)]
struct Package<'t> {
    /// Its keys, and the tables that belong to it.
    keys: Keys<'t>,
    name: Option<&'t str>,
    version: Option<&'t str>,
    source: Option<Source<'t>>,
    /// How many files it has, and how many of them have a strong hash.
    files: (usize, usize),
    needs: Vec<Needed>,
    /// What its extras add, by their names.
    extras: Vec<(&'t str, Vec<Needed>)>,
}

/// Where a package comes from: one or two keys with a text each.
#[derive(Default, Clone, Copy)]
struct Source<'t> {
    entries: [Option<(&'t str, &'t str)>; 2],
}

/// Which table the keys stand in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Top,
    Package,
    /// The extras that somebody asks for.
    Extras,
    /// What nobody here reads.
    Other,
}

/// The entries, where every line is one that uv writes.
pub(super) fn uv(written: &str) -> Option<Vec<Locked>> {
    let mut lines = Lines::of(written)?;
    let (mut all, mut top, mut keys) = (Vec::new(), Keys::default(), Keys::default());
    let (mut part, mut package) = (Part::Top, Package::default());
    let mut is_version_known = false;
    while let Some(line) = lines.next()? {
        match line {
            Line::Item("package") => {
                if part != Part::Top {
                    all.push(std::mem::take(&mut package).locked()?);
                }
                part = Part::Package;
            }
            Line::Table(name) if part != Part::Top => {
                // The table of a package that has a key of this name is an error.
                package.keys.add(name.strip_prefix("package.")?)?;
                keys = Keys::default();
                part = match name {
                    "package.optional-dependencies" => Part::Extras,
                    "package.metadata" | "package.dev-dependencies" => Part::Other,
                    "package.metadata.requires-dev" if package.keys.has("metadata") => Part::Other,
                    _ => return None,
                };
            }
            Line::Table(_) | Line::Item(_) => return None,
            Line::Field(key, value) => match part {
                Part::Top if key == "package" => return None,
                Part::Top => {
                    top.add(key)?;
                    is_version_known |= key == "version" && value == Value::Word("1");
                    lines.skip(value)?;
                }
                Part::Package => package.add(&mut lines, key, value)?,
                Part::Extras => {
                    keys.add(key)?;
                    let mut needs = Vec::new();
                    lines.list(value, |_, item| {
                        needs.push(needed(item)?);
                        Some(())
                    })?;
                    package.extras.push((key, needs));
                }
                Part::Other if key == "requires-dev" => return None,
                Part::Other => {
                    keys.add(key)?;
                    lines.skip(value)?;
                }
            },
        }
    }
    if part != Part::Top {
        all.push(package.locked()?);
    }
    is_version_known.then_some(all)
}

impl<'t> Package<'t> {
    fn add(&mut self, lines: &mut Lines<'t>, key: &'t str, value: Value<'t>) -> Option<()> {
        self.keys.add(key)?;
        match key {
            "name" => self.name = Some(text(value)?),
            "version" => self.version = Some(text(value)?),
            "source" => self.source = Some(Source::of(value)?),
            "sdist" => self.file(value)?,
            "wheels" => lines.list(value, |_, item| self.file(item))?,
            "dependencies" => lines.list(value, |_, item| {
                self.needs.push(needed(item)?);
                Some(())
            })?,
            "optional-dependencies" => return None,
            _ => lines.skip(value)?,
        }
        Some(())
    }

    fn file(&mut self, value: Value<'_>) -> Option<()> {
        let Value::Table(inner) = value else { return None };
        let mut is_fixed = false;
        table(inner, |key, value| {
            match key {
                "hash" => is_fixed = is_strong_hash(text(value)?),
                "hashes" => return None,
                _ => checked(value)?,
            }
            Some(())
        })?;
        self.files = (self.files.0 + 1, self.files.1 + usize::from(is_fixed));
        Some(())
    }

    fn locked(mut self) -> Option<Locked> {
        let source = self.source?;
        let files = if self.files.0 > 0 && self.files.0 == self.files.1 { Content::Hashed } else { Content::Open };
        let local_at = ["editable", "directory", "virtual", "path"].into_iter().find_map(|key| source.get(key));
        let content = match (source.get("git"), local_at) {
            (Some(url), _) => commit(url.rsplit_once('#').map(|(_, id)| id)),
            (None, Some(path)) => local(path.to_owned(), files),
            (None, None) => files,
        };
        self.extras.sort_by_key(|(name, _)| *name);
        let mut needs = self.needs;
        needs.extend(self.extras.into_iter().flat_map(|(_, added)| added));
        let registry = source.get("registry").map(str::to_owned);
        let locked = Locked::new(self.name?.to_owned(), self.version.map(str::to_owned), content);
        Some(Locked { source: Some(source.key()), registry, needs, ..locked })
    }
}

impl<'t> Source<'t> {
    fn of(value: Value<'t>) -> Option<Self> {
        let Value::Table(inner) = value else { return None };
        let mut source = Self::default();
        table(inner, |key, value| {
            let place = source.entries.iter_mut().find(|entry| entry.is_none())?;
            *place = Some((key, text(value)?));
            Some(())
        })?;
        if let [Some((one, _)), Some((other, _))] = source.entries
            && other < one
        {
            source.entries.reverse();
        }
        Some(source)
    }

    fn get(&self, key: &str) -> Option<&'t str> {
        self.entries.iter().flatten().find(|(known, _)| *known == key).map(|(_, text)| *text)
    }

    /// As the full parser has it: in the order of the keys.
    fn key(&self) -> String {
        self.entries.iter().flatten().map(|(key, text)| part_of_source(key, text)).collect()
    }
}

fn needed(value: Value<'_>) -> Option<Needed> {
    let Value::Table(inner) = value else { return None };
    let (mut name, mut version, mut source) = (None, None, None);
    table(inner, |key, value| {
        match key {
            "name" => name = Some(text(value)?.to_owned()),
            "version" => version = Some(text(value)?.to_owned()),
            "source" => source = Some(Source::of(value)?.key()),
            "extra" => checked(value)?,
            _ => checked(value)?,
        }
        Some(())
    })?;
    Some(Needed { name: name?, allowed: Allowed::Entry { version, source }, must: true, extras: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::super::uv_in_full;
    use super::*;
    use crate::structured::mutated;

    const WRITTEN: [&str; 1] = [
        "version = 1\nrevision = 3\nrequires-python = \">=3.10\"\nresolution-markers = [\n    \"python_full_version >= '3.12'\",\n    \
         \"python_full_version < '3.12'\",\n]\n\n[[package]]\nname = \"anyio\"\nversion = \"4.13.0\"\nsource = { registry = \
         \"https://pypi.org/simple\" }\ndependencies = [\n    { name = \"idna\" },\n    { name = \"x\", version = \"1.0\", source = { git = \
         \"https://h.example/x#0123456789abcdef0123456789abcdef01234567\" }, extra = [\"a\", \"b\"], marker = \"python_full_version < '3.11'\" },\n]\n\
         sdist = { url = \"https://h.example/a.tar.gz\", hash = \"sha256:334b70e641fd2221c1505b3890c69882fe4a2df910cba14d97019b90b24439dc\", size = \
         231622, upload-time = \"2026-03-24T12:59:09.671Z\" }\nwheels = [\n    { url = \"https://h.example/a.whl\", hash = \
         \"sha256:08b310f9e24a9594186fd75b4f73f4a4152069e3853f1ed8bfbf58369f4ad708\", size = 114353 },\n]\n\n[[package]]\nname = \"demo\"\nversion = \
         \"1.2.3\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"anyio\" }]\n\n[package.optional-dependencies]\nfast = [\n    { name = \
         \"idna\" },\n]\nall = [\n    { name = \"x\" },\n]\n\n[package.dev-dependencies]\ndev = [\n    { name = \"x\" },\n]\n\n[package.metadata]\n\
         requires-dist = [\n    { name = \"anyio\", specifier = \">=4\" },\n]\nprovides-extras = [\"fast\", \"all\"]\n\n\
         [package.metadata.requires-dev]\ndev = [{ name = \"x\", specifier = \">=1\" }]\n\n[[package]]\nname = \"x\"\nsource = { git = \
         \"https://h.example/x#0123456789abcdef0123456789abcdef01234567\", subdirectory = \"s\" }\n",
    ];

    fn is_held(text: &str) -> bool {
        let Some(all) = uv(text) else { return true };
        uv_in_full(text).is_ok_and(|full| full == all)
    }

    #[test]
    fn what_uv_writes_is_read_here() {
        for text in WRITTEN {
            assert!(uv(text).is_some_and(|all| all.len() == 3) && is_held(text), "{text}");
        }
    }

    #[test]
    fn it_agrees_with_the_full_parser_wherever_it_reads() {
        mutated::each(&WRITTEN, mutated::FEW, |text| assert!(is_held(text), "{text:?}"));
    }

    #[test]
    #[ignore = "takes minutes: `cargo test --release --lib mutated -- --ignored`"]
    fn mutated_it_agrees_a_million_times() {
        mutated::each(&WRITTEN, mutated::MANY, |text| assert!(is_held(text), "{text:?}"));
    }
}
