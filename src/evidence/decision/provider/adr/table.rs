//! The status in a table: a row `| Status | Accepted |`, or a column under a head "Status".

use super::super::super::visible::Kind;
use super::entries::Entry;
use super::record::{Place, begins_superseded, is_status};
use super::status::{is_known, is_nothing};

/// The cells of one row.
struct Row<'e> {
    table: usize,
    head: bool,
    /// Whether it stands before the record's second heading, or right under "Status": where records say such things.
    is_on_top: bool,
    cells: Vec<&'e Entry>,
}

/// Every status in the tables.
pub(super) fn places(entries: &[Entry]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut column: Option<(usize, usize)> = None;
    for row in rows(entries) {
        match column {
            Some((table, at)) if table == row.table && row.is_on_top => {
                places.extend(row.cells.get(at).map(|cell| cell.place(&cell.words)));
            }
            _ => places.extend(row.pair()),
        }
        if row.head && row.pair().is_none() {
            let status = row.cells.iter().position(|cell| is_named_status(&cell.words));
            column = status.map(|at| (row.table, at));
        }
    }
    places
}

fn rows(entries: &[Entry]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = Vec::new();
    let (mut last, mut headings, mut in_status) = (0, 0, false);
    for entry in entries {
        match entry.kind {
            Kind::Cell { row, .. } if row == last => rows.last_mut().into_iter().for_each(|row| row.cells.push(entry)),
            Kind::Cell { table, row, head } => {
                last = row;
                rows.push(Row { table, head, is_on_top: headings < 2 || in_status, cells: vec![entry] });
            }
            Kind::Heading => (headings, in_status) = (headings + 1, is_named_status(&entry.words)),
            _ => {}
        }
    }
    rows
}

impl Row<'_> {
    /// The status in a row of a name and its value. A head is one only when the value can be nothing else.
    fn pair(&self) -> Option<Place> {
        let [name, value, ..] = self.cells.as_slice() else { return None };
        if begins_superseded(&name.words) && !is_nothing(&value.words) && !self.head {
            return Some(value.place(&format!("{} {}", name.words.trim_end_matches(':'), value.words)));
        }
        let is_value = is_known(&value.words) || (self.is_on_top && !self.head);
        (is_named_status(&name.words) && is_value).then(|| value.place(&value.words))
    }
}

fn is_named_status(words: &str) -> bool {
    is_status(words.trim_matches(|c: char| !c.is_alphabetic()))
}
