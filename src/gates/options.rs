//! The keys of a gate that belong to its type, held to the type's table before the type sees them: a value of another kind is
//! a mistake, never a default.

use jiff::civil::Date;
use jsonschema::PatternOptions;
use serde_json::{Map, Value};

use super::gate::Wrong;
use crate::model::escape::{is_blank, visible_up_to};
use crate::structured::json::kind;
use crate::structured::keys::{Key, Keys, Type};

/// Values that are what a table of keys says. A reader of another kind than the table's finds nothing, and a debug build
/// says so.
#[derive(Debug, Clone)]
pub struct Options {
    keys: Keys,
    values: Map<String, Value>,
}

impl Options {
    /// Holds values to a table. Also a key that must be there may be missing: what shows nothing without it is UNPROVEN when
    /// it runs, and a payload may stand in for it.
    ///
    /// # Errors
    /// The first key that the table does not have, or whose value is not what it says.
    pub fn of(keys: Keys, values: Map<String, Value>) -> Result<Self, Wrong> {
        if let Some(other) = values.keys().find(|name| keys.iter().all(|key| key.name != *name)) {
            return Err(wrong(other, "is none of the type's keys"));
        }
        for key in keys {
            if let Some(value) = values.get(key.name) {
                check(key.name, &key.kind, value)?;
            }
        }
        Ok(Self { keys, values })
    }

    fn value(&self, name: &str, reads: impl Fn(&Type) -> bool) -> Option<&Value> {
        let key = self.key(name).filter(|key| reads(key.kind.bare()));
        debug_assert!(key.is_some(), "the table has no `{name}` of this kind");
        key.and_then(|_| self.values.get(name))
    }

    fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// A text that is not blank.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.value(key, |kind| matches!(kind, Type::Text | Type::Word(_) | Type::Date))?.as_str()
    }

    /// As [`Options::text`], to keep.
    #[must_use]
    pub fn owned(&self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// Texts, where one or a list may stand. No key is an empty answer.
    #[must_use]
    pub fn texts(&self, key: &str) -> Vec<&str> {
        match self.value(key, |kind| matches!(kind, Type::OneOrMany(_) | Type::List(_))) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect(),
            value => value.and_then(Value::as_str).into_iter().collect(),
        }
    }

    /// `true` or `false`; without the key, `false`.
    #[must_use]
    pub fn switch(&self, key: &str) -> bool {
        self.value(key, |kind| matches!(kind, Type::Boolean)).and_then(Value::as_bool).unwrap_or(false)
    }

    /// `true` or `false`, where one of them is said.
    #[must_use]
    pub fn choice(&self, key: &str) -> Option<bool> {
        self.value(key, |kind| matches!(kind, Type::Boolean))?.as_bool()
    }

    /// A number.
    #[must_use]
    pub fn number(&self, key: &str) -> Option<f64> {
        self.value(key, |kind| matches!(kind, Type::Number { .. } | Type::NumberAbove { .. }))?.as_f64()
    }

    /// A whole number.
    #[must_use]
    pub fn whole(&self, key: &str) -> Option<u32> {
        let value = self.value(key, |kind| matches!(kind, Type::Whole { .. }))?;
        value.as_u64().and_then(|number| number.try_into().ok())
    }

    /// A date.
    #[must_use]
    pub fn date(&self, key: &str) -> Option<Date> {
        self.value(key, |kind| matches!(kind, Type::Date))?.as_str().and_then(date)
    }

    /// Mappings with keys of their own.
    #[must_use]
    pub fn objects(&self, key: &str) -> Vec<Self> {
        let items = self.value(key, |kind| matches!(kind, Type::Objects(_))).and_then(Value::as_array);
        let Some(Type::Objects(keys)) = self.key(key).map(|key| key.kind.bare()) else { return Vec::new() };
        let objects = items.into_iter().flatten().filter_map(Value::as_object);
        objects.map(|values| Self { keys, values: values.clone() }).collect()
    }
}

fn wrong(key: &str, message: impl Into<String>) -> Wrong {
    (key.to_owned(), message.into())
}

/// The same in one line, where a run meets it.
#[must_use]
pub(crate) fn sentence((key, message): Wrong) -> String {
    format!("`{key}` {message}")
}

/// Whether a value is what the table says.
fn check(key: &str, of: &Type, value: &Value) -> Result<(), Wrong> {
    let must = |what: &str| Err(wrong(key, format!("must be {what}; this is {}", shown(value))));
    match of {
        Type::Called(_, of) => check(key, of, value),
        Type::Text => text(key, value).map(drop),
        Type::Boolean if value.is_boolean() => Ok(()),
        Type::Boolean => Err(wrong(key, format!("must be true or false; this is {}", kind(value)))),
        Type::Whole { least, most, .. } => match value.as_u64() {
            Some(number) if (u64::from(*least)..=u64::from(*most)).contains(&number) => Ok(()),
            _ => must(&format!("a whole number from {least} to {most}")),
        },
        Type::Number { least, most } => match value.as_f64() {
            Some(number) if (*least..=*most).contains(&number) => Ok(()),
            _ => must(&of.phrase()),
        },
        Type::NumberAbove { above, most } => match value.as_f64() {
            Some(number) if number > *above && number <= *most => Ok(()),
            _ => Err(wrong(key, format!("must be {}", of.phrase()))),
        },
        Type::Word(words) => word(key, words, value),
        Type::Date => match date(text(key, value)?) {
            Some(_) => Ok(()),
            None => Err(wrong(key, "is not a date like 2026-12-31")),
        },
        Type::List(items) => list(key, items, value),
        Type::OneOrMany(items) if value.is_array() => list(key, items, value),
        Type::OneOrMany(item) => check(key, item, value),
        Type::Objects(keys) => objects(keys, value).map_err(|why| wrong(key, why)),
        _ if fits(of, value) => Ok(()),
        _ => must(&of.phrase()),
    }
}

fn text<'v>(key: &str, value: &'v Value) -> Result<&'v str, Wrong> {
    let text = value.as_str().ok_or_else(|| wrong(key, format!("must be a text; this is {}", kind(value))))?;
    if is_blank(text) { Err(wrong(key, "is empty")) } else { Ok(text) }
}

fn word(key: &str, known: &[&str], value: &Value) -> Result<(), Wrong> {
    let word = text(key, value)?;
    if known.contains(&word) {
        return Ok(());
    }
    let word = visible_up_to(word, 40);
    Err(wrong(key, format!("knows {}; `{word}` is none of them", known.join(", "))))
}

fn date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|_| text.len() == "2026-12-31".len())
}

fn list(key: &str, items: &Type, value: &Value) -> Result<(), Wrong> {
    match value {
        Value::Array(values) if values.is_empty() => Err(wrong(key, "is an empty list")),
        Value::Array(values) => values.iter().try_for_each(|value| check(key, items, value)),
        value => Err(wrong(key, format!("must be a list; this is {}", kind(value)))),
    }
}

fn objects(keys: Keys, value: &Value) -> Result<(), String> {
    let Value::Array(items) = value else {
        let names = keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>();
        let names = match names.as_slice() {
            [names @ .., last] if !names.is_empty() => format!("{} and {last}", names.join(", ")),
            names => names.concat(),
        };
        return Err(format!("must be a list of {names}; this is {}", kind(value)));
    };
    items.iter().try_for_each(|item| object(keys, item))
}

fn object(keys: Keys, item: &Value) -> Result<(), String> {
    let item = item.as_object().ok_or_else(|| format!("has an entry that is {}", kind(item)))?;
    if let Some(other) = item.keys().find(|name| keys.iter().all(|key| key.name != *name)) {
        return Err(format!("has an entry with the unknown key `{}`", visible_up_to(other, 40)));
    }
    for key in keys {
        match item.get(key.name) {
            None if key.is_required() => return Err(format!("has an entry without `{}`", key.name)),
            None => {}
            Some(value) => check(key.name, &key.kind, value).map_err(|wrong| {
                let whose = if matches!(key.kind, Type::Date) && value.is_string() { "whose" } else { "of which" };
                format!("has an entry {whose} {}", sentence(wrong))
            })?,
        }
    }
    Ok(())
}

/// What no built-in type has under its keys is asked of the schema.
fn fits(of: &Type, value: &Value) -> bool {
    let options = jsonschema::options().should_validate_formats(true).with_pattern_options(PatternOptions::regex());
    options.build(&of.document()).is_ok_and(|validator| validator.is_valid(value))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Number(number) => number.to_string(),
        value => kind(value).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ENTRY: Keys =
        &[Key::required("id", Type::Text, "What it is."), Key::required("until", Type::Date, "How long.")];
    const KEYS: Keys = &[
        Key::required("text", Type::PATH, ""),
        Key::required("texts", Type::GLOBS, ""),
        Key::required("switch", Type::Boolean, ""),
        Key::required("number", Type::Number { least: 0.0, most: 1.0 }, ""),
        Key::required("above", Type::NumberAbove { above: 0.0, most: 1.0 }, ""),
        Key::required("whole", Type::Whole { unit: "days", least: 1, most: 9 }, ""),
        Key::required("words", Type::OneOrMany(&Type::Word(&["pii", "secrets"])), ""),
        Key::required("date", Type::Date, ""),
        Key::required("entries", Type::Objects(ENTRY), ""),
        Key::required("map", Type::Map { least: 1, keys: &Type::ID, values: &Type::Object("an entry", ENTRY) }, ""),
    ];

    fn options(values: Value) -> Result<Options, String> {
        Options::of(KEYS, values.as_object().unwrap().clone()).map_err(sentence)
    }

    #[test]
    fn values_of_the_kind_are_read() {
        let none = options(json!({})).unwrap();
        assert_eq!((none.text("text"), none.texts("texts"), none.switch("switch")), (None, vec![], false));
        assert_eq!((none.number("number"), none.whole("whole"), none.date("date")), (None, None, None));
        let some = json!({
            "text": "a", "texts": ["a", "b"], "switch": true, "number": 1, "above": 1e-300, "whole": 7, "words": "pii",
            "date": "2026-12-31", "entries": [{"id": "a", "until": "2026-01-02"}],
            "map": {"a": {"id": "a", "until": "2026-01-02"}},
        });
        let some = options(some).unwrap();
        assert_eq!((some.text("text"), some.texts("texts"), some.switch("switch")), (Some("a"), vec!["a", "b"], true));
        assert_eq!((some.number("number"), some.number("above")), (Some(1.0), Some(1e-300)));
        assert_eq!((some.whole("whole"), some.texts("words")), (Some(7), vec!["pii"]));
        assert_eq!(some.date("date").map(|date| date.to_string()).as_deref(), Some("2026-12-31"));
        let entries = some.objects("entries");
        assert_eq!((entries.len(), entries[0].text("id"), entries[0].date("until").is_some()), (1, Some("a"), true));
        assert_eq!(options(json!({"texts": "a"})).unwrap().texts("texts"), ["a"]);
        assert!(options(json!({"entries": []})).unwrap().objects("entries").is_empty());
    }

    #[test]
    fn everything_else_is_a_mistake_with_its_key() {
        let cases = [
            ("text", json!(1), "must be a text; this is"),
            ("text", json!("\u{200b}"), "is empty"),
            ("texts", json!([]), "is an empty list"),
            ("texts", json!([["a"]]), "must be a text; this is"),
            ("switch", json!("true"), "must be true or false; this is"),
            ("number", json!(1.1), "must be a number from 0 to 1; this is 1.1"),
            ("number", json!("1"), "must be a number from 0 to 1; this is"),
            ("above", json!(0), "must be a number above 0, at most 1"),
            ("whole", json!(10), "must be a whole number from 1 to 9; this is 10"),
            ("whole", json!(1.5), "must be a whole number from 1 to 9; this is 1.5"),
            ("whole", json!(u64::MAX), "must be a whole number from 1 to 9; this is"),
            ("words", json!(["pii", "scores"]), "knows pii, secrets; `scores` is none of them"),
            ("date", json!("2026-1-1"), "is not a date like 2026-12-31"),
            ("entries", json!("a"), "must be a list of `id` and `until`; this is"),
            ("entries", json!([1]), "has an entry that is"),
            ("entries", json!([{"id": "a"}]), "has an entry without `until`"),
            ("entries", json!([{"id": "a", "untill": "x"}]), "has an entry with the unknown key `untill`"),
            ("entries", json!([{"id": "", "until": "2026-01-02"}]), "has an entry of which `id` is empty"),
            ("entries", json!([{"id": "a", "until": "soon"}]), "has an entry whose `until` is not a date"),
            ("map", json!({}), "must be mapping: id -> an entry; this is"),
            ("map", json!({"a": {"id": "a"}}), "must be mapping: id -> an entry; this is"),
            ("other", json!(1), "is none of the type's keys"),
        ];
        for (key, value, why) in cases {
            let said = options(json!({ key: value })).expect_err(why);
            assert!(said.starts_with(&format!("`{key}` {why}")), "{said}");
            assert!(options(json!({ key: null })).is_err(), "{key}");
        }
    }
}
