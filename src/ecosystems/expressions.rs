//! Texts in which a property's name stands for its value: Maven's `${name}`, MSBuild's `$(name)`.

use std::collections::HashSet;

/// How often one property may lead to another.
const STEP_LIMIT: usize = 32;

/// The longest text that may come of it, in bytes.
const LENGTH_LIMIT: usize = 1_000;

/// How many values a property may have.
const VALUE_LIMIT: usize = 32;

/// How names are marked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Marks {
    /// What stands before a name.
    pub(crate) open: &'static str,
    /// What stands behind it.
    pub(crate) close: char,
}

impl Marks {
    /// The first name in a text.
    pub(crate) fn name(self, text: &str) -> Option<&str> {
        let (_, rest) = text.split_once(self.open)?;
        rest.split_once(self.close).map(|(name, _)| name)
    }

    /// Every text that may come of one: a property may have several values, the usual one first.
    ///
    /// # Errors
    /// The first name that has no value, or whose value grows without end.
    pub(crate) fn values(self, text: &str, value: &dyn Fn(&str) -> Option<Vec<String>>) -> Result<Vec<String>, String> {
        let mut texts = vec![text.to_owned()];
        for _ in 0..STEP_LIMIT {
            let Some(name) = texts.iter().find_map(|text| self.name(text)).map(str::to_owned) else {
                return Ok(texts);
            };
            let found = value(&name).ok_or_else(|| name.clone())?;
            if found.len() > VALUE_LIMIT || found.iter().any(|one| one.len() > LENGTH_LIMIT) {
                return Err(name);
            }
            let expression = format!("{}{name}{}", self.open, self.close);
            let replaced = |text: String| match text.contains(&expression) {
                true => found.iter().map(|one| text.replace(&expression, one)).collect(),
                false => vec![text],
            };
            let mut seen = HashSet::new();
            texts = texts.into_iter().flat_map(replaced).filter(|text| seen.insert(text.clone())).collect();
            if texts.iter().map(String::len).sum::<usize>() > LENGTH_LIMIT {
                return Err(name);
            }
        }
        Err(self.name(text).unwrap_or(text).to_owned())
    }
}
