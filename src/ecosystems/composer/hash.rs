//! Composer's `content-hash`: the MD5 of what concerns dependencies in composer.json, as PHP's `json_encode` writes it.
//! <https://github.com/composer/composer/blob/main/src/Composer/Package/Locker.php>, `getContentHash`

use std::collections::HashMap;
use std::fmt::Write;

use md5::{Digest, Md5};

use crate::structured::node::{Entry, Meaning, Node, Value};

/// The keys that count.
const RELEVANT: [&str; 11] = [
    "conflict",
    "extra",
    "minimum-stability",
    "name",
    "prefer-stable",
    "provide",
    "replace",
    "repositories",
    "require",
    "require-dev",
    "version",
];

/// The hash of a composer.json, 32 hex digits; none where a text in it is no Unicode.
pub(super) fn content_hash(file: &Node<'_>) -> Option<String> {
    let mut relevant: Vec<(&str, String)> = Vec::new();
    for key in RELEVANT {
        if let Some(value) = last(file, key) {
            relevant.push((key, encoded(value)?));
        }
    }
    let platform = last(file, "config").and_then(|config| last(config, "platform"));
    if let Some(platform) = platform.filter(|platform| !platform.is_null()) {
        relevant.push(("config", format!("{{\"platform\":{}}}", encoded(platform)?)));
    }
    relevant.sort_by_key(|(key, _)| *key);
    let pairs: Vec<_> = relevant.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    let text = if pairs.is_empty() { "[]".to_owned() } else { format!("{{{}}}", pairs.join(",")) };
    Some(md5(text.as_bytes()))
}

/// The hash that lock files had before `content-hash`: that of the whole file.
pub(super) fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a text cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// PHP takes the last of two values of one key.
fn last<'n>(node: &'n Node<'n>, key: &str) -> Option<&'n Node<'n>> {
    node.entries()?.iter().rev().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// A value as `json_encode(json_decode($text, true))` writes it.
fn encoded(node: &Node<'_>) -> Option<String> {
    Some(match &node.value {
        Value::Sequence(items) => format!("[{}]", items.iter().map(encoded).collect::<Option<Vec<_>>>()?.join(",")),
        Value::Mapping(entries) => mapping(entries)?,
        Value::Scalar { text, meaning } => match meaning {
            Meaning::Null => "null".to_owned(),
            Meaning::Boolean(value) => value.to_string(),
            Meaning::Number => number(text)?,
            Meaning::Text => quoted(text),
            Meaning::Other(_) => return None,
        },
    })
}

/// An array of PHP: what has the keys 0, 1, 2 … is a list, and what is empty too.
fn mapping(entries: &[Entry<'_>]) -> Option<String> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut unique: Vec<(&str, &Node<'_>)> = Vec::new();
    for entry in entries {
        match places.get(entry.key.as_ref()).and_then(|place| unique.get_mut(*place)) {
            Some(known) => known.1 = &entry.value,
            None => {
                places.insert(&entry.key, unique.len());
                unique.push((&entry.key, &entry.value));
            }
        }
    }
    let is_list = unique.iter().enumerate().all(|(index, (key, _))| *key == index.to_string());
    let one = |(key, value): &(&str, &Node<'_>)| {
        let value = encoded(value)?;
        Some(if is_list { value } else { format!("{}:{value}", quoted(key)) })
    };
    let all = unique.iter().map(one).collect::<Option<Vec<_>>>()?.join(",");
    Some(if is_list { format!("[{all}]") } else { format!("{{{all}}}") })
}

/// With slashes and everything beyond ASCII escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '/' => quoted.push_str("\\/"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            ' '..='\u{7f}' => quoted.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a text cannot fail.
                    let _ = write!(quoted, "\\u{unit:04x}");
                }
            }
        }
    }
    quoted + "\""
}

/// A whole number of 64 bits is itself, any other number a float.
fn number(text: &str) -> Option<String> {
    if !text.contains(['.', 'e', 'E'])
        && let Ok(whole) = text.parse::<i64>()
    {
        return Some(whole.to_string());
    }
    text.parse().ok().map(float)
}

/// As PHP writes a float with `serialize_precision = -1`: the shortest digits, with an exponent from 18 digits before the
/// point, or four zeros behind it.
fn float(value: f64) -> String {
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..17).contains(&exponent) {
        let point = if mantissa.contains('.') { "" } else { ".0" };
        return format!("{mantissa}{point}e{exponent:+}");
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structured::decode::Decoder;

    /// What PHP 8.2 prints for the same text.
    #[test]
    fn values_are_written_as_php_writes_them() {
        let cases = [
            ("1.0", "1"),
            ("1.50", "1.5"),
            ("1e25", "1.0e+25"),
            ("1e15", "1000000000000000"),
            ("123456789012345678", "123456789012345678"),
            ("1e17", "1.0e+17"),
            ("1e16", "10000000000000000"),
            ("123456789.123456789", "123456789.12345679"),
            ("0.0001", "0.0001"),
            ("0.00001", "1.0e-5"),
            ("-0", "0"),
            ("-0.0", "-0"),
            ("18446744073709551615", "1.8446744073709552e+19"),
            ("9223372036854775808", "9.223372036854776e+18"),
            ("1.7976931348623157e308", "1.7976931348623157e+308"),
            ("5e-324", "5.0e-324"),
            ("1E5", "100000"),
            ("12345678901234567.0", "12345678901234568"),
            ("1.23e-5", "1.23e-5"),
            (r#"{"a":{}}"#, r#"{"a":[]}"#),
            (r#"{"0":"a","1":"b"}"#, r#"["a","b"]"#),
            (r#"{"1":"a"}"#, r#"{"1":"a"}"#),
            (r#"{"01":1,"-0":2,"-5":3}"#, r#"{"01":1,"-0":2,"-5":3}"#),
            (r#"{"":1}"#, r#"{"":1}"#),
            (r#"{"a":1,"b":2,"a":3}"#, r#"{"a":3,"b":2}"#),
            (r#"{"0":{"0":1}}"#, "[[1]]"),
            (
                "\"a/b\\u00e9\u{7f}\\u2028😀\\b\\f\\n\\t\\r\\u0001\\\"\\\\\"",
                "\"a\\/b\\u00e9\u{7f}\\u2028\\ud83d\\ude00\\b\\f\\n\\t\\r\\u0001\\\"\\\\\"",
            ),
            ("[true,false,null]", "[true,false,null]"),
        ];
        for (text, expected) in cases {
            let written = Decoder::json("composer.json", text, |_, node| encoded(node));
            assert_eq!(written.as_deref(), Ok(expected), "{text}");
        }
    }

    /// What `Composer\\Package\\Locker::getContentHash` of Composer 2.5.5 returns.
    #[test]
    fn hashes_are_those_of_composer() {
        let cases = [
            (r##"{}"##, "d751713988987e9331980363e24189ce"),
            (r##"{"description": "nothing that counts"}"##, "d751713988987e9331980363e24189ce"),
            (r##"{"name": "a/b", "require": {}}"##, "5c91271087cff82350e2ff82283f28c3"),
            (
                r##"{"require": {"z/z": "1.0", "a/a": "^2 || ~3.1"}, "name": "acme/app"}"##,
                "b22a894936480f1a74b81d789f66fea4",
            ),
            (
                r##"{"extra": {"é": "Straße 😀 \u2028", "url": "https://a.example/b", "f": [1.0, 1.50, 1e25, 0.00001, -0, -0.0, 18446744073709551615], "e": {}, "l": [], "n": null, "t": true, "k": {"0": "a", "1": "b"}, "m": {"1": "x"}}}"##,
                "b5fbbd6d81c44b34c578fd77819ae5f4",
            ),
            (
                r##"{"config": {"platform": {"php": "8.2.0"}, "sort-packages": true}, "require": {"php": ">=8"}}"##,
                "95279ce148a5396fae696a426edcf6ae",
            ),
            (
                r##"{"config": {"platform": {}}, "minimum-stability": "dev", "prefer-stable": true}"##,
                "14cfe72a6484084f7c1ebbbfd0a19738",
            ),
            (
                r##"{"config": {"platform": null}, "version": "1.2.3", "autoload": {"psr-4": {"A\\": "src/"}}}"##,
                "f3c09670bda877cffe1579d22dbcde0e",
            ),
            (
                r##"{"repositories": [{"type": "path", "url": "packages/*", "options": {"symlink": false}}, {"packagist.org": false}], "replace": {"a/c": "self.version"}, "conflict": {"x/y": "<2"}, "provide": {"p/q": "1.0"}, "require-dev": {"d/e": "9"}}"##,
                "f2658c2ea878457b24e7a37b86425b32",
            ),
            (
                r##"{"name": null, "extra": "quote \" tab\t slash\/ back\\ del\u007f"}"##,
                "ca3ee82e182ae89b9643610ec57ec44b",
            ),
        ];
        for (text, expected) in cases {
            let hash = Decoder::json("composer.json", text, |_, node| content_hash(node));
            assert_eq!(hash.as_deref(), Ok(expected), "{text}");
        }
    }
}
