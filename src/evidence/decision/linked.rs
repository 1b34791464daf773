//! Files that a link of high-impact leads to: whoever changes them changes what stands at the link.

use super::high_impact::Policy;
use crate::git::Link;

/// How many links a link may lead over.
const STEPS: usize = 16;

/// The places that links of high-impact lead to, each with its category.
pub(super) struct Targets<'p>(Vec<(Vec<u8>, &'p str)>);

impl<'p> Targets<'p> {
    pub(super) fn of(links: &[Link], policy: &'p Policy) -> Self {
        let named = |(path, target): &Link| Some((target.clone(), policy.category_of(path, true)?));
        let mut targets: Vec<_> = links.iter().filter_map(named).collect();
        let mut from = 0;
        for _ in 0..STEPS {
            let further: Vec<_> = targets[from..].iter().flat_map(|target| beyond(target, links)).collect();
            from = targets.len();
            targets.extend(further);
            if targets.len() == from {
                break;
            }
        }
        Self(targets)
    }

    /// The category of a path that is the target of a link, or lies under it.
    pub(super) fn category(&self, path: &[u8]) -> Option<&'p str> {
        self.0.iter().find(|(target, _)| is_in(path, target)).map(|(_, category)| *category)
    }
}

/// Where a target leads to itself: it is a link, lies behind one, or has some in it.
fn beyond<'p>(target: &(Vec<u8>, &'p str), links: &[Link]) -> Vec<(Vec<u8>, &'p str)> {
    let (path, category) = target;
    let next = links.iter().filter_map(|(link, leads_to)| {
        let rest = path.strip_prefix(link.as_slice()).filter(|_| is_in(path, link)).unwrap_or_default();
        (is_in(path, link) || is_in(link, path)).then(|| ([leads_to.as_slice(), rest].concat(), *category))
    });
    next.collect()
}

fn is_in(path: &[u8], folder: &[u8]) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_found_over_links() {
        let policy = Policy::new(&[], &[]).unwrap();
        let link = |path: &str, target: &str| (path.as_bytes().to_vec(), target.as_bytes().to_vec());
        let links = [
            link(".github/workflows/ci.yml", "tools/ci.yml"),
            link("tools", "old"),
            link("old/ci.yml", "older/x"),
            link("docs/a", "docs/b"),
            link("Dockerfile", "build"),
            link("build/sub", "else"),
        ];
        let targets = Targets::of(&links, &policy);
        for (path, expected) in [
            ("tools/ci.yml", Some("ci")),
            ("old/ci.yml", Some("ci")),
            ("older/x", Some("ci")),
            ("build/a", Some("infrastructure")),
            ("else/y", Some("infrastructure")),
            ("docs/b", None),
            ("older/xy", None),
            ("builds", None),
        ] {
            assert_eq!(targets.category(path.as_bytes()), expected, "{path}");
        }
        let round = [link("Dockerfile", "a"), link("a", "b"), link("b", "a")];
        assert_eq!(Targets::of(&round, &policy).category(b"b"), Some("infrastructure"));
    }
}
