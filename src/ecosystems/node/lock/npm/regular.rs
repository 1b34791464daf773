//! package-lock.json as npm itself writes it (versions 2 and 3), in one pass. What is not of that form is left to the full parser,
//! which has to come to the same: the tests hold this reader to it.

use super::{File, Installed};
use crate::ecosystems::node::lock::Text;
use crate::ecosystems::node::lock::unique::Unique;
use crate::structured::lines::json::{Lines, Value};

/// The file, where every line of it is one that npm writes.
pub(super) fn read(text: &str) -> Option<File<'_>> {
    let mut lines = Lines::of(text)?;
    let mut file = File::default();
    lines.fields(0, |lines, key, value| {
        match key {
            "lockfileVersion" => file.version = Some(number(value)?),
            "version" => file.stated = Some(text_of(value)?),
            "packages" => file.packages = Some(packages(lines, value)?),
            // What versions 1 and 2 have.
            "dependencies" => return None,
            _ => lines.skip(0, value)?,
        }
        Some(())
    })?;
    lines.close()?;
    lines.is_at_end().then_some(file)
}

fn number(value: Value<'_>) -> Option<u64> {
    match value {
        Value::Word(word) => word.parse().ok(),
        _ => None,
    }
}

fn text_of(value: Value<'_>) -> Option<Text<'_>> {
    match value {
        Value::Text(text) => Some(text.into()),
        _ => None,
    }
}

fn flag(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Word("true") => Some(true),
        Value::Word("false") => Some(false),
        _ => None,
    }
}

fn packages<'t>(lines: &mut Lines<'t>, value: Value<'t>) -> Option<Unique<'t, Installed<'t>>> {
    let mut packages = Vec::new();
    if value != Value::Object(true) {
        return None;
    }
    lines.each(1, |lines, path, value| {
        packages.push((path.into(), installed(lines, value)?));
        Some(())
    })?;
    Unique::of(packages)
}

fn installed<'t>(lines: &mut Lines<'t>, value: Value<'t>) -> Option<Installed<'t>> {
    let mut installed = Installed::default();
    match value {
        Value::Object(true) => {}
        Value::Object(false) => return Some(installed),
        _ => return None,
    }
    lines.fields(2, |lines, key, value| {
        match key {
            "name" => installed.name = Some(text_of(value)?),
            "version" => installed.version = Some(text_of(value)?),
            "resolved" => installed.resolved = Some(text_of(value)?),
            "integrity" => installed.integrity = Some(text_of(value)?),
            "link" => installed.link = flag(value)?,
            "inBundle" => installed.in_bundle = flag(value)?,
            "bundleDependencies" => {
                installed.bundles = matches!(value, Value::List(true) | Value::Word("true"));
                lines.skip(2, value)?;
            }
            "dependencies" => installed.dependencies = requirements(lines, value)?,
            "devDependencies" => installed.dev_dependencies = requirements(lines, value)?,
            "optionalDependencies" => installed.optional_dependencies = requirements(lines, value)?,
            "peerDependencies" => installed.peer_dependencies = requirements(lines, value)?,
            _ => lines.skip(2, value)?,
        }
        Some(())
    })?;
    Some(installed)
}

fn requirements<'t>(lines: &mut Lines<'t>, value: Value<'t>) -> Option<Unique<'t, Text<'t>>> {
    let mut requirements = Vec::new();
    match value {
        Value::Object(true) => lines.each(3, |_, name, value| {
            requirements.push((name.into(), text_of(value)?));
            Some(())
        })?,
        Value::Object(false) => {}
        _ => return None,
    }
    Unique::of(requirements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structured::mutated;

    macro_rules! of {
        ($path:literal) => {
            include_str!(concat!("../../../../../tests/fixtures/", $path))
        };
    }

    const WRITTEN: [&str; 3] = [
        of!("node/npm-3/package-lock.json"),
        of!("ecosystems/node/ws/npm3/package-lock.json"),
        "{\n  \"name\": \"demo\",\n  \"version\": \"1.2.3\",\n  \"lockfileVersion\": 3,\n  \"requires\": true,\n  \"packages\": {\n    \"\": {\n      \
         \"name\": \"demo\",\n      \"version\": \"1.2.3\",\n      \"workspaces\": [\n        \"packages/*\"\n      ],\n      \"dependencies\": {\n        \
         \"a\": \"^1.0.0\"\n      }\n    },\n    \"node_modules/a\": {\n      \"version\": \"1.2.0\",\n      \"resolved\": \
         \"https://registry.npmjs.org/a/-/a-1.2.0.tgz\",\n      \"integrity\": \"sha512-AAAA==\",\n      \"dev\": true,\n      \"bin\": {\n        \
         \"a\": \"cli.js\"\n      },\n      \"engines\": {\n        \"node\": \">=18\"\n      },\n      \"funding\": [\n        {\n          \"type\": \
         \"github\",\n          \"url\": \"https://h.example\"\n        },\n        \"x\"\n      ],\n      \"peerDependencies\": {\n        \"b\": \
         \"*\"\n      },\n      \"os\": []\n    },\n    \"node_modules/b\": {\n      \"resolved\": \"packages/b\",\n      \"link\": true\n    },\n    \
         \"packages/b\": {}\n  }\n}\n",
    ];

    fn is_held(text: &str) -> bool {
        let Some(file) = read(text) else { return true };
        serde_json::from_str::<File>(text).is_ok_and(|full| full == file)
    }

    #[test]
    fn what_npm_writes_is_read_here() {
        for text in WRITTEN {
            assert!(read(text).is_some() && is_held(text), "{text}");
        }
    }

    #[test]
    fn it_agrees_with_the_full_parser_wherever_it_reads() {
        mutated::each(&WRITTEN, mutated::FEW, |text| assert!(is_held(text), "{text:?}"));
    }

    #[test]
    #[ignore = "takes minutes: `cargo test --release --lib mutated -- --ignored`"]
    fn mutated_it_agrees_a_million_times() {
        mutated::each(&WRITTEN, mutated::MANY, |text| assert!(is_held(text), "{text:?}"));
    }
}
