//! What `-v` adds: on standard error, what each result was read from and how long that took.

use std::io::{self, Write};

use crate::model::escape::visible_line;
use crate::model::{Report, Row};

/// The longest text of a line, in characters.
const TEXT_LIMIT: usize = 400;

/// Logs a report; from the second `-v` on with every fact.
pub(super) fn report(report: &Report, verbose: u8) {
    if verbose == 0 {
        return;
    }
    let rows = report.rows.iter().flat_map(|row| lines(row, verbose > 1));
    // A command with lines of its own has its warnings there.
    let warnings =
        report.warnings.iter().filter(|_| report.transcript.is_none()).map(|warning| format!("warning: {warning}"));
    let mut stderr = io::stderr().lock();
    for line in rows.chain(warnings) {
        // There is nowhere left to report that this cannot be written.
        let _ = writeln!(stderr, "{}", visible_line(&line, TEXT_LIMIT));
    }
}

fn lines(row: &Row, facts: bool) -> Vec<String> {
    let source = row.source.as_ref().map(|source| format!(", from {}", source.text())).unwrap_or_default();
    let mut lines = vec![format!("{}: {} in {:.1} ms{source}", row.id, row.status.label(), row.duration_ms)];
    if facts {
        lines.extend(row.metrics.iter().map(|(name, value)| format!("  {name}: {value}")));
        lines.extend(row.evidence.iter().map(|evidence| format!("  evidence: {evidence}")));
    }
    lines
}
