//! Maven's versions: which are fixed, and their order. <https://maven.apache.org/pom.html#version-order-specification>

use std::cmp::Ordering;

/// Why a version of a POM is not one version only; `None` where it is.
pub(crate) fn open(version: &str) -> Option<String> {
    let inner = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(one) if !one.is_empty() && !one.contains([',', '[', ']', '(', ')']) => return moving(one),
        _ => {}
    }
    if version.contains(['[', ']', '(', ')', ',']) {
        return Some("it is a range".to_owned());
    }
    moving(version)
}

fn moving(version: &str) -> Option<String> {
    if matches!(version, "LATEST" | "RELEASE") {
        return Some(format!("{version} is whatever is newest"));
    }
    let is_snapshot = version.to_ascii_uppercase().ends_with("SNAPSHOT");
    is_snapshot.then(|| "a SNAPSHOT is built again and again".to_owned())
}

/// A version, taken apart as `org.apache.maven.artifact.versioning.ComparableVersion` does it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version(Vec<Item>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// Digits without leading zeros, however many.
    Number(String),
    Word(String),
    /// What stands behind a hyphen, or where digits and letters meet.
    List(Vec<Item>),
}

/// The words that have a place of their own; the empty one is the release itself.
const QUALIFIERS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

/// The place of the release among them.
const RELEASE: usize = 5;

/// The longest version that is taken apart, in bytes: lists nest.
const LENGTH_LIMIT: usize = 500;

impl Version {
    /// `None` for a text that has no place in the order, or that nobody would write.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_sound = |byte: u8| byte.is_ascii_graphic();
        if text.is_empty() || text.len() > LENGTH_LIMIT || !text.bytes().all(is_sound) {
            return None;
        }
        let mut lists = Lists(vec![Vec::new()]);
        for part in text.to_ascii_lowercase().split_inclusive(['.', '-']) {
            let run = part.trim_end_matches(['.', '-']);
            lists.part(run, run.len() < part.len());
            if part.ends_with('-') {
                lists.open();
            }
        }
        Some(Self(lists.folded()))
    }

    /// How one stands to another.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        compare_lists(&self.0, &other.0)
    }
}

/// Each list is the last item of the one before.
struct Lists(Vec<Vec<Item>>);

impl Lists {
    fn open(&mut self) {
        self.0.push(Vec::new());
    }

    fn add(&mut self, item: Item) {
        if let Some(last) = self.0.last_mut() {
            last.push(item);
        }
    }

    /// What stands between two separators: runs of digits and of others.
    fn part(&mut self, part: &str, is_ended: bool) {
        if part.is_empty() {
            self.add(Item::Number(String::new()));
            return;
        }
        let mut rest = part;
        while let Some(first) = rest.bytes().next() {
            let end = rest.bytes().position(|byte| byte.is_ascii_digit() != first.is_ascii_digit());
            let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
            self.run(run, !after.is_empty(), is_ended);
            rest = after;
        }
    }

    fn run(&mut self, run: &str, is_turn: bool, is_ended: bool) {
        if run.starts_with(|c: char| c.is_ascii_digit()) {
            self.add(Item::Number(run.trim_start_matches('0').to_owned()));
        } else {
            // A word that a separator follows stays in the list of the numbers before it.
            let is_own = is_turn || !is_ended;
            if is_own && self.0.last().is_some_and(|last| !last.is_empty()) {
                self.open();
            }
            self.add(Item::Word(word(run, is_turn).to_owned()));
        }
        if is_turn {
            self.open();
        }
    }

    /// From the innermost outwards, each without what changes nothing at its end.
    fn folded(self) -> Vec<Item> {
        let mut inner: Option<Vec<Item>> = None;
        for mut list in self.0.into_iter().rev() {
            list.extend(inner.take().map(Item::List));
            normalize(&mut list);
            inner = Some(list);
        }
        inner.unwrap_or_default()
    }
}

/// The one name of a word that has several.
fn word(run: &str, is_followed_by_digit: bool) -> &str {
    match run {
        "a" if is_followed_by_digit => "alpha",
        "b" if is_followed_by_digit => "beta",
        "m" if is_followed_by_digit => "milestone",
        "ga" | "final" | "release" => "",
        "cr" => "rc",
        other => other,
    }
}

fn normalize(list: &mut Vec<Item>) {
    for at in (0..list.len()).rev() {
        match &list[at] {
            Item::Number(text) | Item::Word(text) if text.is_empty() => drop(list.remove(at)),
            Item::List(items) if items.is_empty() => drop(list.remove(at)),
            Item::List(_) => {}
            Item::Number(_) | Item::Word(_) => break,
        }
    }
}

fn compare_lists(one: &[Item], other: &[Item]) -> Ordering {
    let pairs = (0..one.len().max(other.len())).map(|at| (one.get(at), other.get(at)));
    let mut orders = pairs.map(|pair| match pair {
        (Some(one), Some(other)) => compare(one, other),
        (Some(one), None) => against_nothing(one),
        (None, Some(other)) => against_nothing(other).reverse(),
        (None, None) => Ordering::Equal,
    });
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare(one: &Item, other: &Item) -> Ordering {
    match (one, other) {
        (Item::Number(one), Item::Number(other)) => one.len().cmp(&other.len()).then_with(|| one.cmp(other)),
        (Item::Word(one), Item::Word(other)) => rank(one).cmp(&rank(other)),
        (Item::List(one), Item::List(other)) => compare_lists(one, other),
        (Item::Number(_), _) | (Item::List(_), Item::Word(_)) => Ordering::Greater,
        (Item::Word(_), _) | (Item::List(_), Item::Number(_)) => Ordering::Less,
    }
}

fn against_nothing(item: &Item) -> Ordering {
    match item {
        Item::Number(digits) => digits.len().cmp(&0),
        Item::Word(word) => rank(word).cmp(&(RELEASE, "")),
        Item::List(items) => items.iter().map(against_nothing).find(|order| order.is_ne()).unwrap_or(Ordering::Equal),
    }
}

/// An unknown word stands behind all that are known, in the order of its letters.
fn rank(word: &str) -> (usize, &str) {
    match QUALIFIERS.iter().position(|known| *known == word) {
        Some(place) => (place, ""),
        None => (QUALIFIERS.len(), word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_version_is_fixed_and_no_other() {
        for fixed in ["1.2.3", "31.1-jre", "[1.0]", "1.0-20260102.030405-7", "RELEASE-1"] {
            assert_eq!(open(fixed), None, "{fixed}");
        }
        for (version, why) in [
            ("[1,2)", "it is a range"),
            ("(,1.0]", "it is a range"),
            ("[1.0],[1.2]", "it is a range"),
            ("[]", "it is a range"),
            ("LATEST", "LATEST is whatever is newest"),
            ("RELEASE", "RELEASE is whatever is newest"),
            ("1.0-SNAPSHOT", "a SNAPSHOT is built again and again"),
            ("[1.0-snapshot]", "a SNAPSHOT is built again and again"),
        ] {
            assert_eq!(open(version).as_deref(), Some(why), "{version}");
        }
    }
}
