//! go.mod, which names every module that is built since Go 1.17, and go.sum before. <https://go.dev/ref/mod>

use super::{Content, Listed, Read};
use crate::ecosystems::go::{GoMod, Replacement, Required, listed, listed_sums};
use crate::model::problem::Problem;

/// The modules that go.mod requires.
pub(super) fn module(text: &str) -> Read {
    let file = parse(text)?;
    let required = file.required.iter().filter_map(|required| built(&file, required));
    Ok(required.chain(standard_library(&file)).collect::<Vec<_>>().into())
}

/// The modules whose content go.sum has, where the go.mod beside it does not say which of them are built.
pub(super) fn sums(text: &str, module: Option<&str>) -> Read {
    let is_whole = module.map(parse).transpose()?.is_some_and(|file| file.is_whole());
    if is_whole { Ok(Content::default()) } else { listed_sums(text).map(Content::from) }
}

fn parse(text: &str) -> Result<GoMod, String> {
    let first = |problems: Vec<Problem>| problems.first().map_or_else(String::new, Problem::in_one_line);
    GoMod::parse("go.mod", text).map_err(first)
}

/// The standard library, which advisories call `stdlib`.
fn standard_library(file: &GoMod) -> Option<Listed> {
    let toolchain = file.toolchain.as_ref().and_then(|(line, name)| Some((line, name.strip_prefix("go")?)));
    let (line, version) = toolchain.or(file.go.as_ref().map(|(line, version)| (line, version.as_str())))?;
    Some(Listed { name: "stdlib".to_owned(), version: three_numbers(version)?, line: Some(*line) })
}

/// A module that is built; one that is replaced by a folder is part of the repository.
fn built(file: &GoMod, required: &Required) -> Option<Listed> {
    let Required { path, version, line, .. } = required;
    match file.replaced.of(path, version) {
        None => Some(listed(path, version, *line)),
        Some(Replacement::Module { path, version }) => Some(listed(path, version, *line)),
        Some(Replacement::Folder(_)) => None,
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
