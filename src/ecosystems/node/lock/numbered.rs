//! Entries in the order of their keys, each found by its key and by its number.

use super::Text;

/// Entries with distinct keys.
pub(super) struct Numbered<'t, V>(Vec<(Text<'t>, V)>);

impl<'t, V> Numbered<'t, V> {
    pub(super) fn new(mut entries: Vec<(Text<'t>, V)>) -> Self {
        if !entries.is_sorted_by(|(one, _), (next, _)| one <= next) {
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        Self(entries)
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(key)).ok()
    }

    pub(super) fn at(&self, number: usize) -> Option<&V> {
        self.0.get(number).map(|(_, value)| value)
    }

    pub(super) fn key(&self, number: usize) -> Option<&Text<'t>> {
        self.0.get(number).map(|(key, _)| key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.number(key).and_then(|number| self.at(number))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text<'t>, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }
}
