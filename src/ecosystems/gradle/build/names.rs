//! The names to which a script gives values, and what they stand for.

use super::super::script::{Statement, Token};
use super::Interpreter;
use super::applied::{PROJECTS, TASKS};
use super::tokens::{dotted, is_callee, is_of_any, is_plain, mentions, named, plain, says, unwrapped};

/// What gives a name its value.
const SETTERS: [&str; 4] = ["set", "setProperty", "put", "putAt"];

/// What has the names of a project that a script gives it.
const EXTRA: [&str; 3] = ["ext", "extra", "extraProperties"];

impl Interpreter<'_> {
    /// The names that are given a plain text, once.
    pub(in crate::ecosystems::gradle) fn learn(&mut self, statements: &[Statement]) {
        for Statement { tokens, .. } in statements {
            self.learn_variable(tokens);
            self.learn_method(tokens);
            self.learn_tokens(tokens, false);
        }
    }

    pub(super) fn learn_tokens(&mut self, tokens: &[Token], is_in_call: bool) {
        for (at, token) in tokens.iter().enumerate() {
            let (before, after) = (&tokens[..at], &tokens[at + 1..]);
            match token {
                Token::Block(inner) => {
                    self.learn_parameters(inner);
                    self.learn(inner);
                }
                Token::Group(_, inner) => {
                    if before.last().is_some_and(|token| says(token, "for")) {
                        let end = inner.iter().position(|token| says(token, "in") || *token == Token::Mark(':'));
                        self.hide(&inner[..end.unwrap_or(0)]);
                    }
                    self.learn_tokens(inner, before.last().is_some_and(is_callee));
                }
                Token::Word(set) if SETTERS.contains(&set.as_str()) => self.learn_set(before, set, after),
                Token::Word(all) if all == "putAll" && (before.is_empty() || mentions(before, &EXTRA)) => {
                    self.learn_all(after);
                }
                Token::Mark('=') => self.learn_assigned(before, after, is_in_call),
                // Kotlin: `val x by extra("1.2")`
                Token::Word(by) if by == "by" => {
                    if let (Some(name), Some(Token::Group(_, inner))) =
                        (before.last().and_then(Token::word), after.get(1))
                    {
                        let value = if inner.len() == 1 { plain(&inner[0]) } else { None };
                        self.know(name, value);
                    }
                }
                _ => {}
            }
        }
    }

    /// `a = …`, where `before` and `after` are what stands around the sign.
    pub(super) fn learn_assigned(&mut self, before: &[Token], after: &[Token], is_in_call: bool) {
        if after.first() == Some(&Token::Mark('=')) {
            return;
        }
        match before {
            // It compares.
            [.., Token::Mark('=' | '!' | '<' | '>')] => {}
            [.., target, Token::Mark('+' | '-' | '?' | '*' | '/' | '%' | '&' | '|' | '^')] => {
                if let Some(name) = named(target) {
                    self.know(&name, None);
                }
            }
            // `def (a, b) = …`
            [.., Token::Group('(', names)] => self.hide(names),
            [.., Token::Word(whose), Token::Group('[', name)] if !is_plain(name) => {
                self.gives_any |= EXTRA.contains(&whose.as_str()) || PROJECTS.contains(&whose.as_str());
            }
            [others @ .., Token::Text { .. }] => {
                self.gives_any |= is_of_any(others, &EXTRA) || is_of_any(others, &PROJECTS);
            }
            // In a call it is the name of an argument, unless it is that of something else's.
            [Token::Word(_)] | [.., Token::Mark(','), Token::Word(_)] if is_in_call => {}
            [others @ .., target] => {
                let is_alone = after.len() == 1 && others.last() != Some(&Token::Mark('='));
                if let Some(name) = named(target) {
                    let value = after.first().filter(|_| is_alone).and_then(plain);
                    self.know(&name, value);
                }
            }
            [] => {}
        }
    }

    /// `set("a", "1.2")`, `ext.set 'a', '1.2'`
    pub(super) fn learn_set(&mut self, before: &[Token], set: &str, after: &[Token]) {
        let arguments = match after {
            [Token::Group('(', inner), ..] => inner.as_slice(),
            others => others,
        };
        let [name, Token::Mark(','), value @ ..] = arguments else { return };
        match plain(name) {
            Some(name) => {
                let value = value.first().filter(|_| value.len() == 1).and_then(plain);
                self.know(&name, value);
            }
            None => {
                let is_own = set.starts_with("set") && (before.is_empty() || is_of_any(before, &PROJECTS));
                self.gives_any |= is_own || is_of_any(before, &EXTRA);
            }
        }
    }

    /// `ext.putAll(a: '1.2')`
    pub(super) fn learn_all(&mut self, arguments: &[Token]) {
        let arguments = match arguments {
            [Token::Group('(', inner), ..] => unwrapped(inner),
            others => unwrapped(others),
        };
        for part in arguments.split(|token| *token == Token::Mark(',')) {
            match part {
                [name, Token::Mark(':'), value @ ..] => match name.word().map(str::to_owned).or_else(|| plain(name)) {
                    Some(name) => self.know(&name, value.first().filter(|_| value.len() == 1).and_then(plain)),
                    None => self.gives_any = true,
                },
                _ => self.gives_any = true,
            }
        }
    }

    /// Kotlin: `val a: String = …`, `val a by …`. What a property of Gradle's is taken from says what its value is.
    pub(super) fn learn_variable(&mut self, tokens: &[Token]) {
        let Some(at) = tokens.iter().position(|token| says(token, "val") || says(token, "var")) else { return };
        let [Token::Word(name), after @ ..] = &tokens[at + 1..] else { return };
        if mentions(after, &TASKS) && !mentions(after, &PROJECTS) {
            self.tasks.insert(name.clone());
        }
        if let Some(by) = after.iter().position(|token| says(token, "by")) {
            match &after[by + 1..] {
                [Token::Word(extra), Token::Group('(', inner)] if extra == "extra" => {
                    self.know(name, inner.first().filter(|_| inner.len() == 1).and_then(plain));
                }
                from if dotted(from).is_some_and(|from| {
                    from.rsplit('.').next().is_some_and(|last| ["project", "settings", "extra"].contains(&last))
                }) => {}
                _ => self.know(name, None),
            }
            return;
        }
        match after {
            [Token::Mark(':'), .., Token::Mark('='), value] => self.know(name, plain(value)),
            [Token::Mark(':'), rest @ ..] if rest.contains(&Token::Mark('=')) => self.know(name, None),
            others if mentions(others, &["get"]) && others.first() != Some(&Token::Mark('=')) => self.know(name, None),
            _ => {}
        }
    }

    /// The names that a method is given: `def add(v) { … }`, `fun add(v: String) = …`
    pub(super) fn learn_method(&mut self, tokens: &[Token]) {
        const OTHERS: [&str; 9] = ["task", "new", "return", "else", "throw", "in", "as", "assert", "case"];
        let is_end = |token: &Token| matches!(token, Token::Block(_) | Token::Mark('='));
        let head = &tokens[..tokens.iter().position(is_end).unwrap_or(tokens.len())];
        let is_kotlin = head.iter().any(|token| says(token, "fun"));
        for (at, token) in head.iter().enumerate() {
            let Token::Group('(', inner) = token else { continue };
            let is_named = match &head[..at] {
                [.., Token::Word(kind), Token::Word(_)] => !OTHERS.contains(&kind.as_str()),
                [.., Token::Mark('>') | Token::Group('[', _), Token::Word(_)] => true,
                _ => false,
            };
            let has_body = match tokens.get(at + 1) {
                Some(Token::Word(throws)) => throws == "throws",
                other => matches!(other, Some(Token::Block(_))),
            };
            if is_kotlin || (is_named && has_body) {
                self.hide(inner);
            }
        }
    }

    /// `{ a, b -> …`: names that a closure is given.
    pub(super) fn learn_parameters(&mut self, block: &[Statement]) {
        let Some(Statement { tokens, .. }) = block.first() else { return };
        let is_arrow = |pair: &[Token]| pair == [Token::Mark('-'), Token::Mark('>')];
        let Some(end) = tokens.windows(2).position(is_arrow) else { return };
        self.hide(&tokens[..end]);
    }

    /// Names that stand for something else in some place.
    pub(super) fn hide(&mut self, tokens: &[Token]) {
        for token in tokens {
            match token {
                Token::Word(name) => self.know(name, None),
                Token::Group(_, inner) => self.hide(inner),
                _ => {}
            }
        }
    }

    pub(super) fn know(&mut self, name: &str, value: Option<String>) {
        let known = self.names.entry(name.to_owned()).or_insert_with(|| value.clone());
        if *known != value {
            *known = None;
        }
    }

    /// The one value of a name.
    pub(super) fn known(&self, name: &str) -> Option<String> {
        self.names.get(name).filter(|_| !self.gives_any).cloned().flatten()
    }

    pub(super) fn value(&self, name: &str) -> Option<String> {
        if let Some(alias) = name.strip_prefix("libs.versions.") {
            let alias = alias.strip_suffix(".get()").or_else(|| alias.strip_suffix(".asProvider().get()"))?;
            return self.catalog.versions.get(alias).map(|version| version.text.clone());
        }
        let bare = ["project.", "rootProject.", "ext."]
            .iter()
            .fold(name, |name, start| name.strip_prefix(start).unwrap_or(name));
        self.known(bare)
    }

    /// A text without `$`; `None` where something in it is computed.
    pub(super) fn resolved(&self, text: &str, is_template: bool) -> Option<String> {
        if text.contains('\\') {
            return None;
        }
        if !is_template {
            return Some(text.to_owned());
        }
        let mut whole = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            whole.push_str(before);
            let (name, behind) = match after.strip_prefix('{') {
                Some(inner) => inner.split_once('}')?,
                None => after.split_at(after.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(after.len())),
            };
            whole.push_str(&self.value(name.trim())?);
            rest = behind;
        }
        whole.push_str(rest);
        Some(whole)
    }

    /// The text of an argument, where it is one.
    pub(in crate::ecosystems::gradle) fn argument(&self, tokens: &[Token]) -> Option<String> {
        match tokens {
            [Token::Group('(', inner)] => self.argument(inner),
            [Token::Text { text, is_template }] => self.resolved(text, *is_template),
            [Token::Word(name)] => self.known(name),
            _ => None,
        }
    }

    /// Whether a name has no one value, as those have that a closure is given.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(Option::is_none)
    }
}

/// The name whose value a version is: `VERSION`, `"$VERSION"`, `"${VERSION}"`.
pub(super) fn name_alone(value: &[Token]) -> Option<String> {
    let name = match value {
        [Token::Word(name)] => name.as_str(),
        [Token::Text { text, is_template: true }] => {
            let name = text.strip_prefix('$')?;
            name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name)
        }
        _ => return None,
    };
    Some(name.rsplit('.').next().unwrap_or(name).trim().to_owned())
}
