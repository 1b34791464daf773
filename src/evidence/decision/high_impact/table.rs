//! Tables in which most of what is asked for is not.

use std::collections::HashMap;

/// A map by short texts. Most names that are asked for are not in it, and a glance at length and first byte tells so.
pub(super) struct Table<T> {
    lengths: [u64; 256],
    entries: HashMap<Vec<u8>, Vec<T>>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { lengths: [0; 256], entries: HashMap::new() }
    }
}

impl<T> Table<T> {
    pub(super) fn insert(&mut self, key: Vec<u8>, value: T) {
        let first = usize::from(key.first().copied().unwrap_or_default());
        self.lengths[first] |= length_bit(&key);
        self.entries.entry(key).or_default().push(value);
    }

    pub(super) fn get(&self, key: &[u8]) -> &[T] {
        let first = usize::from(key.first().copied().unwrap_or_default());
        if self.lengths[first] & length_bit(key) == 0 {
            return &[];
        }
        self.entries.get(key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// A list for each byte.
pub(super) struct ByByte<T>(Vec<Vec<T>>);

impl<T> Default for ByByte<T> {
    fn default() -> Self {
        Self(std::iter::repeat_with(Vec::new).take(256).collect())
    }
}

impl<T> ByByte<T> {
    pub(super) fn of(&mut self, byte: Option<&u8>) -> &mut Vec<T> {
        &mut self.0[usize::from(byte.copied().unwrap_or_default())]
    }

    pub(super) fn get(&self, byte: Option<&u8>) -> &[T] {
        &self.0[usize::from(byte.copied().unwrap_or_default())]
    }
}

fn length_bit(key: &[u8]) -> u64 {
    1 << key.len().min(63)
}
