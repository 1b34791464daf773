//! The literals of Elixir: all that mix.lock is made of, and the declarative part of a mix.exs. Nothing is ever run.

/// How deep brackets may nest.
const DEPTH_LIMIT: usize = 64;

/// A piece of the text, and its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Text(String),
    Atom(String),
    /// The name before the colon of a keyword.
    Key(String),
    /// A name, an attribute with its `@`, or a number.
    Word(String),
    Mark(char),
    /// A literal that nobody here asks for, or a text that is computed.
    Code,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    Text(String),
    /// `true`, `false` and `nil` among them.
    Atom(String),
    Tuple(Vec<Place>),
    List(Vec<Place>),
    /// Of a keyword list.
    Pair(String, Box<Term>),
    /// By the keys' texts.
    Map(Vec<(String, Place)>),
    /// What only running the program could tell.
    Computed,
}

/// A value and its first byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) term: Term,
    pub(super) at: usize,
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

/// The tokens of a text.
///
/// # Errors
/// A text or a sigil without an end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Wrong> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.token()? {
        tokens.push(token);
    }
    Ok(tokens)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn token(&mut self) -> Result<Option<Token>, Wrong> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with('#') {
                break;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
        let (at, rest) = (self.at, self.rest());
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let second = rest.chars().nth(1).unwrap_or(' ');
        let kind = match first {
            '"' | '\'' => self.quoted(first)?,
            ':' if second == '"' => {
                self.at += 1;
                match self.quoted('"')? {
                    Kind::Text(name) | Kind::Key(name) => Kind::Atom(name),
                    _ => Kind::Code,
                }
            }
            ':' if is_word(second) => {
                self.at += 1;
                Kind::Atom(self.word().to_owned())
            }
            '~' if second.is_ascii_alphabetic() => self.sigil()?,
            '?' if second != ' ' => {
                self.at += 1 + second.len_utf8();
                Kind::Code
            }
            first if is_word(first) || first == '@' => {
                self.at += usize::from(first == '@');
                let name = self.word();
                let name = if first == '@' { format!("@{name}") } else { name.to_owned() };
                self.key(name, Kind::Word)
            }
            mark => {
                self.at += mark.len_utf8();
                Kind::Mark(mark)
            }
        };
        Ok(Some(Token { kind, at }))
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let end = end + usize::from(end > 0 && rest[end..].starts_with(['?', '!']) && !rest[end..].starts_with("!="));
        self.at += end;
        &rest[..end]
    }

    /// A name with a colon behind it is a keyword's key.
    fn key(&mut self, name: String, other: fn(String) -> Kind) -> Kind {
        let rest = self.rest();
        if rest.starts_with(':') && !rest.starts_with("::") {
            self.at += 1;
            Kind::Key(name)
        } else {
            other(name)
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Kind, Wrong> {
        let start = self.at;
        let heredoc = quote.to_string().repeat(3);
        let is_heredoc = self.rest().starts_with(&heredoc);
        let end = if is_heredoc { heredoc.as_str() } else { &heredoc[..1] };
        self.at += end.len();
        let text = self.until(end, start, 0)?;
        Ok(match text {
            Some(text) if quote == '"' && !is_heredoc => self.key(text, Kind::Text),
            _ => Kind::Code,
        })
    }

    /// The text up to its end; nothing where a part of it is computed.
    fn until(&mut self, end: &str, start: usize, depth: usize) -> Result<Option<String>, Wrong> {
        let (mut text, mut is_computed) = (String::new(), false);
        if depth > DEPTH_LIMIT {
            return Err(Wrong { what: "it nests too deep", at: start });
        }
        loop {
            let rest = self.rest();
            if rest.starts_with(end) {
                self.at += end.len();
                return Ok((!is_computed).then_some(text));
            }
            let Some(next) = rest.chars().next() else {
                return Err(Wrong { what: "this text has no end", at: start });
            };
            self.at += next.len_utf8();
            if next == '\\' {
                let escaped = self.rest().chars().next().unwrap_or(' ');
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
                // What other escapes stand for, no name and no version has.
                is_computed |= escaped.is_ascii_alphanumeric();
                text.push(escaped);
            } else if rest.starts_with("#{") {
                self.at += 1;
                is_computed = true;
                self.interpolation(start, depth + 1)?;
            } else {
                text.push(next);
            }
        }
    }

    fn interpolation(&mut self, start: usize, depth: usize) -> Result<(), Wrong> {
        let mut open = 1_usize;
        while open > 0 {
            let Some(next) = self.rest().chars().next() else {
                return Err(Wrong { what: "this text has no end", at: start });
            };
            self.at += next.len_utf8();
            match next {
                '"' => {
                    self.until("\"", start, depth + 1)?;
                }
                '{' => open += 1,
                '}' => open -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn sigil(&mut self) -> Result<Kind, Wrong> {
        let start = self.at;
        self.at += 1;
        let letters = self.rest().find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(0);
        self.at += letters;
        let rest = self.rest();
        let end = match rest.chars().next() {
            Some('(') => ")",
            Some('[') => "]",
            Some('{') => "}",
            Some('<') => ">",
            Some('"') if rest.starts_with("\"\"\"") => "\"\"\"",
            Some('\'') if rest.starts_with("'''") => "'''",
            Some('"') => "\"",
            Some('\'') => "'",
            Some('/') => "/",
            Some('|') => "|",
            _ => return Ok(Kind::Mark('~')),
        };
        self.at += end.len();
        self.until(end, start, 0)?;
        self.at += self.rest().find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(0);
        Ok(Kind::Code)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Reads values from tokens, one after the other.
pub(super) struct Parser<'t> {
    pub(super) tokens: &'t [Token],
    /// The number of the next token.
    pub(super) next: usize,
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<&Kind> {
        self.tokens.get(self.next).map(|token| &token.kind)
    }

    /// Where the next token is, or the last one was.
    pub(super) fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(0, |token| token.at)
    }

    pub(super) fn skip(&mut self, mark: char) -> bool {
        let is_that = self.peek() == Some(&Kind::Mark(mark));
        self.next += usize::from(is_that);
        is_that
    }

    /// One value, up to a comma or a closing bracket.
    ///
    /// # Errors
    /// A bracket without an end, and nesting that is too deep.
    pub(super) fn value(&mut self) -> Result<Place, Wrong> {
        self.nested(0)
    }

    fn nested(&mut self, depth: usize) -> Result<Place, Wrong> {
        let at = self.at();
        if depth > DEPTH_LIMIT {
            return Err(Wrong { what: "it nests too deep", at });
        }
        let kind = self.peek().cloned();
        self.next += 1;
        let term = match kind {
            Some(Kind::Text(text)) => Term::Text(text),
            Some(Kind::Atom(name)) => Term::Atom(name),
            Some(Kind::Word(word)) if ["true", "false", "nil"].contains(&word.as_str()) => Term::Atom(word),
            Some(Kind::Key(key)) => {
                return Ok(Place { term: Term::Pair(key, Box::new(self.nested(depth + 1)?.term)), at });
            }
            Some(Kind::Mark('{')) => Term::Tuple(self.items('}', depth)?),
            Some(Kind::Mark('[')) => Term::List(self.items(']', depth)?),
            Some(Kind::Mark('%')) if self.skip('{') => Term::Map(self.entries(depth)?),
            _ => {
                self.next -= 1;
                Term::Computed
            }
        };
        let is_whole = matches!(self.peek(), None | Some(Kind::Mark(',' | ']' | '}' | ')')));
        if is_whole && term != Term::Computed {
            return Ok(Place { term, at });
        }
        // More of an expression follows at the top, where only the caller knows what may.
        if depth > 0 {
            self.pass_over();
            return Ok(Place { term: Term::Computed, at });
        }
        Ok(Place { term, at })
    }

    fn items(&mut self, end: char, depth: usize) -> Result<Vec<Place>, Wrong> {
        let mut items = Vec::new();
        while !self.skip(end) {
            self.bounded()?;
            let before = self.next;
            items.push(self.nested(depth + 1)?);
            self.between(end, before)?;
        }
        Ok(items)
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<(String, Place)>, Wrong> {
        let mut entries = Vec::new();
        while !self.skip('}') {
            self.bounded()?;
            let before = self.next;
            match self.peek().cloned() {
                Some(Kind::Key(key)) => {
                    self.next += 1;
                    entries.push((key, self.nested(depth + 1)?));
                }
                Some(Kind::Text(key)) => {
                    self.next += 1;
                    if !(self.skip('=') && self.skip('>')) {
                        return Err(Wrong { what: "`=>` or `:` is expected behind a key", at: self.at() });
                    }
                    entries.push((key, self.nested(depth + 1)?));
                }
                _ => return Err(Wrong { what: "a key in quotes is expected", at: self.at() }),
            }
            self.between('}', before)?;
        }
        Ok(entries)
    }

    fn bounded(&self) -> Result<(), Wrong> {
        match self.peek() {
            None => Err(Wrong { what: "a bracket before it has no end", at: self.at() }),
            Some(_) => Ok(()),
        }
    }

    /// A comma, or the end; something was read before it.
    fn between(&mut self, end: char, before: usize) -> Result<(), Wrong> {
        self.bounded()?;
        let is_end = self.peek() == Some(&Kind::Mark(end));
        if self.next == before || !(is_end || self.skip(',')) {
            return Err(Wrong { what: "a comma or a closing bracket is expected", at: self.at() });
        }
        Ok(())
    }

    fn pass_over(&mut self) {
        let mut open = 0_usize;
        while let Some(kind) = self.peek() {
            match kind {
                Kind::Mark('{' | '[' | '(') => open += 1,
                Kind::Mark(',') if open == 0 => return,
                Kind::Mark('}' | ']' | ')') => match open.checked_sub(1) {
                    Some(less) => open = less,
                    None => return,
                },
                _ => {}
            }
            self.next += 1;
        }
    }
}
