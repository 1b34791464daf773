//! Advisories in the OSV format, as far as matching needs them. <https://ossf.github.io/osv-schema/>

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::ecosystem::Ecosystem;
use super::severity::Severity;
use crate::model::escape::visible_up_to;
use crate::structured::yaml_values;

/// The largest advisory, in bytes.
pub(super) const SIZE_LIMIT: u64 = 16 << 20;

/// What tells whether an advisory is worth decoding.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    #[expect(dead_code, reason = "an advisory without an id is none")]
    id: String,
    pub(super) modified: String,
    #[serde(default)]
    pub(super) affected: Option<Vec<HeadAffected>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeadAffected {
    pub(super) package: Option<Package>,
}

/// A package as an advisory names it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Package {
    ecosystem: String,
    name: String,
}

impl Package {
    /// Its ecosystem and its name in the form that is compared; `None` for an ecosystem that is not read.
    pub(super) fn key(&self) -> Option<(Ecosystem, String)> {
        let ecosystem = Ecosystem::of_name(&self.ecosystem)?;
        Some((ecosystem, ecosystem.normalized(&self.name)))
    }
}

/// One advisory.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Advisory {
    pub(super) id: String,
    pub(super) withdrawn: Option<String>,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    severity: Option<Vec<Rating>>,
    #[serde(default)]
    affected: Option<Vec<Affected>>,
    database_specific: Option<Specific>,
}

/// What it says about one package.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Affected {
    package: Option<Package>,
    #[serde(default)]
    severity: Option<Vec<Rating>>,
    #[serde(default)]
    ranges: Option<Vec<Range>>,
    #[serde(default)]
    versions: Option<Vec<String>>,
    database_specific: Option<Specific>,
    ecosystem_specific: Option<Specific>,
}

/// A CVSS vector.
#[derive(Debug, Clone, Deserialize)]
struct Rating {
    score: String,
}

/// Fields that every database fills as it likes; those of another kind count as absent.
#[derive(Debug, Clone, Deserialize)]
struct Specific {
    #[serde(default)]
    severity: Option<Word>,
    #[serde(default)]
    informational: Option<Word>,
    /// GitHub's: beside a range that has no end.
    #[serde(default)]
    last_known_affected_version_range: Option<Word>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Other(IgnoredAny),
}

impl Word {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Other(_) => None,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) events: Vec<Event>,
}

/// One turning point of a range; exactly one of the fields is there.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Event {
    pub(super) introduced: Option<String>,
    pub(super) fixed: Option<String>,
    pub(super) last_affected: Option<String>,
    pub(super) limit: Option<String>,
}

impl Advisory {
    /// Its other names.
    pub(super) fn aliases(&self) -> &[String] {
        self.aliases.as_deref().unwrap_or_default()
    }

    /// What it says about a package.
    pub(super) fn about<'a>(&'a self, ecosystem: Ecosystem, name: &'a str) -> impl Iterator<Item = &'a Affected> {
        let key = (ecosystem, name);
        let affected = self.affected.iter().flatten();
        affected.filter(move |one| {
            let found = one.package.as_ref().and_then(Package::key);
            found.is_some_and(|(ecosystem, name)| (ecosystem, name.as_str()) == key)
        })
    }

    /// The worst of its CVSS ratings, else what the database says in a word.
    pub(super) fn severity(&self, affected: &Affected) -> Severity {
        let vectors = self.severity.iter().chain(&affected.severity).flatten();
        let rated = Severity::of_ratings(vectors.map(|rating| Severity::of_vector(&rating.score)));
        if rated != Severity::Unknown {
            return rated;
        }
        let specific = [&self.database_specific, &affected.database_specific, &affected.ecosystem_specific];
        let words = specific.into_iter().flatten().filter_map(|specific| specific.severity.as_ref()?.text());
        Severity::of_ratings(words.map(Severity::of_word))
    }
}

impl Affected {
    pub(super) fn ranges(&self) -> &[Range] {
        self.ranges.as_deref().unwrap_or_default()
    }

    pub(super) fn versions(&self) -> &[String] {
        self.versions.as_deref().unwrap_or_default()
    }

    /// The last versions that GitHub knows to be affected, as it writes them: `<= 1.2.3`.
    pub(super) fn last_known(&self) -> Option<&str> {
        self.database_specific.as_ref()?.last_known_affected_version_range.as_ref()?.text()
    }

    /// A notice about the package that is no vulnerability: nobody maintains it, for one. Unsound code is one.
    pub(super) fn notice(&self) -> Option<&str> {
        let word = self.database_specific.as_ref()?.informational.as_ref()?.text()?;
        matches!(word, "unmaintained" | "notice").then_some(word)
    }
}

/// How an advisory is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Yaml,
}

impl Format {
    /// By the end of a file's name. `None` for a file that is no advisory.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        // What begins with a dot belongs to the database's own workshop.
        if path.split(['/', '\\']).any(|part| part.starts_with('.') && !matches!(part, "." | "..")) {
            return None;
        }
        match path.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }

    /// Decodes a document.
    ///
    /// # Errors
    /// Why it is no advisory.
    pub(super) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, String> {
        let decoded = match self {
            Self::Json => serde_json::from_slice(bytes).map_err(|error| error.to_string()),
            Self::Yaml => yaml(bytes),
        };
        decoded.map_err(|why| format!("it is not an OSV advisory: {}", visible_up_to(&why, 200)))
    }
}

fn yaml<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut documents = yaml_values::documents(text, SIZE_LIMIT, 1)?;
    documents.pop().ok_or_else(|| "it is empty".to_owned())
}

#[cfg(test)]
mod tests;
