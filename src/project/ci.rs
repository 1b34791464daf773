//! What a forge's CI says of the commit that is judged, as a table and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::checks::ci_status::{Judge, ask};
use crate::checks::context::Context;
use crate::evidence::forge::report;
use crate::model::escape::visible_up_to;
use crate::model::{Outcome, Status, Unproven};
use crate::structured::pretty;

/// The name of the JSON document.
const SCHEMA: &str = "delivery-gate/ci/v1";

/// The columns, each with its key in the JSON document and its widest, in characters.
const COLUMNS: [(&str, &str, usize); 6] = [
    ("OUTCOME", "outcome", 8),
    ("NAME", "name", 60),
    ("WORKFLOW", "workflow", 50),
    ("EVENT", "event", 20),
    ("APP", "app", 24),
    ("SAYS", "word", 40),
];

/// What a forge's CI says of a commit.
pub(crate) struct CiAnswer {
    outcome: Outcome,
    commit: Option<String>,
}

impl CiAnswer {
    /// Asks.
    pub(super) fn of(context: &Context) -> Self {
        let commit = context.world.commit().ok().map(str::to_owned);
        let asked = Judge::of(context).and_then(|judge| {
            let (place, commit, answer) = ask(context, &judge)?;
            let outcome = report::outcome(&answer, &place, &commit);
            let detail = format!("{}{}", outcome.detail, judge.said());
            Ok(Outcome { detail, ..outcome })
        });
        Self { outcome: asked.unwrap_or_else(|why: Unproven| why.into()), commit }
    }

    /// Whether everything that counts passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.outcome.status == Status::Pass
    }

    /// The `delivery-gate/ci/v1` document: every key is always there, and null where the forge was not asked.
    pub(crate) fn to_json(&self) -> String {
        let mut document = Map::new();
        document.insert("schema".to_owned(), json!(SCHEMA));
        document.insert("verdict".to_owned(), json!(self.outcome.status.label()));
        document.insert("detail".to_owned(), json!(self.outcome.detail));
        for key in report::KEYS {
            let usual = if key == "commit" { json!(self.commit) } else { Value::Null };
            document.insert(key.to_owned(), self.outcome.metrics.get(key).cloned().unwrap_or(usual));
        }
        pretty::to_string(&Value::Object(document))
    }

    /// A table of the signals, and what they come to.
    pub(crate) fn to_text(&self) -> String {
        let rows: Vec<_> = self.signals().map(cells).collect();
        let head = COLUMNS.map(|(title, ..)| title.to_owned());
        let width = |at: usize| rows.iter().chain([&head]).map(|row| row[at].chars().count()).max().unwrap_or_default();
        let widths: Vec<_> = (0..COLUMNS.len()).map(width).collect();
        let mut text = String::new();
        for row in [&head].into_iter().chain(&rows).filter(|_| !rows.is_empty()) {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        let gap = if rows.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{gap}{}  {}", self.outcome.status.label(), visible_up_to(&self.outcome.detail, 1000));
        text
    }

    fn signals(&self) -> impl Iterator<Item = &Value> {
        self.outcome.metrics.get("signals").and_then(Value::as_array).into_iter().flatten()
    }
}

fn cells(signal: &Value) -> [String; 6] {
    let text = |key: &str| signal.get(key).and_then(Value::as_str).unwrap_or_default();
    COLUMNS.map(|(_, key, widest)| {
        let own = visible_up_to(text(key), widest);
        match (key, text("role")) {
            ("word", role) if role != "counted" => format!("{own} ({role})"),
            _ => own,
        }
    })
}
