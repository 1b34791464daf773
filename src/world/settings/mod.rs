//! Every setting that an environment variable gives, in one table: its names, what it takes, its default. A key of a file or a
//! flag wins over the variable.

use std::fmt;
use std::ops::RangeInclusive;

use crate::model::problem::Problem;
use crate::structured::keys::Type;
use crate::system::environment::Environment;

mod table;

pub use table::*;

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting<D = &'static str> {
    /// The variable.
    pub variable: &'static str,
    /// Its older name; where both are set, the newer one counts.
    pub older: Option<&'static str>,
    /// The flag that wins over it.
    pub flag: Option<&'static str>,
    /// The key that says the same: of a gate, or (where it begins with `decision.`) of the policy.
    pub key: Option<&'static str>,
    /// What its value is.
    pub takes: Takes,
    /// What holds without it: a number, or words for people.
    pub default: D,
    /// What it changes, in one sentence.
    pub effect: &'static str,
}

/// What a setting's value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// Anything; the words say of what kind. Whoever takes it looks closer.
    Text(&'static str),
    /// A path with something in it.
    Folder,
    /// true, 1, false or 0.
    Switch,
    /// A whole number of a unit, both ends of the range included.
    Whole(&'static str, u32, u32),
    /// A number, both ends of the range included.
    Number(f64, f64),
    /// A number above the one and up to the other.
    NumberAbove(f64, f64),
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(what) => f.write_str(what),
            Self::Folder => f.write_str("a folder"),
            Self::Switch => f.write_str("true, 1, false or 0"),
            Self::Whole(unit, from, to) => write!(f, "whole {unit} from {from} to {to}"),
            Self::Number(from, to) => write!(f, "a number from {from} to {to}"),
            Self::NumberAbove(above, to) => write!(f, "a number above {above}, at most {to}"),
        }
    }
}

/// What holds without a setting, of whatever kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Usual {
    /// Words for people, or the text itself.
    Words(&'static str),
    /// A whole number.
    Whole(u32),
    /// A number.
    Number(f64),
}

impl fmt::Display for Usual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => f.write_str(words),
            Self::Whole(number) => number.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Setting {
    const fn words(self) -> Setting<Usual> {
        self.with(Usual::Words(self.default))
    }

    /// The folder that the variable names, or the one that holds without it.
    ///
    /// # Errors
    /// Nothing but white space.
    pub fn folder<'e>(&self, environment: &'e Environment) -> Result<&'e str, Problem> {
        self.read(environment, Self::as_folder).map(|folder| folder.unwrap_or(self.default))
    }
}

impl Setting<f64> {
    const fn decimal(self) -> Setting<Usual> {
        self.with(Usual::Number(self.default))
    }

    /// The number that the variable gives, or the one that holds without it.
    ///
    /// # Errors
    /// As [`Setting::number`].
    pub fn number_or_usual(&self, environment: &Environment) -> Result<f64, Problem> {
        self.number(environment).map(|number| number.unwrap_or(self.default))
    }
}

impl Setting<u32> {
    const fn whole_number(self) -> Setting<Usual> {
        self.with(Usual::Whole(self.default))
    }

    /// The whole number that the variable gives, or the one that holds without it.
    ///
    /// # Errors
    /// As [`Setting::number`].
    pub fn whole_or_usual(&self, environment: &Environment) -> Result<u32, Problem> {
        self.whole(environment).map(|number| number.unwrap_or(self.default))
    }
}

impl<D: Copy> Setting<D> {
    const fn with<E>(self, default: E) -> Setting<E> {
        let Self { variable, older, flag, key, takes, effect, .. } = self;
        Setting { variable, older, flag, key, takes, default, effect }
    }

    /// Its variable, and the older one.
    pub fn variables(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.variable).chain(self.older)
    }

    /// The type of the key that says the same.
    #[must_use]
    pub const fn kind(&self) -> Type {
        match self.takes {
            Takes::Text(_) | Takes::Folder => Type::Text,
            Takes::Switch => Type::Boolean,
            Takes::Whole(unit, least, most) => Type::Whole { unit, least, most },
            Takes::Number(least, most) => Type::Number { least, most },
            Takes::NumberAbove(above, most) => Type::NumberAbove { above, most },
        }
    }

    /// The variable that is set, and its value as it stands.
    #[must_use]
    pub fn given<'e>(&self, environment: &'e Environment) -> Option<(&'static str, &'e str)> {
        self.variables().find_map(|name| Some((name, environment.get(name)?)))
    }

    /// The value alone.
    #[must_use]
    pub fn text<'e>(&self, environment: &'e Environment) -> Option<&'e str> {
        self.given(environment).map(|(_, text)| text)
    }

    /// The one way from a variable to what its value means.
    fn read<'e, T>(
        &self,
        environment: &'e Environment,
        meaning: impl Fn(&Self, &'e str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some((name, text)) = self.given(environment) else { return Ok(None) };
        let wrong = |why| Problem::new(name, why).help("correct the value, or leave it out");
        self.understood(text, meaning(self, text)).map(Some).map_err(wrong)
    }

    fn understood<T>(&self, text: &str, meaning: Option<T>) -> Result<T, String> {
        meaning.ok_or_else(|| format!("it must be {}; this is `{text}`", self.takes))
    }

    /// The number that the variable gives.
    ///
    /// # Errors
    /// It is none of those that the setting takes.
    pub fn number(&self, environment: &Environment) -> Result<Option<f64>, Problem> {
        self.read(environment, Self::as_number)
    }

    /// The whole number that the variable gives.
    ///
    /// # Errors
    /// As [`Setting::number`].
    pub fn whole(&self, environment: &Environment) -> Result<Option<u32>, Problem> {
        self.read(environment, Self::as_whole)
    }

    /// What a switch says.
    ///
    /// # Errors
    /// It is none of the words of a switch.
    pub fn switch(&self, environment: &Environment) -> Result<Option<bool>, Problem> {
        self.read(environment, Self::as_switch)
    }

    /// Reads a number as people write it.
    ///
    /// # Errors
    /// What would be one.
    pub fn parse(&self, text: &str) -> Result<f64, String> {
        self.understood(text, self.as_number(text))
    }

    /// Reads a whole number as people write it.
    ///
    /// # Errors
    /// What would be one.
    pub fn parse_whole(&self, text: &str) -> Result<u32, String> {
        self.understood(text, self.as_whole(text))
    }

    fn as_number(&self, text: &str) -> Option<f64> {
        text.trim().parse().ok().filter(|number| self.fits(*number))
    }

    fn fits(&self, number: f64) -> bool {
        match self.takes {
            Takes::Number(from, to) => (from..=to).contains(&number),
            Takes::NumberAbove(above, to) => number > above && number <= to,
            Takes::Text(_) | Takes::Folder | Takes::Switch | Takes::Whole(..) => false,
        }
    }

    fn as_whole(&self, text: &str) -> Option<u32> {
        text.trim().parse().ok().filter(|number| self.range().contains(number))
    }

    fn as_switch(&self, text: &str) -> Option<bool> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    fn as_folder<'t>(&self, text: &'t str) -> Option<&'t str> {
        (!text.trim().is_empty()).then_some(text)
    }

    /// The least and the most of a setting of whole numbers; of another nothing.
    #[must_use]
    pub fn range(&self) -> RangeInclusive<u32> {
        match self.takes {
            Takes::Whole(_, from, to) => from..=to,
            #[expect(clippy::reversed_empty_ranges, reason = "it holds no number")]
            _ => 1..=0,
        }
    }

    fn problem(&self, environment: &Environment) -> Option<Problem> {
        match self.takes {
            Takes::Text(_) => None,
            Takes::Folder => self.read(environment, Self::as_folder).err(),
            Takes::Switch => self.switch(environment).err(),
            Takes::Whole(..) => self.whole(environment).err(),
            Takes::Number(..) | Takes::NumberAbove(..) => self.number(environment).err(),
        }
    }
}

/// Whether the settings of gates are what they may be.
///
/// # Errors
/// Every value that is not.
pub(crate) fn check_gates(environment: &Environment) -> Result<(), Vec<Problem>> {
    let problems: Vec<_> = OF_GATES.iter().filter_map(|setting| setting.problem(environment)).collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented() -> String {
    let cell = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
    let row = |setting: Setting<Usual>| {
        let older = setting.older.map(|older| format!(" (`{older}`)")).unwrap_or_default();
        let (flag, key) = (cell(setting.flag), cell(setting.key));
        let Setting { variable, takes, default, effect, .. } = setting;
        format!("| `{variable}`{older} | {flag} | {key} | {takes} | {default} | {effect} |\n")
    };
    let head =
        "| variable (older name) | flag | key | takes | default | what it changes |\n|---|---|---|---|---|---|\n";
    head.to_owned() + &all().map(row).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_usual_number_is_one_that_its_setting_takes() {
        for setting in all() {
            let holds = match (setting.default, setting.takes) {
                (Usual::Words(text), Takes::Folder) => setting.as_folder(text).is_some(),
                (Usual::Whole(number), Takes::Whole(..)) => setting.range().contains(&number),
                (Usual::Number(number), Takes::Number(..) | Takes::NumberAbove(..)) => setting.fits(number),
                (Usual::Words(text), Takes::Number(..)) => text == "none",
                (Usual::Words(_), takes) => matches!(takes, Takes::Text(_) | Takes::Switch),
                _ => false,
            };
            assert!(holds, "{}", setting.variable);
        }
    }

    #[test]
    fn both_names_are_read_and_the_newer_one_counts() {
        let both = environment(&[
            ("SPANFORGE_GATE_PRRI_RED_THRESHOLD", "many"),
            ("DELIVERY_GATE_PRRI_RED_THRESHOLD", " 60.5 "),
            ("SPANFORGE_GATE_PII_WINDOW_HOURS", "48"),
        ]);
        assert_eq!(PRRI_RED_THRESHOLD.number(&both), Ok(Some(60.5)));
        assert_eq!(PII_WINDOW_HOURS.whole_or_usual(&both), Ok(48));
        assert_eq!(SECRETS_WINDOW_HOURS.whole_or_usual(&both), Ok(24));
        assert_eq!(check_gates(&both), Ok(()));
    }

    #[test]
    fn every_bad_value_is_a_problem() {
        let bad = [
            (ARTIFACT_DIR.variable, [" ", "\t", "\n", "\u{a0}"]),
            (RETENTION_DAYS.variable, ["0", "-1", "90d", "36501"]),
            (PRRI_RED_THRESHOLD.variable, ["NaN", "100.1", "-1", "high"]),
            (HRI_CRITICAL_THRESHOLD.variable, ["0", "1.01", "NaN", "5%"]),
            (HRI_WINDOW.variable, ["0", "1e2", "100001", "all"]),
            (PII_WINDOW_HOURS.variable, ["0", "24h", "87601", "99999999999"]),
            (SECRETS_WINDOW_HOURS.variable, ["0", "24.0", "inf", "x"]),
            (SECRETS_CONFIDENCE.variable, ["1.01", "-0.1", "high", "NaN"]),
        ];
        for row in 0..4 {
            let variables: Vec<_> = bad.iter().map(|(variable, values)| (*variable, values[row])).collect();
            let problems = check_gates(&environment(&variables)).expect_err("bad values");
            let named: Vec<_> = problems.into_iter().map(|problem| problem.path).collect();
            assert_eq!(named, bad.iter().map(|(variable, _)| *variable).collect::<Vec<_>>());
        }
    }

    #[test]
    fn no_variable_stands_in_the_table_twice() {
        let mut names: Vec<_> = all().flat_map(|setting| setting.variables().collect::<Vec<_>>()).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
