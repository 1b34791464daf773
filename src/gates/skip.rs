//! When a gate is skipped: an expression over the variables, or globs on the branch.

use globset::{GlobBuilder, GlobMatcher};

use super::condition::{Condition, ConditionError};
use super::variables::Variables;
use crate::model::escape::visible_up_to;
use crate::model::nearest::suggestion;
use crate::world::glob::is_bounded;

/// The longest glob, in bytes.
const GLOB_LIMIT: usize = 512;

/// What makes a text an expression. No glob that makes sense on a branch has one of these.
const EXPRESSION_MARKS: [&str; 6] = ["==", "!=", "&&", "||", "(", " in "];

/// What makes a text in a list of globs an expression by mistake.
const STRAY_MARKS: [&str; 5] = ["==", "!=", "&&", "||", " in "];

/// A gate's `skip_on`.
#[derive(Debug, Clone)]
pub enum SkipOn {
    /// Skipped where it is true. In it `branch` is the short name.
    Expression(Condition),
    /// Skipped where one matches the short or the full name of the branch.
    Branches(Vec<BranchGlob>),
}

/// A glob in which `*` and `**` cross `/`, as files of the format mean it: `dependabot/*` is every branch below.
#[derive(Debug, Clone)]
pub struct BranchGlob {
    text: String,
    matcher: GlobMatcher,
}

impl SkipOn {
    /// Reads one text: an expression if it has `==`, `!=`, `&&`, `||`, `(` or ` in `, else a glob.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, ConditionError> {
        if EXPRESSION_MARKS.iter().any(|mark| text.contains(mark)) {
            return expression(text, known).map(Self::Expression);
        }
        Ok(Self::Branches(vec![BranchGlob::parse(text)?]))
    }

    /// What it is about the variables that skips the gate, if they do.
    ///
    /// # Errors
    /// The expression can be said neither way: the gate is not skipped, it is UNPROVEN.
    pub fn matches(&self, variables: &Variables) -> Result<Option<String>, String> {
        match self {
            Self::Expression(condition) => {
                let holds =
                    condition.evaluate(&variables.for_expressions()).map_err(|why| format!("skip_on: {why}"))?;
                Ok(holds.then(|| condition.text().to_owned()))
            }
            Self::Branches(globs) => Ok(matching(globs, variables)),
        }
    }
}

fn matching(globs: &[BranchGlob], variables: &Variables) -> Option<String> {
    let (short, full) = variables.branch()?;
    let glob = globs.iter().find(|glob| glob.matcher.is_match(&short) || glob.matcher.is_match(&full))?;
    Some(format!("branch `{}` matches `{}`", visible_up_to(&short, 120), glob.text))
}

fn expression(text: &str, known: &[&str]) -> Result<Condition, ConditionError> {
    let condition = Condition::over_variables(text)?;
    if let Some(name) = condition.metrics().into_iter().find(|name| !known.contains(name)) {
        let message = format!("there is no variable `{name}` ({})", suggestion(name, known.iter().copied()));
        return Err(ConditionError { message, offset: text.find(name).unwrap_or(0) });
    }
    if let Some(literal) = condition.literal(|text| text.starts_with("refs/heads")) {
        let message = "`branch` is the short name here: leave `refs/heads/` out".to_owned();
        return Err(ConditionError { message, offset: text.find(literal).unwrap_or(0) });
    }
    Ok(condition)
}

impl BranchGlob {
    /// Reads a glob.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let wrong = |message: String| ConditionError { message, offset: 0 };
        if text.len() > GLOB_LIMIT {
            return Err(wrong(format!("a glob has at most {GLOB_LIMIT} bytes")));
        }
        if !is_bounded(text) {
            return Err(wrong("this glob has too many groups in braces".to_owned()));
        }
        let glob = GlobBuilder::new(text).literal_separator(false).backslash_escape(true).build();
        let glob = glob.map_err(|error| wrong(format!("this is no glob: {}", error.kind())))?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() })
    }

    /// Reads a glob that stands in a list, where an expression would never match.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse_in_list(text: &str) -> Result<Self, ConditionError> {
        if let Some(at) = STRAY_MARKS.iter().find_map(|mark| text.find(mark)) {
            let message = "a list holds globs: write one expression as one text".to_owned();
            return Err(ConditionError { message, offset: at });
        }
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::variables::{Defaults, NAMES};
    use crate::system::environment::Environment;

    fn variables(branch: &str) -> Variables {
        let context = vec![("branch".to_owned(), branch.to_owned()), ("env".to_owned(), "staging".to_owned())];
        Variables::new(&Environment::default(), Defaults::default(), context).expect("variables")
    }

    fn skips(skip_on: &str, branch: &str) -> bool {
        let known: Vec<&str> = NAMES.into_iter().chain(["env"]).collect();
        let skip = SkipOn::parse(skip_on, &known).unwrap_or_else(|error| panic!("{skip_on}: {error}"));
        skip.matches(&variables(branch)).expect(skip_on).is_some()
    }

    #[test]
    fn globs_and_expressions_see_both_names_of_a_branch() {
        let skipped = [
            ("refs/heads/dependabot/*", "refs/heads/dependabot/npm/x-1.2"),
            ("refs/heads/dependabot/*", "dependabot/npm"),
            ("dependabot/**", "refs/heads/dependabot/a/b"),
            ("main", "refs/heads/main"),
            ("refs/heads/main", "main"),
            ("refs/pull/*", "refs/pull/5/merge"),
            ("branch.startsWith('dependabot/')", "refs/heads/dependabot/x"),
            ("branch.startsWith('dependabot/')", "dependabot/x"),
            ("branch == 'main' && env == \"staging\"", "refs/heads/main"),
            ("branch in ['main', 'next']", "main"),
            ("branch != 'main'", "refs/tags/main"),
        ];
        for (skip_on, branch) in skipped {
            assert!(skips(skip_on, branch), "{skip_on} on {branch}");
        }
        let run = [
            ("refs/heads/dependabot/*", "refs/heads/dependabot"),
            ("dependabot/*", "x/dependabot/y"),
            ("dependabot/*", "refs/tags/dependabot/y"),
            ("branch.startsWith('dependabot/')", "refs/tags/dependabot/x"),
            ("branch != 'main'", "refs/heads/main"),
            ("main", "mainly"),
        ];
        for (skip_on, branch) in run {
            assert!(!skips(skip_on, branch), "{skip_on} on {branch}");
        }
    }

    #[test]
    fn an_expression_over_nothing_known_is_refused() {
        let cases = [
            ("brnch == 'x'", 0, "there is no variable `brnch` (did you mean `branch`? Known: branch)"),
            ("branch == 'refs/heads/x'", 11, "`branch` is the short name here: leave `refs/heads/` out"),
            ("!branch.startsWith('refs/heads')", 20, "`branch` is the short name here: leave `refs/heads/` out"),
            ("true == true", 0, "this names no variable, so it is always the same"),
            ("main[", 0, "this is no glob: unclosed character class; missing ']'"),
        ];
        for (text, offset, message) in cases {
            let error = SkipOn::parse(text, &["branch"]).expect_err(text);
            assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
        }
        assert!(BranchGlob::parse_in_list("branch == 'x'").is_err());
        assert!(BranchGlob::parse_in_list("(a+)+$").is_ok());
    }

    #[test]
    fn without_a_branch_no_glob_matches_and_no_expression_answers() {
        let none = Variables::default();
        assert_eq!(SkipOn::parse("*", &[]).expect("a glob").matches(&none), Ok(None));
        let skip = SkipOn::parse("branch == 'x'", &["branch"]).expect("an expression");
        assert_eq!(skip.matches(&none), Err("skip_on: there is no variable `branch`".to_owned()));
    }
}
