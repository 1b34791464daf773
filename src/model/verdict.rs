//! GO or NO-GO: the one place where it is decided.

use super::{Caution, Row, Status};

/// The answer to "may this release ship?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing holds it, and something was shown or claimed.
    Go,
    /// Something holds it, or nothing was shown at all.
    NoGo,
}

impl Decision {
    /// The word in every output format.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
        }
    }

    /// The process's exit code: 0 or 1. (2 means that no decision was reached.)
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Go => 0,
            Self::NoGo => 1,
        }
    }
}

/// `GO` when no row holds the release and at least one row shows something: a PASS, or an amber score.
#[must_use]
pub fn verdict(rows: &[Row]) -> Decision {
    let shown = rows.iter().any(|row| matches!(row.status, Status::Pass | Status::Warn(Caution::Amber)));
    let held = rows.iter().any(Row::holds);
    if shown && !held { Decision::Go } else { Decision::NoGo }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Kind;

    const ALL: [Status; 7] = [
        Status::Pass,
        Status::Fail,
        Status::Unproven,
        Status::Warn(Caution::Excused),
        Status::Warn(Caution::Amber),
        Status::Na,
        Status::Skipped,
    ];

    fn row(status: Status, blocking: bool) -> Row {
        Row {
            id: "x".into(),
            title: "X".into(),
            kind: Kind::Auto,
            status,
            blocking,
            detail: String::new(),
            source: None,
            findings: Vec::new(),
            metrics: serde_json::Map::new(),
            evidence: Vec::new(),
            duration_ms: 0.0,
        }
    }

    /// What one row alone, and the same row beside a PASS, come to.
    #[test]
    fn table() {
        use Decision::{Go, NoGo};
        let expected = [
            (Status::Pass, true, Go, Go),
            (Status::Pass, false, Go, Go),
            (Status::Fail, true, NoGo, NoGo),
            (Status::Fail, false, NoGo, Go),
            (Status::Unproven, true, NoGo, NoGo),
            (Status::Unproven, false, NoGo, Go),
            (Status::Warn(Caution::Excused), true, NoGo, Go),
            (Status::Warn(Caution::Amber), true, Go, Go),
            (Status::Na, true, NoGo, Go),
            (Status::Skipped, true, NoGo, Go),
        ];
        for (status, blocking, alone, beside_a_pass) in expected {
            assert_eq!(verdict(&[row(status, blocking)]), alone, "{status:?} {blocking} alone");
            let rows = [row(status, blocking), row(Status::Pass, true)];
            assert_eq!(verdict(&rows), beside_a_pass, "{status:?} {blocking} beside a PASS");
        }
    }

    #[test]
    fn no_result_no_go() {
        assert_eq!(verdict(&[]), Decision::NoGo);
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let one = (prop::sample::select(&ALL[..]), any::<bool>()).prop_map(|(status, blocking)| row(status, blocking));
        prop::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn a_row_that_holds_the_release_is_never_outvoted(
            mut rows in rows(), status in prop::sample::select(vec![Status::Fail, Status::Unproven]), at in any::<prop::sample::Index>(),
        ) {
            rows.insert(at.index(rows.len() + 1), row(status, true));
            prop_assert_eq!(verdict(&rows), Decision::NoGo);
        }

        #[test]
        fn adding_a_result_that_holds_never_turns_no_go_into_go(
            rows in rows(), status in prop::sample::select(vec![Status::Fail, Status::Unproven]),
        ) {
            let mut more = rows.clone();
            more.push(row(status, true));
            prop_assert!(verdict(&rows) == Decision::Go || verdict(&more) == Decision::NoGo);
        }

        #[test]
        fn go_needs_something_shown_and_nothing_unexcused(rows in rows()) {
            if verdict(&rows) == Decision::Go {
                prop_assert!(rows.iter().any(|r| matches!(r.status, Status::Pass | Status::Warn(Caution::Amber))));
                prop_assert!(rows.iter().all(|r| !r.blocking || !r.status.holds()));
            }
        }

        #[test]
        fn order_does_not_matter(rows in rows()) {
            let mut reversed = rows.clone();
            reversed.reverse();
            prop_assert_eq!(verdict(&rows), verdict(&reversed));
        }
    }
}
