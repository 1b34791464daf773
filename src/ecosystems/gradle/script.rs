//! A build script in Groovy or Kotlin, taken apart only as far as plain declarations go. Nothing is run.

/// How deep braces and brackets may lie in one another.
const DEPTH_LIMIT: usize = 64;

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Word(String),
    /// A text in quotes; whether `$` in it stands for something.
    Text {
        text: String,
        is_template: bool,
    },
    /// A character of its own.
    Mark(char),
    /// What stands between round or square brackets.
    Group(char, Vec<Token>),
    Block(Vec<Statement>),
}

/// Tokens up to the end of a line, or of several that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    /// From 1.
    pub(super) line: usize,
}

/// Takes the script at a path apart.
///
/// # Errors
/// The line of the first thing that cannot be understood.
pub(super) fn parse(path: &str, text: &str) -> Result<Vec<Statement>, usize> {
    let mut reader = Reader { rest: text, line: 1, is_kotlin: path.ends_with(".kts"), in_texts: Vec::new() };
    let mut statements = reader.statements(None, DEPTH_LIMIT)?;
    statements.append(&mut reader.in_texts);
    Ok(statements)
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    is_kotlin: bool,
    /// What is called in `${…}`: it is run like everything else.
    in_texts: Vec<Statement>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) -> &str {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.line += skipped.matches('\n').count();
        self.rest = rest;
        skipped
    }

    /// Skips space and comments within a line.
    fn skip_space(&mut self) -> Result<(), usize> {
        loop {
            let trimmed = self.rest.trim_start_matches([' ', '\t', '\r', '\u{c}']);
            self.rest = trimmed;
            if trimmed.starts_with("//") || (trimmed.starts_with("#!") && self.line == 1) {
                self.skip(trimmed.find('\n').unwrap_or(trimmed.len()));
            } else if trimmed.starts_with("/*") {
                let end = trimmed.find("*/").ok_or(self.line)?;
                self.skip(end + 2);
            } else if trimmed.starts_with("\\\n") {
                self.skip(2);
            } else {
                return Ok(());
            }
        }
    }

    /// Statements up to the closing character.
    fn statements(&mut self, end: Option<char>, depth: usize) -> Result<Vec<Statement>, usize> {
        let mut found = Vec::new();
        let mut open = Statement::default();
        loop {
            self.skip_space()?;
            match self.peek() {
                None if end.is_none() => break,
                None => return Err(self.line),
                Some(c) if Some(c) == end => {
                    self.skip(1);
                    break;
                }
                Some('\n') if open.is_unfinished() => {
                    self.skip(1);
                }
                Some('\n') => {
                    self.skip_lines()?;
                    if !self.continues() {
                        found.extend(open.taken());
                    }
                }
                Some(';') => {
                    self.skip(1);
                    found.extend(open.taken());
                }
                Some(_) => {
                    if open.tokens.is_empty() {
                        open.line = self.line;
                    }
                    let token = self.token(depth, &open.tokens)?;
                    open.tokens.push(token);
                }
            }
        }
        found.extend(open.taken());
        Ok(found)
    }

    /// Skips lines with nothing in them but comments, all at once: whoever looked behind them from each would never end.
    fn skip_lines(&mut self) -> Result<(), usize> {
        while self.peek() == Some('\n') {
            self.skip(1);
            self.skip_space()?;
        }
        Ok(())
    }

    /// Whether the line goes on with a call on what stands before.
    fn continues(&self) -> bool {
        self.rest.starts_with('.') || self.rest.starts_with("?.")
    }

    fn group(&mut self, end: char, depth: usize) -> Result<Vec<Token>, usize> {
        let mut tokens = Vec::new();
        loop {
            self.skip_space()?;
            match self.peek() {
                None => return Err(self.line),
                Some('\n') => {
                    self.skip(1);
                }
                Some(c) if c == end => {
                    self.skip(1);
                    return Ok(tokens);
                }
                Some(_) => {
                    let token = self.token(depth, &tokens)?;
                    tokens.push(token);
                }
            }
        }
    }

    fn token(&mut self, depth: usize, before: &[Token]) -> Result<Token, usize> {
        let deeper = || depth.checked_sub(1);
        let last = before.last();
        let first = self.peek().ok_or(self.line)?;
        match first {
            '{' => {
                let depth = deeper().ok_or(self.line)?;
                self.skip(1);
                Ok(Token::Block(self.statements(Some('}'), depth)?))
            }
            '(' | '[' => {
                let depth = deeper().ok_or(self.line)?;
                self.skip(1);
                Ok(Token::Group(first, self.group(if first == '(' { ')' } else { ']' }, depth)?))
            }
            '}' | ')' | ']' => Err(self.line),
            '"' | '\'' => Ok(self.text(first, depth)?.named_behind(before)),
            '/' if is_slashy(last) => self.slashy(last, depth),
            '`' => {
                let end = self.rest[1..].find('`').ok_or(self.line)?;
                let word = self.skip(end + 2).trim_matches('`').to_owned();
                Ok(Token::Word(word))
            }
            c if is_of_word(c) => {
                let end = self.rest.find(|c| !is_of_word(c)).unwrap_or(self.rest.len());
                Ok(Token::Word(self.skip(end).to_owned()))
            }
            c => {
                self.skip(c.len_utf8());
                Ok(Token::Mark(c))
            }
        }
    }

    /// Groovy's texts between slashes, of which nothing is read: `/…/` and `$/…/$`.
    fn slashy(&mut self, last: Option<&Token>, depth: usize) -> Result<Token, usize> {
        let line = self.line;
        let (close, escapes): (_, &[&str]) =
            if last.and_then(Token::word) == Some("$") { ("/$", &["$$", "$/$", "$/"]) } else { ("/", &["\\/"]) };
        self.skip(1);
        loop {
            if let Some(escape) = escapes.iter().find(|escape| self.rest.starts_with(**escape)) {
                self.skip(escape.len());
            } else if self.rest.starts_with(close) {
                self.skip(close.len());
                return Ok(Token::Text { text: "\\".to_owned(), is_template: true });
            } else if self.rest.starts_with("${") {
                self.expression(depth)?;
            } else {
                let next = self.peek().ok_or(line)?;
                self.skip(next.len_utf8());
            }
        }
    }

    /// `${…}`, in which a brace may stand in a text of its own: what is in it is taken apart as everything else is.
    fn expression(&mut self, depth: usize) -> Result<String, usize> {
        let depth = depth.checked_sub(1).ok_or(self.line)?;
        let whole = self.rest;
        self.skip(2);
        let inner = self.statements(Some('}'), depth)?;
        self.in_texts.extend(inner.into_iter().filter(Statement::calls));
        Ok(whole[..whole.len() - self.rest.len()].to_owned())
    }

    fn text(&mut self, quote: char, depth: usize) -> Result<Token, usize> {
        let line = self.line;
        let three: String = std::iter::repeat_n(quote, 3).collect();
        let is_long = self.rest.starts_with(&three);
        let close = if is_long { three } else { quote.to_string() };
        self.skip(close.len());
        let mut text = String::new();
        loop {
            if self.rest.starts_with(&close) {
                self.skip(close.len());
                let is_template = quote == '"' && text.contains('$');
                return Ok(Token::Text { text, is_template });
            }
            if quote == '"' && self.rest.starts_with("${") {
                text.push_str(&self.expression(depth)?);
                continue;
            }
            match self.peek().ok_or(line)? {
                '\n' if !is_long => return Err(line),
                // Kotlin has no escapes between three quotes.
                '\\' if !(is_long && self.is_kotlin) => {
                    self.skip(1);
                    let escaped = self.peek().ok_or(line)?;
                    // What an escape stands for is in no coordinate: the text is none then.
                    text.push('\\');
                    text.push(escaped);
                    self.skip(escaped.len_utf8());
                }
                c => {
                    text.push(c);
                    self.skip(c.len_utf8());
                }
            }
        }
    }
}

/// Whether a slash begins a text here, where nothing stands that could be divided.
fn is_slashy(last: Option<&Token>) -> bool {
    match last {
        None | Some(Token::Mark('=' | ',' | '~' | ':' | '?' | '&' | '|' | '!' | '+' | '<' | '>')) => true,
        Some(Token::Word(word)) => matches!(word.as_str(), "$" | "return" | "in" | "case"),
        _ => false,
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || c == '@'
}

impl Statement {
    /// Whether it goes on in the next line.
    fn is_unfinished(&self) -> bool {
        matches!(self.tokens.last(), Some(Token::Mark(',' | '.' | '=' | '+' | ':' | '?' | '&' | '|' | '<')))
    }

    fn taken(&mut self) -> Option<Self> {
        let mut whole = std::mem::take(self);
        // `'name' { … }` calls what is so named.
        if let [
            Token::Text { text, is_template: false },
            Token::Group('(', _) | Token::Block(_) | Token::Text { .. },
            ..,
        ] = whole.tokens.as_slice()
        {
            whole.tokens[0] = Token::Word(text.clone());
        }
        (!whole.tokens.is_empty()).then_some(whole)
    }

    /// Whether it does more than to name a value.
    fn calls(&self) -> bool {
        self.tokens.iter().any(|token| matches!(token, Token::Group('(', _) | Token::Block(_) | Token::Mark('=')))
    }
}

impl Token {
    /// The word that it is.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// A text behind a dot is the name of what is called: `x.'name'`. Two dots are between the ends of a range.
    fn named_behind(self, before: &[Self]) -> Self {
        let is_name = matches!(before, [Self::Mark('.')] | [.., Self::Mark('.'), Self::Mark('&')])
            || matches!(before, [.., other, Self::Mark('.')] if *other != Self::Mark('.'));
        match self {
            Self::Text { text, is_template: false } if is_name => Self::Word(text),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_taken_apart() {
        let text = "// c\nplugins { id 'java' }\nx = \"a\"; y(\n 'b',\n 1)\na\n .b()\n/* } */ `c-d`\n";
        let statements = parse("x.gradle", text).unwrap();
        let lines: Vec<_> = statements.iter().map(|one| (one.line, one.tokens.len())).collect();
        assert_eq!(lines, [(2, 2), (3, 3), (3, 2), (6, 4), (8, 1)]);
        assert_eq!(statements[4].tokens, [Token::Word("c-d".to_owned())]);
        let is_template =
            |text: &str| matches!(parse("x.gradle", text).unwrap()[0].tokens[0], Token::Text { is_template: true, .. });
        assert_eq!(
            [is_template("\"a$b\""), is_template("'a$b'"), is_template("\"\"\"\n$a\"\"\"")],
            [true, false, true]
        );
    }

    #[test]
    fn texts_end_where_they_end_for_the_language() {
        let count = |path: &str, text: &str| parse(path, text).map(|statements| statements.len());
        let both = ["x = \"${'{'}\"\nb", "x = \"\"\"${\"}\"}\"\"\"\nb", "x = \"${ y /* } */ }\"\nb"];
        for text in both {
            assert_eq!([count("x.gradle", text), count("x.gradle.kts", text)], [Ok(2), Ok(2)], "{text}");
        }
        for text in ["x = $/ $/$ \"\"\" /$\nb", "x = /${'/'}/\nb", "x\n\n// c\n.b\nd"] {
            assert_eq!(count("x.gradle", text), Ok(2), "{text}");
        }
        assert_eq!(count("x.gradle.kts", "x = \"\"\"\\\"\"\"\nb"), Ok(2));
        // What is called in a text is called.
        assert_eq!(count("x.gradle", "x = \"${f()} ${a.b}\"\n"), Ok(2));
    }

    #[test]
    fn a_name_may_stand_in_quotes() {
        for text in ["'a' { b }", "'a'('b')", "'a' 'b'"] {
            assert_eq!(parse("x.gradle", text).unwrap()[0].tokens[0].word(), Some("a"), "{text}");
        }
        let last = |text: &str| parse("x.gradle", text).unwrap()[0].tokens.last().unwrap().word().map(str::to_owned);
        let found = [last("x.'a'"), last("x?.'a'"), last("x.&'a'"), last("x..'a'"), last("x = 'a'")];
        assert_eq!(found.map(|word| word.is_some()), [true, true, true, false, false]);
    }

    #[test]
    fn what_cannot_be_understood_has_its_line() {
        for (text, line) in [("a {\n b", 2), ("a\n)", 2), ("'a\n'", 1), ("\n/* x", 2), ("\"a", 1), ("(]", 1), ("`a", 1)]
        {
            assert_eq!(parse("x.gradle", text), Err(line), "{text}");
        }
        assert!(parse("x.gradle", &"{".repeat(100_000)).is_err());
        assert!(parse("x.gradle", &"\"${".repeat(100_000)).is_err());
        assert!(parse("x.gradle", &format!("{}{}", "(".repeat(60), ")".repeat(60))).is_ok());
    }
}
