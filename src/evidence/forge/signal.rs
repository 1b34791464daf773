//! One thing that a forge says of a commit: a check run, a status, a job.

use serde_json::{Map, Value, json};

use crate::model::escape::visible_up_to;
use crate::model::secret::Secret;

/// How much of a name or an address is kept, in characters.
const LIMIT: usize = 300;

/// One outcome, as the forge has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signal {
    /// Of what kind it is.
    pub source: Source,
    /// Its id there, unique among those of its source.
    pub id: String,
    /// Where it stands among those of its key: the newest has the largest number.
    pub order: u64,
    /// Its name.
    pub name: String,
    /// Who reported it, where that is known.
    pub app: Option<App>,
    /// What it was run by.
    pub flow: Flow,
    /// What holds it together with others: a check suite, a pipeline, a run's number.
    pub run: Option<String>,
    /// The run that it started, of a bridge of GitLab.
    pub starts: Option<String>,
    /// The commit that the answer names for it, in hex digits.
    pub commit: String,
    /// What it came to.
    pub state: State,
    /// The forge's own word for that.
    pub word: String,
    /// Where a person looks at it, as the forge says.
    pub address: Option<String>,
}

/// Of what kind a signal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A check run, of GitHub.
    CheckRun,
    /// A commit status, which anybody with a token may write.
    Status,
    /// A run of a workflow as a whole, a suite or a pipeline: it may be over before any of its jobs is there.
    Run,
    /// A job, of GitLab.
    Job,
}

impl Source {
    /// The word in every output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CheckRun => "check run",
            Self::Status => "status",
            Self::Run => "run",
            Self::Job => "job",
        }
    }
}

/// Who reported a signal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct App {
    /// Its number.
    pub id: u64,
    /// Its name in addresses.
    pub slug: Option<String>,
}

/// What a signal was run by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// Nothing that the forge knows of.
    None,
    /// A workflow, by its file, and what started it; of GitLab, what started the pipeline.
    Known {
        /// `.github/workflows/ci.yml`
        workflow: Option<String>,
        /// `push`
        event: String,
    },
    /// One that the token may not see: two of them cannot be told apart.
    Unknown,
}

/// What a signal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It ran, and passed.
    Passed,
    /// It did not run, or came to nothing: skipped, neutral.
    NotRun,
    /// It failed, and may.
    Tolerated,
    /// It is not over.
    Open {
        /// Whether it has begun.
        begun: bool,
    },
    /// A word that says neither.
    Unknown,
    /// It ran, and failed.
    Failed,
}

impl State {
    /// The word in every output.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::NotRun => "not run",
            Self::Tolerated => "may fail",
            Self::Open { .. } => "open",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// What makes two signals the same one, run again: kind, app, what it was run by, name.
pub(super) type Key<'s> = (Source, Option<u64>, &'s Flow, &'s str);

impl Signal {
    /// What makes two signals the same one, run again.
    pub(super) fn key(&self) -> Key<'_> {
        // A run is its workflow's, be that renamed between two of them.
        let is_run = self.source == Source::Run && matches!(self.flow, Flow::Known { .. });
        (self.source, self.app.as_ref().map(|app| app.id), &self.flow, if is_run { "" } else { &self.name })
    }

    /// The same without the token, which a forge may repeat.
    pub(super) fn redacted(self, token: &Secret) -> Self {
        let redact = |text: String| token.redact(&text);
        let flow = match self.flow {
            Flow::Known { workflow, event } => Flow::Known { workflow: workflow.map(redact), event: redact(event) },
            flow => flow,
        };
        Self {
            id: redact(self.id),
            name: redact(self.name),
            app: self.app.map(|app| App { slug: app.slug.map(redact), ..app }),
            flow,
            commit: redact(self.commit),
            word: redact(self.word),
            address: self.address.map(redact),
            ..self
        }
    }

    /// Whether it is not over.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// As `test (.github/workflows/ci.yml, push)`.
    #[must_use]
    pub(crate) fn shown(&self) -> String {
        let more: Vec<_> = match &self.flow {
            Flow::Known { workflow, event } => workflow.iter().chain([event]).cloned().collect(),
            Flow::None | Flow::Unknown => self.app.iter().filter_map(|app| app.slug.clone()).collect(),
        };
        let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
        visible_up_to(&format!("{}{more}", self.name), LIMIT)
    }

    /// For machines.
    pub(super) fn to_json(&self, role: &str) -> Value {
        let mut entry = Map::new();
        let (workflow, event) = match &self.flow {
            Flow::Known { workflow, event } => (workflow.as_deref(), Some(event.as_str())),
            Flow::None | Flow::Unknown => (None, None),
        };
        let cut = |text: &str| visible_up_to(text, LIMIT);
        for (key, value) in [
            ("name", json!(cut(&self.name))),
            ("source", json!(self.source.word())),
            ("id", json!(self.id)),
            ("app", json!(self.app.as_ref().map(|app| app.slug.clone().unwrap_or_else(|| app.id.to_string())))),
            ("app_id", json!(self.app.as_ref().map(|app| app.id))),
            ("workflow", json!(workflow.map(cut))),
            ("event", json!(event.map(cut))),
            ("outcome", json!(self.state.word())),
            ("word", json!(cut(&self.word))),
            ("role", json!(role)),
            ("address", json!(self.address.as_deref().map(cut))),
        ] {
            entry.insert(key.to_owned(), value);
        }
        Value::Object(entry)
    }
}
