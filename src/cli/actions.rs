//! What GitHub Actions gets beside the report: annotations after the text, and the decision as the step's output.
//! Nobody asked for these by name: where one cannot be written, that is said on standard error and decides nothing.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::model::Decision;
use crate::system::environment::Environment;
use crate::world::ci_systems::GITHUB;

/// The largest summary that GitHub takes of one step, in bytes; a larger one is not shown at all.
const SUMMARY_LIMIT: usize = 1 << 20;

/// What stands at the end of a report that is too large.
const CUT: &str = "\nThis report is larger than a summary may be and is not whole: `--output` writes it all.\n";

/// A run inside GitHub Actions.
pub(super) struct Actions {
    summary: Option<PathBuf>,
    output: Option<PathBuf>,
}

impl Actions {
    /// The job around this process, if there is one.
    pub(super) fn around(environment: &Environment) -> Option<Self> {
        let file = |name: &str| environment.get(name).map(PathBuf::from);
        GITHUB
            .is_around(environment)
            .then(|| Self { summary: file("GITHUB_STEP_SUMMARY"), output: file("GITHUB_OUTPUT") })
    }

    /// Adds the report to the job's summary. Returns what went wrong.
    pub(super) fn summarise(&self, markdown: &str) -> Option<String> {
        let path = self.summary.as_deref()?;
        let there = path.metadata().map_or(0, |metadata| usize::try_from(metadata.len()).unwrap_or(usize::MAX));
        let fitting = fitting(markdown, SUMMARY_LIMIT.saturating_sub(there.saturating_add(1)));
        if fitting.is_empty() {
            return Some("the summary of the job is full: the report is not in it".to_owned());
        }
        told("the summary of the job", path, &fitting)
    }

    /// Tells later steps the decision: `decision=GO`, `decision=NO-GO`, a word of a rehearsal, and `decision=` where none was
    /// reached, so that what an earlier run of the same step said does not stand. Returns what went wrong.
    pub(super) fn conclude(&self, decision: Option<Decision>) -> Option<String> {
        let decision = decision.map_or("", Decision::label);
        told("the output of the step", self.output.as_deref()?, &format!("decision={decision}\n"))
    }
}

/// The text, cut between lines to so many bytes: the table goes first, for the lists below it say what holds the release.
fn fitting(markdown: &str, limit: usize) -> Cow<'_, str> {
    if markdown.len() <= limit {
        return Cow::Borrowed(markdown);
    }
    // Steps before this one may have left no room for the note, either.
    let Some(mut room) = limit.checked_sub(CUT.len()) else { return Cow::Borrowed("") };
    let lines = markdown.split_inclusive('\n').filter(|line| !line.starts_with('|'));
    let kept = lines.take_while(|line| {
        let fits = line.len() <= room;
        room = room.saturating_sub(line.len());
        fits
    });
    Cow::Owned(kept.chain([CUT]).collect())
}

fn told(what: &str, path: &Path, text: &str) -> Option<String> {
    let error = append(path, text).err()?;
    Some(format!("{what} could not be written to {}: {error}", path.display()))
}

/// Adds lines to a file that others add to as well.
fn append(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let break_before = if ends_in_a_line(&mut file)? { "" } else { "\n" };
    file.write_all(format!("{break_before}{text}").as_bytes())
}

fn ends_in_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}
