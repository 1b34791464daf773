//! What an import of Deno's asks for.

/// A specifier that leads out of the project.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Specifier {
    /// A package of a registry.
    Package { registry: Registry, name: String, range: String },
    /// A module at an address, or whatever stands below one that ends in `/`.
    Address(String),
    /// A file that is named from the machine's top.
    File,
}

/// Where packages come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registry {
    Npm,
    Jsr,
}

impl Specifier {
    /// Reads one; `None` for a file of the project, for what the runtime has itself, and for another import's name.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // An address is read without the space around it, and its scheme in any case.
        let text = text.trim();
        let (scheme, rest) = text.split_once(':')?;
        let registry = match scheme.to_ascii_lowercase().as_str() {
            "npm" => Registry::Npm,
            "jsr" => Registry::Jsr,
            "https" | "http" => return Some(Self::Address(text.to_owned())),
            "file" => return Some(Self::File),
            _ => return None,
        };
        let (name, range) = package(rest.trim_start_matches('/'));
        Some(Self::Package { registry, name: name.to_owned(), range: range.to_owned() })
    }
}

/// The name and the range of `@scope/name@range/path`.
pub(super) fn package(text: &str) -> (&str, &str) {
    let slashes = if text.starts_with('@') { 1 } else { 0 };
    let end = text.match_indices('/').nth(slashes).map_or(text.len(), |(at, _)| at);
    let whole = &text[..end];
    let at = whole.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    at.map_or((whole, ""), |at| (&whole[..at], &whole[at + 1..]))
}

impl Registry {
    /// What stands before the colon.
    pub(super) fn scheme(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Jsr => "jsr",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_by_where_they_lead() {
        let package = |registry, name: &str, range: &str| {
            Some(Specifier::Package { registry, name: name.to_owned(), range: range.to_owned() })
        };
        let cases = [
            ("npm:ms@^2.1.3", package(Registry::Npm, "ms", "^2.1.3")),
            ("npm:/chalk@5/", package(Registry::Npm, "chalk", "5")),
            ("npm:chalk", package(Registry::Npm, "chalk", "")),
            ("jsr:@std/fs@1.0.0/walk", package(Registry::Jsr, "@std/fs", "1.0.0")),
            ("https://deno.land/x/a/", Some(Specifier::Address("https://deno.land/x/a/".to_owned()))),
            ("file:///srv/a.ts", Some(Specifier::File)),
            ("./src/", None),
            ("node:fs", None),
            (" NPM:ms@1 ", package(Registry::Npm, "ms", "1")),
            ("@std/fs", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Specifier::parse(text), expected, "{text}");
        }
    }
}
