//! What many records come to, gathered piece by piece in any order.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use super::Question;
use super::record::{Kind, Record};

/// Counts over records. The order in which records and tallies are added does not matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// Every record, of whatever kind and project.
    pub(super) records: u64,
    /// The newest scores; of several at one moment the critical ones stay.
    scores: BinaryHeap<Reverse<(Timestamp, bool)>>,
    pub(super) pii: Window,
    pub(super) secrets: Window,
}

/// The looks for something within a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) looks: u64,
    pub(super) detections: u64,
}

impl Window {
    fn add(&mut self, detected: bool) {
        self.looks += 1;
        self.detections += u64::from(detected);
    }
}

impl Tally {
    /// Takes a record in.
    pub(super) fn add(&mut self, record: &Record<'_>, question: &Question<'_>) -> Result<(), String> {
        if record.at > question.latest() {
            return Err("its `timestamp` is more than five minutes in the future".into());
        }
        self.records += 1;
        if question.project_id.is_some_and(|id| id != record.project_id) {
            return Ok(());
        }
        match record.kind {
            Kind::Score(critical) => self.score((record.at, critical), question.rules.score_window),
            Kind::Pii(detected) if record.at >= question.since(question.rules.pii_window_hours) => {
                self.pii.add(detected);
            }
            Kind::Secrets(detected) if record.at >= question.since(question.rules.secrets_window_hours) => {
                self.secrets.add(detected);
            }
            Kind::Pii(_) | Kind::Secrets(_) | Kind::Other => {}
        }
        Ok(())
    }

    fn score(&mut self, score: (Timestamp, bool), most: u32) {
        if self.scores.len() < most as usize {
            self.scores.push(Reverse(score));
        } else if let Some(mut oldest) = self.scores.peek_mut()
            && score > oldest.0
        {
            *oldest = Reverse(score);
        }
    }

    /// Takes another tally in.
    pub(super) fn merge(&mut self, other: Self, question: &Question<'_>) {
        self.records += other.records;
        for Reverse(score) in other.scores {
            self.score(score, question.rules.score_window);
        }
        for (own, other) in [(&mut self.pii, other.pii), (&mut self.secrets, other.secrets)] {
            own.looks += other.looks;
            own.detections += other.detections;
        }
    }

    /// How many scores are counted, and how many of them are critical.
    pub(super) fn scores(&self) -> (usize, usize) {
        (self.scores.len(), self.scores.iter().filter(|Reverse((_, critical))| *critical).count())
    }
}
