//! Entries in an order, each found by its key and by its number.

use std::collections::HashMap;

/// Entries with distinct keys.
pub(super) struct Numbered<V> {
    entries: Vec<(String, V)>,
    numbers: HashMap<String, usize>,
}

impl<V> Numbered<V> {
    pub(super) fn new(entries: Vec<(String, V)>) -> Self {
        let numbers = entries.iter().enumerate().map(|(number, (key, _))| (key.clone(), number)).collect();
        Self { entries, numbers }
    }

    pub(super) fn number(&self, key: &str) -> Option<usize> {
        self.numbers.get(key).copied()
    }

    pub(super) fn at(&self, number: usize) -> Option<&V> {
        self.entries.get(number).map(|(_, value)| value)
    }

    pub(super) fn key(&self, number: usize) -> Option<&str> {
        self.entries.get(number).map(|(key, _)| key.as_str())
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.number(key).and_then(|number| self.at(number))
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }
}
