//! What a dependency, or several, may be written as.

use super::super::catalog::Version;
use super::super::script::{Statement, Token};
use super::Interpreter;
use super::tokens::{dotted, plain, says};

/// What stands for a dependency.
pub(super) enum Found {
    Modules(Vec<(String, Version)>),
    Files(Vec<String>),
    /// Part of this build, or of Gradle.
    Own,
    Computed,
}

/// What is part of Gradle itself, or of this build.
const OWN: [&str; 8] = [
    "project",
    "gradleApi",
    "localGroovy",
    "gradleTestKit",
    "gradleKotlinDsl",
    "embeddedKotlin",
    "fileTree",
    "projects",
];

/// What only passes on what is in it.
const WRAPPERS: [&str; 4] = ["platform", "enforcedPlatform", "testFixtures", "variantOf"];

impl Interpreter<'_> {
    /// Each argument; `group: 'g', name: 'n', version: 'v'` are one together.
    pub(super) fn arguments(&self, tokens: &[Token]) -> Vec<(Found, bool)> {
        let parts: Vec<_> = tokens.split(|token| *token == Token::Mark(',')).filter(|part| !part.is_empty()).collect();
        if parts.first().is_some_and(
            |part| matches!(part, [key, Token::Mark(':' | '='), ..] if says(key, "group") || says(key, "name")),
        ) {
            return vec![(self.map(&parts), false)];
        }
        if parts.is_empty() {
            return vec![(Found::Computed, false)];
        }
        parts.into_iter().map(|part| self.expression(part)).collect()
    }

    pub(super) fn map(&self, parts: &[&[Token]]) -> Found {
        let value = |name: &str| {
            let part = parts.iter().find(|part| part.first().is_some_and(|key| says(key, name)))?;
            match part {
                [_, _, Token::Text { text, is_template }] => Some(self.resolved(text, *is_template)),
                [_, _, Token::Word(word)] => Some(self.known(word)),
                _ => Some(None),
            }
        };
        if value("changing").is_some() {
            return Found::Computed;
        }
        match (value("group"), value("name"), value("version")) {
            (Some(Some(group)), Some(Some(name)), version) if version != Some(None) => {
                let version = Version::plain(&version.flatten().unwrap_or_default());
                Found::Modules(vec![(format!("{group}:{name}"), version)])
            }
            _ => Found::Computed,
        }
    }

    pub(super) fn expression(&self, tokens: &[Token]) -> (Found, bool) {
        let found = match tokens {
            [Token::Text { text, is_template }] => self.notation(text, *is_template),
            [Token::Group('[', inner)] => {
                let all = self.arguments(inner).into_iter().map(|(found, _)| found);
                all.reduce(Found::with).unwrap_or(Found::Computed)
            }
            [Token::Word(name), Token::Group('(', inner)] if WRAPPERS.contains(&name.as_str()) => {
                let found = self.arguments(inner).into_iter().map(|(found, _)| found).reduce(Found::with);
                return (found.unwrap_or(Found::Computed), name.ends_with("latform"));
            }
            [Token::Word(name), Token::Group('(', inner)] if name == "kotlin" => self.kotlin(inner),
            [Token::Word(name), Token::Group('(', inner)] if name == "files" => {
                let texts: Option<Vec<_>> = self.texts(inner);
                texts.map_or(Found::Computed, Found::Files)
            }
            [Token::Word(name), Token::Group('(', _), ..] if OWN.contains(&name.as_str()) => Found::Own,
            [Token::Word(name), Token::Mark('.'), ..] if name == "projects" => Found::Own,
            [Token::Word(name), Token::Mark('.'), rest @ ..] if name == "libs" => self.catalogued(rest),
            _ => Found::Computed,
        };
        (found, false)
    }

    pub(super) fn texts(&self, tokens: &[Token]) -> Option<Vec<String>> {
        let parts = tokens.split(|token| *token == Token::Mark(','));
        let text = |part: &[Token]| match part {
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            _ => None,
        };
        parts.filter(|part| !part.is_empty()).map(text).collect()
    }

    pub(super) fn kotlin(&self, inner: &[Token]) -> Found {
        match self.texts(inner).as_deref() {
            Some([module]) => Found::one(format!("org.jetbrains.kotlin:kotlin-{module}"), Version::default()),
            Some([module, version]) => {
                Found::one(format!("org.jetbrains.kotlin:kotlin-{module}"), Version::plain(version))
            }
            _ => Found::Computed,
        }
    }

    /// `group:name:version:classifier@type`, the last three where they are needed.
    pub(super) fn notation(&self, text: &str, is_template: bool) -> Found {
        let Some(text) = self.resolved(text, is_template) else { return Found::Computed };
        let text = text.split('@').next().unwrap_or_default();
        let mut parts = text.split(':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(group), Some(name), version) if !group.is_empty() && !name.is_empty() => {
                Found::one(format!("{group}:{name}"), Version::plain(version.unwrap_or_default()))
            }
            _ => Found::Computed,
        }
    }

    pub(super) fn catalogued(&self, rest: &[Token]) -> Found {
        let Some(name) = dotted(rest) else { return Found::Computed };
        let library =
            |name: &str| self.catalog.libraries.get(name).map(|one| (one.module.clone(), one.version.clone()));
        let found = match name.strip_prefix("bundles.") {
            Some(bundle) => {
                self.catalog.bundles.get(bundle).and_then(|names| names.iter().map(|name| library(name)).collect())
            }
            None => library(&name).map(|one| vec![one]),
        };
        found.map_or(Found::Computed, Found::Modules)
    }

    /// `version { strictly("1.2") }` behind a dependency.
    pub(super) fn rich(&self, block: &[Statement]) -> Option<Version> {
        let version = block.iter().find(|one| one.tokens.first().is_some_and(|token| says(token, "version")))?;
        let Some(Token::Block(inner)) = version.tokens.get(1) else { return None };
        let text = |name: &str| {
            let found = inner.iter().rev().find(|one| one.tokens.first().is_some_and(|token| says(token, name)))?;
            match found.tokens.get(1)? {
                Token::Group('(', inner) => plain(inner.first()?),
                token => plain(token),
            }
        };
        let strict = text("strictly").map(|text| Version { text, is_strict: true });
        strict.or_else(|| text("require").map(|text| Version { text, is_strict: false }))
    }
}

impl Found {
    fn one(module: String, version: Version) -> Self {
        Self::Modules(vec![(module, version)])
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Modules(mut one), Self::Modules(more)) => {
                one.extend(more);
                Self::Modules(one)
            }
            (Self::Own, other) | (other, Self::Own) => other,
            _ => Self::Computed,
        }
    }
}
