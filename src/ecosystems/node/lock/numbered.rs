//! Entries in the order of their keys, each found by its key and by its number.

use foldhash::{HashMap, HashMapExt};

use super::Text;

/// Entries with distinct keys.
pub(super) struct Numbered<'t, V> {
    entries: Vec<(Text<'t>, V)>,
    numbers: HashMap<Text<'t>, usize>,
}

impl<'t, V> Numbered<'t, V> {
    pub(super) fn new(mut entries: Vec<(Text<'t>, V)>) -> Self {
        if !entries.is_sorted_by(|(one, _), (next, _)| one <= next) {
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        let mut numbers = HashMap::with_capacity(entries.len());
        numbers.extend(entries.iter().enumerate().map(|(number, (key, _))| (key.clone(), number)));
        Self { entries, numbers }
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        self.numbers.get(key).copied()
    }

    pub(super) fn at(&self, number: usize) -> Option<&V> {
        self.entries.get(number).map(|(_, value)| value)
    }

    pub(super) fn key(&self, number: usize) -> Option<&Text<'t>> {
        self.entries.get(number).map(|(key, _)| key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.number(key).and_then(|number| self.at(number))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text<'t>, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }
}
