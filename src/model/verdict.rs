//! GO or NO-GO: the one place where it is decided.

use super::{Caution, Kind, Row, Status};

/// The answer to "may this release ship?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing holds it, and something was shown or claimed.
    Go,
    /// Something holds it, or nothing was shown at all.
    NoGo,
    /// In a rehearsal: what GO needs, but for the tag. It is no GO.
    Ready,
    /// In a rehearsal: something holds the release that is being prepared, or nothing was shown at all.
    NotReady,
    /// In a rehearsal: no release is being prepared, so that nothing was asked.
    Unasked,
}

impl Decision {
    /// The word in every output format.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::NoGo => "NO-GO",
            Self::Ready => "READY",
            Self::NotReady => "NOT READY",
            Self::Unasked => "NONE",
        }
    }

    /// The process's exit code: 0 or 1. (2 means that no decision was reached.)
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Go | Self::Ready | Self::Unasked => 0,
            Self::NoGo | Self::NotReady => 1,
        }
    }
}

/// What must be shown, besides that nothing holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Of a release: a PASS of an AUTO check that looked at something. Neither a claim nor what somebody told the gate
    /// nor a check without anything to look at is one.
    Release,
    /// Of a release before its tag is there: the same, and what meets it is no GO.
    Rehearsal,
    /// Of gates that a project chose by itself: any PASS, or an amber score.
    Gates,
}

impl Rule {
    /// The rule of a subcommand. One that is not known here has the stricter.
    #[must_use]
    pub fn of(command: &str) -> Self {
        match command {
            "run" | "evaluate" | "prri" | "trust" | "scan" | "decision" => Self::Gates,
            _ => Self::Release,
        }
    }

    fn is_met_by(self, row: &Row) -> bool {
        match self {
            Self::Release | Self::Rehearsal => row.kind == Kind::Auto && row.status == Status::Pass,
            Self::Gates => row.status.is_pass() || row.status == Status::Warn(Caution::Amber),
        }
    }

    /// What is said where nothing holds and nothing meets the rule.
    pub(super) fn unmet(self) -> &'static str {
        match self {
            Self::Release | Self::Rehearsal => "no AUTO check that looked at something is PASS",
            Self::Gates => "no result is PASS",
        }
    }
}

/// `GO` when no row holds the release and at least one row shows what the rule asks for; of a rehearsal, `READY`.
#[must_use]
pub fn verdict(rows: &[Row], rule: Rule) -> Decision {
    let shown = rows.iter().any(|row| rule.is_met_by(row));
    let held = rows.iter().any(Row::holds);
    match (rule, shown && !held) {
        (Rule::Rehearsal, true) => Decision::Ready,
        (Rule::Rehearsal, false) => Decision::NotReady,
        (Rule::Release | Rule::Gates, true) => Decision::Go,
        (Rule::Release | Rule::Gates, false) => Decision::NoGo,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Hollow;

    const RULES: [Rule; 2] = [Rule::Release, Rule::Gates];

    const ALL: [Status; 9] = [
        Status::Pass,
        Status::Hollow(Hollow::Vacuous),
        Status::Hollow(Hollow::Hearsay),
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
            below: Vec::new(),
            source: None,
            findings: Vec::new(),
            metrics: serde_json::Map::new(),
            evidence: Vec::new(),
            excuse: None,
            duration_ms: 0.0,
        }
    }

    /// What one row alone, and the same row beside a PASS, come to by the rule of gates.
    #[test]
    fn table() {
        use Decision::{Go, NoGo};
        let expected = [
            (Status::Pass, true, Go, Go),
            (Status::Pass, false, Go, Go),
            (Status::Hollow(Hollow::Vacuous), true, Go, Go),
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
            assert_eq!(verdict(&[row(status, blocking)], Rule::Gates), alone, "{status:?} {blocking} alone");
            let rows = [row(status, blocking), row(Status::Pass, true)];
            for rule in RULES {
                assert_eq!(verdict(&rows, rule), beside_a_pass, "{status:?} {blocking} beside a PASS");
            }
        }
    }

    #[test]
    fn a_release_rests_on_nothing_but_a_look_of_the_gate_itself() {
        for status in ALL {
            let expected = if status == Status::Pass { Decision::Go } else { Decision::NoGo };
            assert_eq!(verdict(&[row(status, true)], Rule::Release), expected, "{status:?}");
            let claimed = Row { kind: Kind::Attested, ..row(status, true) };
            assert_eq!(verdict(&[claimed], Rule::Release), Decision::NoGo, "{status:?} claimed");
        }
    }

    #[test]
    fn a_command_that_is_not_known_has_the_stricter_rule() {
        assert_eq!(["check", "verify", "run"].map(Rule::of), [Rule::Release, Rule::Release, Rule::Gates]);
    }

    #[test]
    fn no_result_no_go() {
        assert_eq!(RULES.map(|rule| verdict(&[], rule)), [Decision::NoGo; 2]);
    }

    fn rules() -> impl Strategy<Value = Rule> {
        prop::sample::select(&RULES[..])
    }

    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let kinds = prop::sample::select(&[Kind::Auto, Kind::Attested][..]);
        let one = (prop::sample::select(&ALL[..]), any::<bool>(), kinds)
            .prop_map(|(status, blocking, kind)| Row { kind, ..row(status, blocking) });
        prop::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn a_row_that_holds_the_release_is_never_outvoted(
            mut rows in rows(), rule in rules(), at in any::<prop::sample::Index>(),
            status in prop::sample::select(vec![Status::Fail, Status::Unproven]),
        ) {
            rows.insert(at.index(rows.len() + 1), row(status, true));
            prop_assert_eq!(verdict(&rows, rule), Decision::NoGo);
        }

        #[test]
        fn adding_a_result_that_holds_never_turns_no_go_into_go(
            rows in rows(), rule in rules(), status in prop::sample::select(vec![Status::Fail, Status::Unproven]),
        ) {
            let mut more = rows.clone();
            more.push(row(status, true));
            prop_assert!(verdict(&rows, rule) == Decision::Go || verdict(&more, rule) == Decision::NoGo);
        }

        #[test]
        fn go_needs_something_shown_and_nothing_unexcused(rows in rows(), rule in rules()) {
            if verdict(&rows, rule) == Decision::Go {
                prop_assert!(rows.iter().any(|row| rule.is_met_by(row)));
                prop_assert!(rows.iter().all(|r| !r.blocking || !r.status.holds()));
            }
        }

        #[test]
        fn what_is_go_for_a_release_is_go_for_gates(rows in rows()) {
            prop_assert!(verdict(&rows, Rule::Release) == Decision::NoGo || verdict(&rows, Rule::Gates) == Decision::Go);
        }

        #[test]
        fn a_rehearsal_asks_what_the_release_asks_and_never_says_go(rows in rows()) {
            let expected = match verdict(&rows, Rule::Release) {
                Decision::Go => Decision::Ready,
                _ => Decision::NotReady,
            };
            prop_assert_eq!(verdict(&rows, Rule::Rehearsal), expected);
        }

        #[test]
        fn order_does_not_matter(rows in rows(), rule in rules()) {
            let mut reversed = rows.clone();
            reversed.reverse();
            prop_assert_eq!(verdict(&rows, rule), verdict(&reversed, rule));
        }
    }
}
