//! A scan: every content, in parallel, and what it all came to.

use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::baseline::Baseline;
use super::content::{Buffer, Looked, MOST, look};
use super::files::{Listed, Target, open};
use super::finding::Finding;
use super::rules::Rules;
use super::unsearched::{Cause, Unsearched};
use crate::git::What;

/// How many contents one task takes: the buffer is handed on between tasks.
const TASK: usize = 32;

/// How many findings are kept; more are counted.
pub(crate) const KEPT: usize = 10_000;

/// How many findings of all contents wait to be put in order; of the contents after that they are counted only.
const WAITING: usize = 50 * KEPT;

/// How many reasons are kept.
pub(super) const REASONS: usize = 100;

/// How to scan.
pub struct Scan {
    rules: &'static Rules,
    /// The least confidence that is reported, 0 to 1.
    pub confidence: f64,
    /// What a person has allowed.
    pub baseline: Baseline,
}

/// A finding that a person has allowed.
#[derive(Debug, Clone)]
pub struct Allowed {
    pub(super) finding: Finding,
    /// Else the baseline has it.
    pub(super) by_comment: bool,
}

/// What a scan came to.
#[derive(Debug, Default)]
pub struct Summary {
    /// In order of path and place; the first ten thousand.
    pub findings: Vec<Finding>,
    /// How many there are.
    pub hit_count: u64,
    /// How many of them block whatever their confidence.
    pub auto_blocked: u64,
    /// Their types.
    pub types: BTreeSet<&'static str>,
    /// What was allowed: the first ten thousand.
    pub allowed: Vec<Allowed>,
    /// Which of them the change that is judged allowed itself, for people.
    pub allowed_by_change: Vec<String>,
    /// Why nobody can tell which, for people.
    pub untold: Option<String>,
    /// How many a comment on their line allows.
    pub allowed_inline: u64,
    /// How many the baseline allows.
    pub allowed_by_baseline: u64,
    /// Contents that were searched.
    pub files_scanned: u64,
    /// Their bytes.
    pub bytes_scanned: u64,
    /// Contents that were not searched.
    pub unsearched: Unsearched,
    /// Symbolic links, pipes and devices.
    pub skipped: u64,
    /// What could not be looked at, and why: the first hundred reasons.
    pub unreadable: Vec<String>,
    /// What the user named and nothing is under, in words: the first hundred.
    pub missed: Vec<String>,
}

impl Scan {
    /// A scan with the built-in rules.
    ///
    /// # Errors
    /// The rules cannot be read.
    pub fn new(confidence: f64, baseline: Baseline) -> Result<Self, String> {
        Ok(Self { rules: Rules::built_in()?, confidence, baseline })
    }

    /// Looks at everything that was listed.
    #[must_use]
    pub fn run(&self, listed: Listed) -> Summary {
        let Listed { targets, repositories, skipped, unreadable, absent, missed } = listed;
        let buffers: Mutex<Vec<Buffer>> = Mutex::default();
        let (room, beyond) = (AtomicUsize::new(WAITING), Mutex::new(Summary::default()));
        let task = |targets: &[Target]| {
            let mut buffer = lock(&buffers).pop().unwrap_or_default();
            let looked: Vec<_> = targets
                .iter()
                .map(|target| match target {
                    Target::File(path, shown) => {
                        let file = open(path).and_then(|mut file| self.look(shown, &mut file, &mut buffer));
                        file.map_err(|error| format!("{shown}: {error}"))
                    }
                    Target::Blob(number, blob, shown) => {
                        let bytes = repositories[*number].read_blob(blob);
                        let looked = bytes.and_then(|bytes| {
                            self.look(shown, &mut bytes.as_slice(), &mut buffer).map_err(|error| error.to_string())
                        });
                        let beside = matches!(blob.what, What::Name | What::Message);
                        looked.map(|looked| Looked { beside, ..looked }.of_commit(blob.commit.as_deref()))
                    }
                })
                .map(|looked| looked.map(|looked| self.bounded(looked, &room, &beyond)))
                .collect();
            lock(&buffers).push(buffer);
            looked
        };
        let looked: Vec<_> = targets.par_chunks(TASK).flat_map_iter(task).collect();
        let mut summary = Summary { skipped: skipped as u64, missed, ..Summary::default() };
        unreadable.into_iter().for_each(|why| summary.unread(why));
        absent.into_iter().for_each(|path| summary.unsearched.add(Cause::Submodule, path));
        let mut seen = HashSet::new();
        looked.into_iter().for_each(|looked| summary.add(looked, &self.baseline, &mut seen));
        summary.merge(beyond.into_inner().unwrap_or_else(PoisonError::into_inner));
        summary
    }

    /// Keeps as many findings of a content as there is room for, and counts the others: a hostile tree has any number.
    pub(super) fn bounded(&self, mut looked: Looked, room: &AtomicUsize, beyond: &Mutex<Summary>) -> Looked {
        // One tells what was given up.
        let wanted = looked.findings.len().min(KEPT);
        let taken = |room: usize| Some(room - room.min(wanted));
        let kept = room
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken)
            .unwrap_or_default()
            .clamp(wanted.min(1), wanted);
        if kept == looked.findings.len() && looked.allowed.len() <= 1 {
            return looked;
        }
        let mut beyond = lock(beyond);
        looked.findings.drain(kept..).for_each(|finding| beyond.judge(finding, &self.baseline));
        beyond.allowed_inline += looked.allowed.drain(1.min(looked.allowed.len())..).len() as u64;
        beyond.findings.clear();
        beyond.allowed.clear();
        looked.findings.shrink_to_fit();
        looked.allowed.shrink_to_fit();
        looked
    }

    /// Looks at a text.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn text(&self, shown: &str, from: &mut dyn Read) -> Result<Summary, String> {
        let looked = self.look(shown, from, &mut Buffer::default()).map_err(|error| format!("{shown}: {error}"));
        let mut summary = Summary::default();
        summary.add(Ok(looked?), &self.baseline, &mut HashSet::new());
        Ok(summary)
    }

    /// One content, without the baseline.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn look(&self, shown: &str, from: &mut dyn Read, buffer: &mut Buffer) -> std::io::Result<Looked> {
        look(self.rules, self.confidence, shown, from, buffer)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Looked {
    fn of_commit(mut self, commit: Option<&str>) -> Self {
        for finding in self.findings.iter_mut().chain(&mut self.allowed) {
            finding.commit = commit.map(str::to_owned);
        }
        self
    }
}

impl Summary {
    /// Whether nothing was looked at: that is no answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes_scanned == 0
    }

    /// Takes in what another scan came to.
    pub fn merge(&mut self, other: Self) {
        self.hit_count += other.hit_count;
        self.auto_blocked += other.auto_blocked;
        self.types.extend(other.types);
        self.allowed.extend(other.allowed);
        self.allowed.truncate(KEPT);
        self.allowed_by_change.extend(other.allowed_by_change);
        self.untold = self.untold.take().or(other.untold);
        self.allowed_inline += other.allowed_inline;
        self.allowed_by_baseline += other.allowed_by_baseline;
        self.files_scanned += other.files_scanned;
        self.bytes_scanned += other.bytes_scanned;
        self.unsearched.merge(other.unsearched);
        self.skipped += other.skipped;
        self.findings.extend(other.findings);
        self.findings.truncate(KEPT);
        other.unreadable.into_iter().for_each(|why| self.unread(why));
        self.missed.extend(other.missed);
        self.missed.truncate(REASONS);
    }

    pub(super) fn say_untold(&mut self, why: &str) {
        self.untold = Some(format!("what this change allowed is not known: {why}"));
    }

    fn unread(&mut self, why: String) {
        if self.unreadable.len() < REASONS {
            self.unreadable.push(why);
        }
    }

    /// A secret that stands in the working tree and in the index is one finding.
    fn add(
        &mut self,
        looked: Result<Looked, String>,
        baseline: &Baseline,
        seen: &mut HashSet<(String, String, Option<String>)>,
    ) {
        let Looked { findings, allowed, bytes, unsearched, beside, given_up } = match looked {
            Ok(looked) => looked,
            Err(why) => return self.unread(why),
        };
        if let Some((cause, path)) = unsearched {
            return self.unsearched.add(cause, path);
        }
        if let Some(finding) = findings.first().or(allowed.first()).filter(|_| given_up) {
            self.unread(format!("{}: it has more than {MOST} findings", finding.path));
        }
        // Names and messages alone show nothing of what a history has.
        if !beside {
            self.files_scanned += 1;
            self.bytes_scanned += bytes;
        }
        self.allowed_inline += allowed.len() as u64;
        allowed.into_iter().for_each(|finding| self.allow(finding, true));
        let mut here = HashSet::new();
        for finding in findings {
            let key = (finding.path.clone(), finding.fingerprint.clone(), finding.commit.clone());
            let before = seen.contains(&key);
            here.insert(key);
            if !before {
                self.judge(finding, baseline);
            }
        }
        seen.extend(here);
    }

    fn judge(&mut self, finding: Finding, baseline: &Baseline) {
        if baseline.has(&finding.fingerprint) {
            self.allowed_by_baseline += 1;
            self.allow(finding, false);
        } else {
            self.count(finding);
        }
    }

    fn allow(&mut self, finding: Finding, by_comment: bool) {
        if self.allowed.len() < KEPT {
            self.allowed.push(Allowed { finding, by_comment });
        }
    }

    fn count(&mut self, finding: Finding) {
        self.hit_count += 1;
        self.auto_blocked += u64::from(finding.auto_blocked);
        self.types.insert(finding.kind);
        if self.findings.len() < KEPT {
            self.findings.push(finding);
        }
    }
}
