//! What came of it, in words.

use std::fmt::Write as _;

use super::Verified;
use super::compared::{Compared, Standing};
use crate::model::escape::visible_up_to;

/// What is said last, whatever was found.
pub(super) const NOT_PROVEN: [&str; 3] = [
    "Who controls the repository can rewrite all of it: commits, tags, claims and the file of keys. Only a tag, a record or a \
     signature that somebody kept elsewhere tells.",
    "That a claim is true, and what rows marked `recorded` say: nobody looked at them again.",
    "That the record was made when and by whom it says: it is sealed, not signed.",
];

/// How much of a detail is shown, in characters.
const SHOWN_LIMIT: usize = 1000;

impl Verified {
    /// What came of it, for people.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        let commit = self.subject.commit.as_deref().unwrap_or_default();
        let _ = writeln!(text, "{} at {}", shown(&self.tag), commit.get(..12).unwrap_or(commit));
        let _ = writeln!(text, "Record: {}\n", self.record_in_words());
        for row in &self.rows {
            let _ = writeln!(text, "{}", in_words(row));
        }
        let lines = |text: &mut String, head: &str, lines: &mut dyn Iterator<Item = String>| {
            lines.for_each(|line| text.push_str(&format!("{head}: {line}\n")));
        };
        text.push('\n');
        lines(&mut text, "Not of this release", &mut self.record.problems().iter().map(|one| shown(one)));
        let expired = self.expired.iter().map(|(file, why)| format!("{}: {}", shown(file), shown(why)));
        lines(&mut text, "Expired since", &mut expired.into_iter());
        lines(&mut text, "Warning", &mut self.warnings.iter().map(|one| shown(one)));
        lines(&mut text, "Not proven", &mut NOT_PROVEN.iter().map(|one| (*one).to_owned()));
        let _ = writeln!(text, "\n{}", self.conclusion());
        text
    }

    fn record_in_words(&self) -> String {
        match (&self.record.sealed, &self.record.path) {
            (Some(sealed), Some(path)) => {
                let judged_at = &sealed.record.judged_at;
                format!("{} (SHA-256 {}), {} at {judged_at}", shown(path), sealed.sha256.0, sealed.record.decision)
            }
            (None, Some(path)) => format!("{}, which cannot be relied on", shown(path)),
            (_, None) => "none, so that nothing is compared".to_owned(),
        }
    }

    fn conclusion(&self) -> String {
        let count = |label: &str| self.rows.iter().filter(|row| row.standing.label() == label).count();
        let (confirmed, recorded) = (count("confirmed"), count("recorded"));
        let open = self.rows.len() - confirmed - recorded + self.record.problems().len();
        let word = if self.holds() { "CONFIRMED" } else { "NOT CONFIRMED" };
        format!("Verified: {word} ({confirmed} confirmed, {recorded} as recorded, {open} not)")
    }
}

fn in_words(row: &Compared) -> String {
    let one = |said: &Option<(String, String)>| {
        said.as_ref().map_or("nothing".to_owned(), |(status, detail)| format!("{status} {}", shown(detail)))
    };
    // Something follows it, so that it ends no sentence.
    let before = |said: &Option<(String, String)>| one(said).trim_end_matches('.').to_owned();
    let detail = match (&row.standing, &row.was) {
        (Standing::Confirmed, _) => one(&row.is),
        (Standing::Different, _) => format!("recorded: {}; now: {}", before(&row.was), one(&row.is)),
        (Standing::Recorded(why), was) => format!("{}; {why}", before(was)),
        (Standing::Lost(why), None) => shown(why),
        (Standing::Lost(why), was) => format!("recorded: {}; {}", before(was), shown(why)),
    };
    format!("{:<9}  {} [{}]  {detail}", row.standing.label(), shown(&row.id), row.kind.label())
}

fn shown(text: &str) -> String {
    visible_up_to(text, SHOWN_LIMIT).to_string()
}
