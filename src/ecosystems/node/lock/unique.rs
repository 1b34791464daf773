//! Maps of which no key may stand twice: readers differ on which one counts.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::Text;

/// A map with distinct keys, in their order, so that each run tells the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unique<'t, V>(Vec<(Text<'t>, V)>);

impl<V> Default for Unique<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'t, V> Unique<'t, V> {
    /// Entries in any order; nothing where a key is there twice. What a tool wrote is in order as a rule.
    pub(super) fn of(mut entries: Vec<(Text<'t>, V)>) -> Option<Self> {
        if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        }
        entries.is_sorted_by(|(one, _), (next, _)| one < next).then_some(Self(entries))
    }

    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(key)).ok().map(|at| &self.0[at].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Text<'t>, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Text<'t>> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The entries in the order of their keys.
    pub(super) fn sorted(self) -> Vec<(Text<'t>, V)> {
        self.0
    }
}

impl<'de, 't, V: Deserialize<'de>> Deserialize<'de> for Unique<'t, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Distinct(PhantomData))
    }
}

struct Distinct<'t, V>(PhantomData<(&'t (), V)>);

impl<'de, 't, V: Deserialize<'de>> Visitor<'de> for Distinct<'t, V> {
    type Value = Unique<'t, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = HashMap::new();
        while let Some((key, value)) = map.next_entry::<String, V>()? {
            match entries.entry(Cow::Owned(key)) {
                Entry::Vacant(place) => place.insert(value),
                Entry::Occupied(known) => {
                    return Err(A::Error::custom(format!("the key `{}` is there twice", known.key())));
                }
            };
        }
        Ok(Unique::of(entries.into_iter().collect()).unwrap_or_default())
    }

    /// YAML leaves an empty mapping out, or writes nothing after the colon.
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Unique::default())
    }
}
