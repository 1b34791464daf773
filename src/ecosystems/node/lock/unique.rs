//! Maps of which no key may stand twice: readers differ on which one counts.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// A map with distinct keys.
#[derive(Debug, Clone)]
pub(super) struct Unique<V>(pub(super) HashMap<String, V>);

impl<V> Default for Unique<V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<V> Unique<V> {
    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.0.get(key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The entries in the order of their keys, so that each run tells the same.
    pub(super) fn sorted(self) -> Vec<(String, V)> {
        let mut entries: Vec<_> = self.0.into_iter().collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Unique<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Distinct(PhantomData))
    }
}

struct Distinct<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Distinct<V> {
    type Value = Unique<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = HashMap::new();
        while let Some((key, value)) = map.next_entry::<String, V>()? {
            match entries.entry(key) {
                Entry::Vacant(place) => place.insert(value),
                Entry::Occupied(known) => {
                    return Err(A::Error::custom(format!("the key `{}` is there twice", known.key())));
                }
            };
        }
        Ok(Unique(entries))
    }

    /// YAML leaves an empty mapping out, or writes nothing after the colon.
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Unique::default())
    }
}
