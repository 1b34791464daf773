//! The literals of Ruby that manifests are written with. Nothing is run: what is none of them is computed.

/// What stands behind a call: `"rails", "~> 7.0", require: false`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Arguments {
    /// The texts before any option; those of lists among them.
    pub(super) texts: Vec<String>,
    /// The names of the options, as far as they can be read.
    pub(super) options: Vec<String>,
    /// Whether something stands where a text is expected, and is none; or a condition follows.
    pub(super) computed: bool,
}

/// Reads the arguments of a call that was joined to one line.
pub(super) fn arguments(text: &str) -> Arguments {
    let mut read = Arguments::default();
    let text = text.trim();
    let mut rest = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text).trim();
    while !rest.is_empty() {
        rest = rest.trim_start_matches(['[', ']', ',', ' ']);
        if rest.is_empty() {
            break;
        }
        if let Some((text, after)) = literal(rest) {
            let after = after.strip_prefix(".freeze").unwrap_or(after).trim_start();
            if after.starts_with("=>") {
                return read.with_options(rest);
            }
            read.computed |= !after.is_empty() && !after.starts_with([',', ']']);
            read.texts.push(text.to_owned());
            rest = after;
        } else {
            return read.with_options(rest);
        }
    }
    read
}

impl Arguments {
    /// What is left is options, or cannot be read.
    fn with_options(mut self, rest: &str) -> Self {
        let plain = without_texts(rest);
        let pieces = plain.split([',', '[', '{', '(', ' ']).map(str::trim).filter(|piece| !piece.is_empty());
        let keys = pieces.filter_map(|piece| piece.strip_suffix(':').or_else(|| piece.strip_prefix(':')));
        self.options = keys.filter(|key| is_name(key)).map(str::to_owned).collect();
        self.computed |= !begins_with_option(plain.trim_start_matches('{').trim_start()) || has_condition(&plain);
        self
    }
}

/// `path: …` or `:path => …`; a constant (`Demo::VERSION`) is none.
fn begins_with_option(plain: &str) -> bool {
    let (key, is_symbol) = plain.strip_prefix(':').map_or((plain, false), |key| (key, true));
    let (name, after) = key.split_at(first(key).len());
    let is_key = if is_symbol {
        after.trim_start().starts_with("=>")
    } else {
        after.starts_with(':') && !after.starts_with("::")
    };
    !name.is_empty() && is_key
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// A condition behind a statement.
pub(super) fn has_condition(plain: &str) -> bool {
    plain.split_whitespace().any(|word| matches!(word, "if" | "unless" | "while" | "until" | "and" | "or"))
}

/// A text in quotes at the beginning, without anything that is computed in it, and what follows.
pub(super) fn literal(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inner, after) = text.get(1..)?.split_once(quote)?;
    let is_computed = inner.contains('\\') || (quote == '"' && inner.contains('#'));
    (!is_computed).then_some((inner, after))
}

/// The same line with nothing in its quotes.
fn without_texts(line: &str) -> String {
    let mut plain = String::new();
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match quote {
            Some(_) if c == '\\' => {
                characters.next();
            }
            Some(open) if c == open => {
                quote = None;
                plain.push(c);
            }
            Some(_) => {}
            None => {
                quote = matches!(c, '"' | '\'').then_some(c);
                plain.push(c);
            }
        }
    }
    plain
}

/// The same line without texts, lists of words and patterns: `"…"`, `%w[…]`, `%r{…}`, `/…/`.
pub(super) fn without_literals(line: &str) -> String {
    let plain = without_texts(line);
    let mut kept = String::new();
    let mut rest = plain.as_str();
    while let Some(at) = rest.find(['%', '/']) {
        kept.push_str(&rest[..at]);
        rest = behind_literal(&rest[at..]).unwrap_or(&rest[at + 1..]);
    }
    kept.push_str(rest);
    kept
}

/// What stands behind the list of words or the pattern that a text begins with.
fn behind_literal(text: &str) -> Option<&str> {
    let (inner, closing) = match text.strip_prefix('%') {
        Some(named) => {
            let named = named.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let open = named.chars().next().filter(char::is_ascii_punctuation)?;
            let pairs = [('[', ']'), ('{', '}'), ('(', ')'), ('<', '>')];
            let closing = pairs.iter().find(|(one, _)| *one == open).map_or(open, |(_, closing)| *closing);
            (&named[1..], closing)
        }
        None => (&text[1..], '/'),
    };
    inner.split_once(closing).map(|(_, after)| after)
}

/// The statements of a file: comments are left out, lines that go on are joined. Each has the number of its first line.
pub(super) fn statements(text: &str) -> Vec<(usize, String)> {
    let mut statements: Vec<(usize, String)> = Vec::new();
    let (mut goes_on, mut in_comment, mut joined) = (false, false, 0);
    for (line, number) in text.lines().zip(1..) {
        in_comment |= line.starts_with("=begin");
        if in_comment {
            in_comment = !line.starts_with("=end");
            continue;
        }
        if line == "__END__" {
            break;
        }
        let line = without_comment(line).trim();
        if line.is_empty() {
            continue;
        }
        match statements.last_mut().filter(|_| goes_on) {
            Some((_, statement)) => {
                statement.push(' ');
                statement.push_str(line);
            }
            None => statements.push((number, line.to_owned())),
        }
        joined = if goes_on { joined + 1 } else { 0 };
        goes_on = joined < LINES_LIMIT && statements.last().is_some_and(|(_, statement)| is_open(statement));
    }
    statements
}

fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if c == open && before != '\\' => quote = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => return &line[..at],
            None => quote = matches!(c, '"' | '\'').then_some(c),
        }
        before = c;
    }
    line
}

/// How many lines are joined to one statement, and how long it may get, in bytes: what is longer is computed.
const LINES_LIMIT: usize = 100;
const STATEMENT_LIMIT: usize = 2048;

fn is_open(statement: &str) -> bool {
    if statement.len() > STATEMENT_LIMIT {
        return false;
    }
    let plain = without_texts(statement);
    let count = |marks: &[char]| plain.matches(marks).count();
    plain.ends_with([',', '\\']) || count(&['(', '[', '{']) > count(&[')', ']', '}'])
}

/// The first word of a statement.
pub(super) fn first(statement: &str) -> &str {
    let end = statement.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(statement.len());
    &statement[..end]
}

/// Whether a statement is more than one.
pub(super) fn is_many(statement: &str) -> bool {
    without_texts(statement).contains(';')
}

/// Whether a statement begins a block that a later `end` closes.
pub(super) fn opens_block(statement: &str) -> bool {
    let plain = without_texts(statement);
    let ends = plain.split_whitespace().any(|word| word == "end");
    let head = match plain.rsplit_once('|') {
        Some((before, "")) => before.split_once('|').map_or("", |(before, _)| before.trim_end()),
        _ => plain.as_str(),
    };
    let keyword = matches!(
        first(&plain),
        "if" | "unless" | "case" | "begin" | "def" | "class" | "module" | "while" | "until" | "for"
    );
    !ends && (keyword || head == "do" || head.ends_with(" do") || head.ends_with(")do"))
}

/// The text of an option: `path: "x"`, `:path => "x"`.
pub(super) fn option(statement: &str, key: &str) -> Option<String> {
    let forms = [format!(" {key}: "), format!(":{key} => "), format!("({key}: "), format!(":{key}=>")];
    let after = forms.iter().find_map(|form| statement.split_once(form.as_str()))?.1;
    literal(after.trim_start()).map(|(text, _)| text.to_owned())
}
