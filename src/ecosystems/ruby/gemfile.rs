//! The declarative part of a Gemfile (gems.rb), which is a program: literal gems in blocks that change nothing of them.

use super::BUNDLER;
use super::words::{self, Arguments};

/// What a Gemfile says.
#[derive(Debug, Default)]
pub(super) struct Gemfile {
    pub(super) gems: Vec<Gem>,
    /// The registries, without a final slash.
    pub(super) registries: Vec<String>,
    /// Where it says that the gemspec beside it belongs to it.
    pub(super) gemspec: Option<Beside>,
    /// The first line that is computed.
    pub(super) computed: Option<usize>,
}

/// `gemspec`, or `gemspec name: "demo"`.
#[derive(Debug)]
pub(super) struct Beside {
    pub(super) name: Option<String>,
    pub(super) line: usize,
}

/// The options of a gem that say nothing of where it comes from.
const PLAIN: [&str; 6] = ["require", "group", "groups", "platform", "platforms", "force_ruby_platform"];

/// A gem that is written out.
#[derive(Debug)]
pub(super) struct Gem {
    pub(super) name: String,
    /// Sorted, each with its operator.
    pub(super) requirement: Vec<String>,
    pub(super) line: usize,
    /// Whether it is asked for whatever happens.
    pub(super) certain: bool,
    /// Only some platforms have it.
    pub(super) for_platforms: bool,
    pub(super) place: Place,
    /// The address of its repository, where it is written out.
    pub(super) repository: Option<String>,
    /// Whether nothing is said of it that could give it another place.
    pub(super) is_plain: bool,
}

/// Where a gem comes from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    Registry,
    /// A repository, and the `ref` where one is written out.
    Git(Option<String>),
    /// A folder, where it is written out.
    Folder(Option<String>),
}

/// A block that is not ended yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    Plain,
    Platforms,
    Folder,
    Git,
    /// What is in it asks for nothing.
    Inert,
    /// Whether, and how often, it is run is computed.
    Computed,
}

impl Gemfile {
    pub(super) fn parse(text: &str) -> Self {
        let mut file = Self::default();
        let mut blocks: Vec<Block> = Vec::new();
        for (line, statement) in words::statements(text) {
            let is_inert = blocks.contains(&Block::Inert);
            let opened = if words::opens_block(&statement) { Some(block(&statement)) } else { None };
            let arguments = words::arguments(&statement[words::first(&statement).len()..]);
            let is_plain = opened.is_none() && !arguments.computed && !words::is_many(&statement);
            let is_known_block = opened.is_some_and(|block| block != Block::Computed);
            match words::first(&statement) {
                "end" if blocks.pop().is_some() => {}
                _ if is_inert => {}
                "gem" if is_plain => file.gem(line, &statement, arguments, &blocks),
                "source" if is_plain || is_known_block => file.source(line, &statement),
                "gemspec" if is_plain && !arguments.options.iter().any(|option| option == "path") => {
                    file.gemspec = Some(Beside { name: words::option(&statement, "name"), line });
                }
                "ruby" if is_plain => {}
                // What the address of a repository is made of.
                "git_source" if statement.ends_with('}') => {}
                _ if is_known_block => {}
                _ => file.computed = file.computed.or(Some(line)),
            }
            blocks.extend(opened);
        }
        file
    }

    /// Whether every gem is written out, and comes from a registry.
    pub(super) fn is_plain(&self) -> bool {
        let is_plain = |gem: &Gem| gem.place == Place::Registry && gem.is_plain;
        self.computed.is_none() && self.gemspec.is_none() && self.gems.iter().all(is_plain)
    }

    fn source(&mut self, line: usize, statement: &str) {
        let address = statement["source".len()..].trim_start_matches(['(', ' ']);
        match words::literal(address) {
            Some((address, _)) => self.registries.push(address.trim_end_matches('/').to_owned()),
            None => self.computed = self.computed.or(Some(line)),
        }
    }

    fn gem(&mut self, line: usize, statement: &str, arguments: Arguments, blocks: &[Block]) {
        let Arguments { texts, options, .. } = arguments;
        let Some((name, requirement)) = texts.split_first() else {
            self.computed = self.computed.or(Some(line));
            return;
        };
        if name == BUNDLER {
            return;
        }
        let of_its_own = words::option(statement, "source");
        self.registries.extend(of_its_own.map(|address| address.trim_end_matches('/').to_owned()));
        let has = |names: &[&str]| options.iter().any(|option| names.contains(&option.as_str()));
        let place = if has(&["git", "github", "gist", "bitbucket", "gitlab"]) || blocks.contains(&Block::Git) {
            Place::Git(words::option(statement, "ref"))
        } else if has(&["path"]) || blocks.contains(&Block::Folder) {
            Place::Folder(words::option(statement, "path"))
        } else {
            Place::Registry
        };
        self.gems.push(Gem {
            name: name.clone(),
            requirement: normalized(requirement.iter().map(String::as_str)),
            line,
            certain: !blocks.contains(&Block::Computed),
            for_platforms: has(&["platforms", "platform"]) || blocks.contains(&Block::Platforms),
            place,
            repository: words::option(statement, "git"),
            is_plain: options.iter().all(|option| PLAIN.contains(&option.as_str()))
                && blocks.iter().all(|block| matches!(block, Block::Platforms | Block::Plain)),
        });
    }
}

fn block(statement: &str) -> Block {
    match words::first(statement) {
        "group" | "source" => Block::Plain,
        "platforms" | "platform" => Block::Platforms,
        "path" => Block::Folder,
        "git" | "github" => Block::Git,
        "git_source" => Block::Inert,
        _ => Block::Computed,
    }
}

/// Requirements as Bundler compares them: each with its operator, in order, without the one that any version meets.
pub(super) fn normalized<'t>(requirements: impl Iterator<Item = &'t str>) -> Vec<String> {
    let one = |requirement: &str| {
        let requirement = requirement.trim();
        let end = requirement.find(|c: char| !"=<>~!".contains(c)).unwrap_or(requirement.len());
        let (operator, version) = requirement.split_at(end);
        format!("{} {}", if operator.is_empty() { "=" } else { operator }, version.trim())
    };
    let mut all: Vec<_> = requirements.map(one).filter(|requirement| requirement != ">= 0").collect();
    all.sort();
    all.dedup();
    all
}

/// Whether requirements allow one version only.
pub(super) fn is_exact(requirement: &[String]) -> bool {
    matches!(requirement, [one] if one.starts_with("= "))
}
