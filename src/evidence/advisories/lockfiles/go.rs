//! go.mod, which names every module that is built since Go 1.17, and go.sum before. <https://go.dev/ref/mod>

use std::collections::HashMap;

use super::{Content, Listed, Read};

/// A module, and its version where one is named.
type Module<'t> = (&'t str, Option<&'t str>);

#[derive(Default)]
struct File<'t> {
    required: Vec<(usize, &'t str, &'t str)>,
    /// What stands in another's place.
    replaced: HashMap<Module<'t>, Module<'t>>,
    /// Whether indirect requirements are listed.
    whole: bool,
    /// The lines `go` and `toolchain`: the version of the standard library, at least.
    go: Option<(usize, &'t str)>,
    toolchain: Option<(usize, &'t str)>,
}

/// The modules that go.mod requires.
pub(super) fn module(text: &str) -> Read {
    let file = File::parse(text)?;
    let required = file.required.iter().filter_map(|required| file.listed(required));
    Ok(required.chain(file.standard_library()).collect::<Vec<_>>().into())
}

/// The modules whose content go.sum has, where the go.mod beside it does not say which of them are built.
pub(super) fn sums(text: &str, module: Option<&str>) -> Read {
    if module.map(File::parse).transpose()?.is_some_and(|file| file.whole) {
        return Ok(Content::default());
    }
    let mut listed = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        let (Some(name), Some(version), Some(_), None) = (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(format!("line {} is not `module version hash`", index + 1));
        };
        if !version.ends_with("/go.mod") {
            listed.push(self::listed(name, version, index + 1));
        }
    }
    Ok(listed.into())
}

fn listed(name: &str, version: &str, line: usize) -> Listed {
    let version = version.strip_prefix('v').unwrap_or(version);
    Listed { name: name.to_owned(), version: version.to_owned(), line: Some(line) }
}

impl<'t> File<'t> {
    fn parse(text: &'t str) -> Result<Self, String> {
        let mut file = Self::default();
        let mut block: Option<&str> = None;
        for (index, line) in text.lines().enumerate() {
            let line = line.split("//").next().unwrap_or_default().trim();
            let words: Vec<_> = line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
            let read = match (block, words.as_slice()) {
                (_, []) => Some(()),
                (Some(_), [")"]) => {
                    block = None;
                    Some(())
                }
                (None, [verb, "("]) => {
                    block = Some(verb);
                    Some(())
                }
                (None, [verb, rest @ ..]) => file.directive(verb, rest, index + 1),
                (Some(verb), rest) => file.directive(verb, rest, index + 1),
            };
            read.ok_or_else(|| format!("line {} cannot be understood", index + 1))?;
        }
        Ok(file)
    }

    fn directive(&mut self, verb: &str, words: &[&'t str], line: usize) -> Option<()> {
        match (verb, words) {
            ("require", [name, version]) => self.required.push((line, name, version)),
            ("replace", words) => {
                let arrow = words.iter().position(|word| *word == "=>")?;
                self.replaced.insert(module_of(&words[..arrow])?, module_of(&words[arrow + 1..])?);
            }
            ("go", [version]) => {
                self.whole = is_whole(version);
                self.go = Some((line, version));
            }
            ("toolchain", [name]) => self.toolchain = name.strip_prefix("go").map(|version| (line, version)),
            ("require", _) => return None,
            _ => {}
        }
        Some(())
    }

    /// The standard library, which advisories call `stdlib`.
    fn standard_library(&self) -> Option<Listed> {
        let (line, version) = self.toolchain.or(self.go)?;
        Some(Listed { name: "stdlib".to_owned(), version: three_numbers(version)?, line: Some(line) })
    }

    /// A module that is built; one that is replaced by a folder is part of the repository.
    fn listed(&self, (line, name, version): &(usize, &str, &str)) -> Option<Listed> {
        let replaced = self.replaced.get(&(*name, Some(*version))).or_else(|| self.replaced.get(&(*name, None)));
        match replaced {
            None => Some(listed(name, version, *line)),
            Some((name, Some(version))) => Some(listed(name, version, *line)),
            Some((_, None)) => None,
        }
    }
}

fn module_of<'t>(words: &[&'t str]) -> Option<Module<'t>> {
    match words {
        [name] => Some((name, None)),
        [name, version] => Some((name, Some(version))),
        _ => None,
    }
}

/// Go's own way to write a version (`1.21`, `1.21rc2`, `1.21.3-suffix`) as Semantic Versioning has it.
fn three_numbers(version: &str) -> Option<String> {
    let version = version.split('-').next().unwrap_or(version);
    let end = version.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(version.len());
    let (release, pre) = version.split_at(end);
    let mut numbers: Vec<_> = release.split('.').collect();
    numbers.resize(3, "0");
    let name = pre.trim_end_matches(|c: char| c.is_ascii_digit());
    let after = if pre.is_empty() { String::new() } else { format!("-{name}.{}", &pre[name.len()..]) };
    numbers.iter().all(|number| !number.is_empty()).then(|| numbers.join(".") + &after)
}

fn is_whole(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()) >= (1, 17)
}
