//! What a lock file pins behind the first level: a package is fixed when everything that it needs is there and fixed, too.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::OnceLock;

/// How many names of a way are shown.
const WAY_LIMIT: usize = 6;

/// The packages of a lock file, each with what it needs.
#[derive(Debug, Default)]
pub(crate) struct Graph<'t> {
    packages: Vec<Package<'t>>,
    /// For each package, the step to the nearest hole; looked for once, when somebody asks.
    steps: OnceLock<Vec<Option<Step>>>,
}

/// A package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package<'t> {
    /// What people call it.
    pub(crate) name: Cow<'t, str>,
    /// Why its content is not fixed, as it goes on behind its name and a colon; `None` where it is.
    pub(crate) open: Option<String>,
    /// What it needs.
    pub(crate) needs: Vec<Need<'t>>,
}

/// What a package needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need<'t> {
    /// The package of this number.
    Package(usize),
    /// One that the lock file does not have as it is needed.
    Missing {
        /// Its name.
        name: Cow<'t, str>,
        /// Why, as it goes on behind the name and a colon.
        why: String,
    },
}

/// Where the nearest hole is, seen from a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It is the package itself.
    Here,
    /// It is what the package needs: the need of this number.
    Needs(usize),
    /// It lies behind the package of this number.
    Through(usize),
}

impl<'t> Graph<'t> {
    /// A graph of packages; needs are numbers in this list, and one that leads nowhere is as good as none.
    pub(crate) fn new(packages: Vec<Package<'t>>) -> Self {
        Self { packages, steps: OnceLock::new() }
    }

    /// The nearest hole behind a package, which itself is not looked at: "idna via requests: uv.lock has no hash for it".
    pub(crate) fn hole_behind(&self, package: usize) -> Option<String> {
        let from = self.packages.get(package)?;
        let steps = self.steps.get_or_init(|| self.look());
        let nearest = from.needs.iter().filter_map(|need| match need {
            Need::Missing { name, why } => Some((vec![name.as_ref()], why.as_str())),
            Need::Package(number) if *number != package => self.follow(steps, *number),
            Need::Package(_) => None,
        });
        let (mut way, why) = nearest.min_by_key(|(way, _)| way.len())?;
        let hole = way.pop()?;
        way.insert(0, &from.name);
        let left_out = way.len().saturating_sub(WAY_LIMIT);
        if left_out > 0 {
            way.splice(1..=left_out, ["…"]);
        }
        Some(format!("{hole} via {}: {why}", way.join(" > ")))
    }

    /// The names on the way from a package to the nearest hole, itself and the hole included, and why it is one.
    fn follow(&self, steps: &[Option<Step>], mut number: usize) -> Option<(Vec<&str>, &str)> {
        let mut way = Vec::new();
        loop {
            let package = self.packages.get(number)?;
            way.push(package.name.as_ref());
            match steps.get(number).copied().flatten()? {
                Step::Here => return Some((way, package.open.as_deref()?)),
                Step::Needs(need) => match package.needs.get(need)? {
                    Need::Missing { name, why } => {
                        way.push(name);
                        return Some((way, why));
                    }
                    Need::Package(_) => return None,
                },
                Step::Through(next) => number = next,
            }
        }
    }

    /// From all holes at once back to what needs them, so that each package is met once however large the file is.
    fn look(&self) -> Vec<Option<Step>> {
        let mut steps: Vec<_> = self.packages.iter().map(own_step).collect();
        if steps.iter().all(Option::is_none) {
            return steps;
        }
        let mut needed_by = vec![Vec::new(); self.packages.len()];
        for (number, package) in self.packages.iter().enumerate() {
            for need in &package.needs {
                if let Need::Package(needed) = need
                    && let Some(by) = needed_by.get_mut(*needed)
                {
                    by.push(number);
                }
            }
        }
        let mut waiting: VecDeque<_> = (0..steps.len()).filter(|number| steps[*number].is_some()).collect();
        while let Some(number) = waiting.pop_front() {
            for by in &needed_by[number] {
                if steps[*by].is_none() {
                    steps[*by] = Some(Step::Through(number));
                    waiting.push_back(*by);
                }
            }
        }
        steps
    }
}

fn own_step(package: &Package<'_>) -> Option<Step> {
    let missing = || package.needs.iter().position(|need| matches!(need, Need::Missing { .. }));
    if package.open.is_some() { Some(Step::Here) } else { missing().map(Step::Needs) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &'static str, open: Option<&str>, needs: &[usize]) -> Package<'static> {
        let needs = needs.iter().map(|number| Need::Package(*number)).collect();
        Package { name: name.into(), open: open.map(str::to_owned), needs }
    }

    fn missing(name: &'static str) -> Need<'static> {
        Need::Missing { name: name.into(), why: "the lock does not have it".to_owned() }
    }

    #[test]
    fn the_nearest_hole_is_named_with_its_way() {
        let graph = Graph::new(vec![
            package("a", None, &[1, 2]),
            package("b", None, &[2]),
            package("c", None, &[3]),
            package("d", Some("no hash"), &[0]),
            package("e", None, &[]),
        ]);
        assert_eq!(graph.hole_behind(0).as_deref(), Some("d via a > c: no hash"));
        assert_eq!(graph.hole_behind(2).as_deref(), Some("d via c: no hash"));
        // A circle leads back to it.
        assert_eq!(graph.hole_behind(3).as_deref(), Some("d via d > a > c: no hash"));
        assert_eq!(graph.hole_behind(4), None);
        assert_eq!(graph.hole_behind(9), None);
    }

    #[test]
    fn what_is_missing_is_a_hole() {
        let mut b = package("b", None, &[]);
        b.needs.push(missing("x"));
        let graph = Graph::new(vec![package("a", None, &[1]), b]);
        assert_eq!(graph.hole_behind(0).as_deref(), Some("x via a > b: the lock does not have it"));
        assert_eq!(graph.hole_behind(1).as_deref(), Some("x via b: the lock does not have it"));
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_is_followed_without_recursion() {
        let count = 100_000;
        let mut packages: Vec<_> = (0..count).map(|number| package("p", None, &[number + 1])).collect();
        packages.push(package("end", Some("no hash"), &[0]));
        let graph = Graph::new(packages);
        let told = graph.hole_behind(0).unwrap();
        assert!(told.starts_with("end via p > … > p"), "{told}");
    }
}
