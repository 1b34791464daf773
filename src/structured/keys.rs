//! Tables of keys: what a file may have, of which type, and what it changes. The same table checks a file and makes its JSON
//! Schema and its part of the documents.

use serde_json::{Map, Value, json};

/// A key that a file may have.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The key as written.
    pub name: &'static str,
    /// What stands under it.
    pub kind: Type,
    /// What holds without it.
    pub without: Without,
    /// What it changes, in Markdown without links: an editor shows it as it is.
    pub doc: &'static str,
}

/// The keys of one mapping.
pub type Keys = &'static [Key];

/// What holds where a key is not written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Without {
    /// Nothing: the file must have it.
    Required,
    /// This, in a few words.
    Is(&'static str),
    /// This number.
    Number(f64),
}

impl Without {
    /// For a table.
    fn words(self) -> String {
        match self {
            Self::Required => "required".to_owned(),
            Self::Is(words) => words.to_owned(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// What stands under a key.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// A text that is not blank.
    Text,
    /// A text, blank or not.
    AnyText,
    /// The same, or nothing at all: what a template has that nobody filled in.
    TextOrNothing,
    /// A text of at most so many characters.
    TextUpTo(usize),
    /// What it is called, and the regular expressions that it fits, all of them.
    Matching(&'static str, &'static [&'static str]),
    /// `true` or `false`.
    Boolean,
    /// A whole number of a unit, both ends of the range included.
    Whole {
        /// In the plural; "number" where there is none.
        unit: &'static str,
        /// The least.
        least: u32,
        /// The most.
        most: u32,
    },
    /// A number, both ends of the range included.
    Number {
        /// The least.
        least: f64,
        /// The most; infinity where there is none.
        most: f64,
    },
    /// A number above the one and up to the other.
    NumberAbove {
        /// What it is above.
        above: f64,
        /// The most.
        most: f64,
    },
    /// A date like 2026-12-31.
    Date,
    /// A date, or a time of RFC 3339.
    DateOrTime,
    /// A text, a number or a boolean, which is read as a text.
    Scalar,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// All of a type but a few words.
    ButNot(&'static Type, &'static [&'static str]),
    /// A list with something in it.
    List(&'static Type),
    /// One, or a list with something in it.
    OneOrMany(&'static Type),
    /// One of several types.
    Either(&'static [Type]),
    /// A mapping whose keys are the user's own.
    Map {
        /// The fewest entries.
        least: usize,
        /// What its keys are.
        keys: &'static Type,
        /// What stands under them.
        values: &'static Type,
    },
    /// A mapping with keys of its own, and the name under which a schema defines it.
    Object(&'static str, Keys),
    /// A list of such mappings, which may be empty.
    Objects(Keys),
    /// What a schema defines elsewhere under that name.
    Defined(&'static str),
    /// A type in other words.
    Called(&'static str, &'static Type),
}

impl Key {
    /// One that a file must have.
    #[must_use]
    pub const fn required(name: &'static str, kind: Type, doc: &'static str) -> Self {
        Self { name, kind, without: Without::Required, doc }
    }

    /// One that a file may leave out; `default` is what holds then.
    #[must_use]
    pub const fn or(name: &'static str, kind: Type, default: &'static str, doc: &'static str) -> Self {
        Self { name, kind, without: Without::Is(default), doc }
    }

    /// One that a file may leave out; a number holds then.
    #[must_use]
    pub const fn or_number(name: &'static str, kind: Type, default: f64, doc: &'static str) -> Self {
        Self { name, kind, without: Without::Number(default), doc }
    }

    /// Whether a file must have it.
    pub(crate) fn is_required(&self) -> bool {
        self.without == Without::Required
    }

    /// What it changes, its type and its default, for an editor.
    pub(crate) fn sentence(&self) -> String {
        let (doc, kind) = (self.doc, self.kind.phrase());
        match self.without {
            Without::Required => format!("{doc} ({kind}; required)"),
            default => format!("{doc} ({kind}; default: {})", default.words()),
        }
    }

    /// The JSON Schema of what stands under it, described.
    pub(crate) fn schema(&self) -> Value {
        let mut schema = self.kind.schema();
        schema["description"] = self.sentence().into();
        let default = match self.without {
            Without::Required => None,
            Without::Is(words) => self.kind.value(words),
            Without::Number(default) => Some(number(default)),
        };
        if let Some(default) = default {
            schema["default"] = default;
        }
        schema
    }

    fn row(&self) -> String {
        format!("| `{}` | {} | {} | {} |\n", self.name, self.kind.phrase(), self.without.words(), self.doc)
    }
}

/// The table for documents, in Markdown.
#[must_use]
pub fn documented(keys: Keys) -> String {
    let head = "| key | type | default | what it changes |\n|---|---|---|---|\n";
    head.to_owned() + &keys.iter().map(Key::row).collect::<String>()
}

/// The names of those that must be there.
pub(crate) fn required(keys: Keys) -> Vec<&'static str> {
    keys.iter().filter(|key| key.is_required()).map(|key| key.name).collect()
}

/// The schemas of the keys, by name.
pub(crate) fn properties(keys: Keys) -> Map<String, Value> {
    keys.iter().map(|key| (key.name.to_owned(), key.schema())).collect()
}

/// The schema of a mapping that has these keys and no others.
pub(crate) fn object(keys: Keys) -> Value {
    let mut object = json!({"type": "object", "additionalProperties": false, "properties": properties(keys)});
    let required = required(keys);
    if !required.is_empty() {
        object["required"] = json!(required);
    }
    object
}

/// The schemas of the mappings to which those of some keys refer, by name.
#[cfg(test)]
pub(crate) fn definitions(keys: Keys) -> Map<String, Value> {
    let mut found = Map::new();
    keys.iter().for_each(|key| key.kind.define(&mut found));
    found
}

impl Type {
    /// A path.
    pub const PATH: Self = Self::Called("path", &Self::Text);

    /// A glob.
    pub const GLOB: Self = Self::Called("glob", &Self::Text);

    /// Any of several files.
    pub const GLOBS: Self = Self::OneOrMany(&Self::GLOB);

    /// An id: it becomes a row's name in reports and, later, a file's.
    pub const ID: Self = Self::Matching("id", &["^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"]);

    /// The id of a check, or of that check of one package.
    pub const CHECK_ID: Self = Self::Matching(
        "id",
        &["^([A-Za-z0-9][A-Za-z0-9._-]{0,63}|(changelog|deps_pinned|version_agrees|decision_approved):.{1,4000})$"],
    );

    /// The type in a few words, for documents and for whoever wrote another.
    #[must_use]
    pub fn phrase(&self) -> String {
        match self {
            Self::Text | Self::AnyText | Self::TextOrNothing | Self::TextUpTo(_) => "text".to_owned(),
            Self::Matching(words, _) | Self::Defined(words) | Self::Called(words, _) => (*words).to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Whole { unit, least, most } => format!("whole {unit} from {least} to {most}"),
            Self::Number { least, most } if most.is_infinite() => format!("a number, {least} or more"),
            Self::Number { least, most } => format!("a number from {least} to {most}"),
            Self::NumberAbove { above, most } => format!("a number above {above}, at most {most}"),
            Self::Date => "date".to_owned(),
            Self::DateOrTime => "date or RFC 3339 time".to_owned(),
            Self::Scalar => "text, number or boolean".to_owned(),
            Self::Word(words) => any_of(words),
            Self::ButNot(kind, _) => kind.phrase(),
            Self::List(items) => format!("list of {}", items.plural()),
            Self::OneOrMany(items) => format!("{}, one or a list", items.plural()),
            Self::Either(kinds) => kinds.iter().map(Self::phrase).collect::<Vec<_>>().join(" or "),
            Self::Map { keys, values, .. } => format!("mapping: {} -> {}", keys.phrase(), values.title()),
            Self::Object(..) => "mapping".to_owned(),
            Self::Objects(keys) => {
                let names: Vec<_> = keys.iter().map(|key| format!("`{}`", key.name)).collect();
                format!("list of {}", names.join(", "))
            }
        }
    }

    fn plural(&self) -> String {
        match self {
            Self::Word(words) => words.join(", "),
            kind => format!("{}s", kind.phrase()),
        }
    }

    /// The words for one that is not the only one of its kind.
    fn title(&self) -> String {
        match self {
            Self::Object(name, _) => (*name).to_owned(),
            kind => kind.phrase(),
        }
    }

    /// The type without other words for it.
    pub(crate) fn bare(&self) -> &Self {
        match self {
            Self::Called(_, kind) => kind.bare(),
            kind => kind,
        }
    }

    /// The JSON Schema with the mappings to which it refers.
    pub(crate) fn document(&self) -> Value {
        let mut found = Map::new();
        self.define(&mut found);
        with(self.schema(), "$defs", found.into())
    }

    /// The JSON Schema, in draft 2020-12.
    #[must_use]
    pub fn schema(&self) -> Value {
        match self {
            Self::Text => json!({"type": "string", "pattern": "\\S"}),
            Self::AnyText => json!({"type": "string"}),
            Self::TextOrNothing => json!({"type": ["string", "null"]}),
            Self::TextUpTo(most) => json!({"type": "string", "pattern": "\\S", "maxLength": most}),
            Self::Matching(_, patterns) => matching(patterns),
            Self::Boolean => json!({"type": "boolean"}),
            Self::Whole { least, most, .. } => json!({"type": "integer", "minimum": least, "maximum": most}),
            Self::Number { least, most } if most.is_infinite() => json!({"type": "number", "minimum": number(*least)}),
            Self::Number { least, most } => {
                json!({"type": "number", "minimum": number(*least), "maximum": number(*most)})
            }
            Self::NumberAbove { above, most } => {
                json!({"type": "number", "exclusiveMinimum": number(*above), "maximum": number(*most)})
            }
            Self::Date => json!({"type": "string", "format": "date"}),
            Self::DateOrTime => json!({"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}),
            Self::Scalar => json!({"type": ["string", "number", "boolean"]}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
            Self::ButNot(kind, words) => with(kind.schema(), "not", json!({"enum": words})),
            Self::List(items) => json!({"type": "array", "minItems": 1, "items": items.schema()}),
            Self::OneOrMany(items) => json!({"anyOf": [items.schema(), Self::List(items).schema()]}),
            Self::Either(kinds) => json!({"anyOf": kinds.iter().map(Self::schema).collect::<Vec<_>>()}),
            Self::Map { least, keys, values } => map(*least, keys, values),
            Self::Object(name, _) | Self::Defined(name) => json!({"$ref": definition(name)}),
            Self::Objects(keys) => json!({"type": "array", "items": object(keys)}),
            Self::Called(_, kind) => kind.schema(),
        }
    }

    /// Adds the mappings to which the schema refers.
    fn define(&self, found: &mut Map<String, Value>) {
        match self {
            Self::Object(name, keys) if !found.contains_key(*name) => {
                found.insert((*name).to_owned(), object(keys));
                keys.iter().for_each(|key| key.kind.define(found));
            }
            Self::Objects(keys) => keys.iter().for_each(|key| key.kind.define(found)),
            Self::List(kind) | Self::OneOrMany(kind) | Self::Called(_, kind) | Self::Map { values: kind, .. } => {
                kind.define(found);
            }
            Self::Either(kinds) => kinds.iter().for_each(|kind| kind.define(found)),
            _ => {}
        }
    }

    /// The value that a text of the tables stands for; nothing, where the text only tells of one.
    fn value(&self, text: &str) -> Option<Value> {
        match self {
            Self::Boolean => text.parse::<bool>().ok().map(Value::Bool),
            Self::Whole { .. } => text.parse::<u32>().ok().map(Value::from),
            Self::Number { .. } | Self::NumberAbove { .. } => text.parse().ok().map(number),
            Self::Word(words) => words.contains(&text).then(|| text.into()),
            Self::OneOrMany(kind) | Self::Called(_, kind) | Self::ButNot(kind, _) => kind.value(text),
            Self::Either(kinds) => kinds.iter().find_map(|kind| kind.value(text)),
            _ => None,
        }
    }
}

fn definition(name: &str) -> String {
    format!("#/$defs/{}", name.replace(' ', "%20"))
}

fn with(mut schema: Value, keyword: &str, value: Value) -> Value {
    schema[keyword] = value;
    schema
}

fn matching(patterns: &[&str]) -> Value {
    let schema = json!({"type": "string"});
    match patterns {
        [] => schema,
        [pattern] => with(schema, "pattern", (*pattern).into()),
        [pattern, others @ ..] => {
            let others: Vec<_> = others.iter().map(|pattern| json!({"pattern": pattern})).collect();
            with(with(schema, "pattern", (*pattern).into()), "allOf", others.into())
        }
    }
}

fn map(least: usize, keys: &Type, values: &Type) -> Value {
    let schema = json!({"type": "object", "propertyNames": keys.schema(), "additionalProperties": values.schema()});
    if least == 0 { schema } else { with(schema, "minProperties", least.into()) }
}

/// Whole numbers without a point, as people write them.
fn number(number: f64) -> Value {
    number.to_string().parse::<i64>().map_or_else(|_| number.into(), Value::from)
}

/// "a, b or c".
fn any_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} or {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INNER: Keys = &[Key::required("max", Type::Number { least: 0.0, most: f64::INFINITY }, "The most.")];
    const KEYS: Keys = &[
        Key::or("a", Type::Word(&["x", "y", "z"]), "y", "One."),
        Key::or("b", Type::List(&Type::Word(&["x", "y"])), "[x]", "Some."),
        Key::or("c", Type::GLOBS, "all", "Files."),
        Key::or("d", Type::Map { least: 0, keys: &Type::ID, values: &Type::Object("an inner", INNER) }, "none", "Own."),
        Key::or("e", Type::Either(&[Type::Text, Type::List(&Type::Called("word", &Type::AnyText))]), "-", "Either."),
        Key::or("f", Type::Whole { unit: "hours", least: 1, most: 9 }, "4", "Hours."),
        Key::or("g", Type::Either(&[Type::Boolean, Type::Text]), "true", "Both."),
        Key::required("h", Type::NumberAbove { above: 0.0, most: 0.5 }, "A part."),
    ];

    #[test]
    fn a_table_is_written_as_people_read_it() {
        let rows = "| `a` | x, y or z | y | One. |\n\
            | `b` | list of x, y | [x] | Some. |\n\
            | `c` | globs, one or a list | all | Files. |\n\
            | `d` | mapping: id -> an inner | none | Own. |\n\
            | `e` | text or list of words | - | Either. |\n\
            | `f` | whole hours from 1 to 9 | 4 | Hours. |\n\
            | `g` | true or false or text | true | Both. |\n\
            | `h` | a number above 0, at most 0.5 | required | A part. |\n";
        let head = "| key | type | default | what it changes |\n|---|---|---|---|\n";
        assert_eq!(documented(KEYS), head.to_owned() + rows);
    }

    #[test]
    fn a_schema_has_the_ranges_the_defaults_and_what_it_refers_to() {
        let schema = object(KEYS);
        let properties = &schema["properties"];
        assert_eq!(schema["required"], json!(["h"]));
        let defaults: Vec<_> = ["a", "b", "f", "g"].map(|key| properties[key]["default"].clone()).to_vec();
        assert_eq!(defaults, [json!("y"), Value::Null, json!(4), json!(true)]);
        assert_eq!((&properties["h"]["exclusiveMinimum"], &properties["h"]["maximum"]), (&json!(0), &json!(0.5)));
        assert_eq!(properties["a"]["description"], "One. (x, y or z; default: y)");
        assert_eq!(properties["d"]["additionalProperties"], json!({"$ref": "#/$defs/an%20inner"}));
        let inner = &definitions(KEYS)["an inner"];
        assert_eq!((&inner["required"], &inner["properties"]["max"]["maximum"]), (&json!(["max"]), &Value::Null));
    }
}
