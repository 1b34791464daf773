//! Entries in the order of their keys, each found by its key and by its number.

use std::cmp::Ordering;

/// Entries with distinct keys.
pub(super) struct Numbered<V>(Vec<(String, V)>);

impl<V> Numbered<V> {
    pub(super) fn new(mut entries: Vec<(String, V)>) -> Self {
        if !entries.is_sorted_by(|(one, _), (next, _)| one <= next) {
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        Self(entries)
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        self.number_of(&[key])
    }

    /// The number of a key that is given in parts: nobody has to join them first.
    pub(super) fn number_of(&self, parts: &[&str]) -> Option<usize> {
        self.0.binary_search_by(|(key, _)| compared(key, parts)).ok()
    }

    pub(super) fn at(&self, number: usize) -> Option<&V> {
        self.0.get(number).map(|(_, value)| value)
    }

    pub(super) fn key(&self, number: usize) -> Option<&str> {
        self.0.get(number).map(|(key, _)| key.as_str())
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.number(key).and_then(|number| self.at(number))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }
}

/// A key against one that is given in parts.
fn compared(key: &str, parts: &[&str]) -> Ordering {
    let mut rest = key.as_bytes();
    for part in parts {
        let (head, tail) = rest.split_at(part.len().min(rest.len()));
        match head.cmp(part.as_bytes()) {
            Ordering::Equal => rest = tail,
            other => return other,
        }
    }
    if rest.is_empty() { Ordering::Equal } else { Ordering::Greater }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_compared_like_the_whole() {
        let words = ["", "a", "ab", "a@1", "a@10", "a@2", "b"];
        for key in words {
            for whole in words {
                for cut in 0..=whole.len() {
                    let (one, two) = whole.split_at(cut);
                    assert_eq!(compared(key, &[one, two]), key.cmp(whole), "{key} {one}|{two}");
                }
            }
        }
    }
}
