//! `allowed_signers`: whose keys count, in OpenSSH's format. Where OpenSSH is loose, this is not: times need `Z` and must
//! be times, and a weak key is refused.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::key::{PublicKey, Unfit, decoded, is_kind};
use super::{NAMESPACE, Standing, pattern, validity};
use crate::model::escape::visible_up_to;
use crate::model::problem::Problem;
use validity::Window;

/// The most lines that are read.
const LINES_LIMIT: usize = 10_000;

/// How much of a list of principals is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// What stands between words of a line.
const BLANK: [char; 2] = [' ', '\t'];

/// A moment at which a key is asked, and how it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// `now`, `when v1.2.3 was tagged`.
    pub called: String,
    /// When it is.
    pub at: Timestamp,
}

/// Whose keys count.
#[derive(Debug, Clone, Default)]
pub struct Signers {
    shown: String,
    lines: Vec<Line>,
    faulty: Vec<(String, Problem)>,
}

#[derive(Debug, Clone)]
struct Line {
    number: usize,
    principals: String,
    options: Options,
    blob: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
struct Options {
    is_authority: bool,
    namespaces: Option<String>,
    window: Window,
}

/// What is wrong with a line: where in it, and what to do.
struct Wrong {
    at: Range<usize>,
    why: String,
    help: &'static str,
}

impl Signers {
    /// Reads a file; `shown` is its name for people. A line that is faulty counts for nobody, and the others do.
    ///
    /// # Errors
    /// Nothing of it can be read: it is no text, or too long.
    pub fn read(shown: &str, bytes: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|_| format!("{shown} is not UTF-8: save it as UTF-8"))?;
        let mut signers = Self { shown: shown.to_owned(), ..Self::default() };
        let mut start = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            if index == LINES_LIMIT {
                return Err(format!("{shown} has more than {LINES_LIMIT} lines"));
            }
            let content = line.trim_end_matches(['\n', '\r']);
            match read_line(content, index + 1) {
                Ok(line) => signers.lines.extend(line),
                Err(Wrong { at, why, help }) => {
                    let span = start + at.start..start + at.end;
                    signers.faulty.push((content.to_owned(), Problem::at(shown, text, span, why).help(help)));
                }
            }
            start += line.len();
        }
        Ok(signers)
    }

    /// The file, as people know it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The lines that count for nobody, and why.
    pub fn faulty(&self) -> impl Iterator<Item = &Problem> {
        self.faulty.iter().map(|(_, problem)| problem)
    }

    /// Whether any line lets a key sign as this principal, whatever else that line asks for: then the key is that person's.
    #[must_use]
    pub fn is_of(&self, key: &PublicKey, principal: &str) -> bool {
        let of_key = self.lines.iter().filter(|line| line.blob == key.blob() && !line.options.is_authority);
        let spelled = [principal.to_owned(), principal.to_lowercase()];
        of_key.into_iter().any(|line| spelled.iter().any(|name| pattern::fits(name, &line.principals)))
    }

    /// Whether a key is a principal's for claims, at every one of some moments.
    #[must_use]
    pub fn judge(&self, key: &PublicKey, principal: &str, moments: &[Moment]) -> Standing {
        let name = format!("{} {}", key.label(), key.fingerprint());
        let of_key: Vec<_> = self.lines.iter().filter(|line| line.blob == key.blob()).collect();
        let standing = self.among(&of_key, (&name, principal), moments);
        let encoded = STANDARD.encode(key.blob());
        let faulty = self.faulty.iter().find(|(line, _)| line.contains(&encoded));
        match (standing, faulty) {
            (Standing::Wrong(_), Some((_, problem))) => {
                let place = problem.place.as_ref().map_or(0, |place| place.line);
                let why = format!("{}:{place} has the key {name} and cannot be read: {}", self.shown, problem.message);
                Standing::Unproven(why)
            }
            (standing, _) => standing,
        }
    }

    fn among(&self, of_key: &[&Line], (name, principal): (&str, &str), moments: &[Moment]) -> Standing {
        let shown = &self.shown;
        let Some(first) = of_key.first() else {
            return Standing::Wrong(format!("the key {name} is not in {shown}"));
        };
        let own: Vec<&Line> = of_key.iter().copied().filter(|line| !line.options.is_authority).collect();
        if own.is_empty() {
            let number = first.number;
            return Standing::Wrong(format!("{shown}:{number} has the key {name} for certificates only"));
        }
        let fitting: Vec<&Line> =
            own.iter().copied().filter(|line| pattern::fits(principal, &line.principals)).collect();
        let by = visible_up_to(principal, SHOWN_LIMIT);
        if fitting.is_empty() {
            let others = own.iter().map(|line| line.principals.as_str()).collect::<Vec<_>>().join(" and ");
            let others = visible_up_to(&others, SHOWN_LIMIT);
            return Standing::Wrong(format!("the key {name} is in {shown} for {others}, and the claim is by {by}"));
        }
        let may_sign =
            |line: &&Line| line.options.namespaces.as_ref().is_none_or(|list| pattern::fits(NAMESPACE, list));
        let allowed: Vec<&Line> = fitting.iter().copied().filter(may_sign).collect();
        let Some(first) = allowed.first() else {
            let number = fitting.first().map_or(0, |line| line.number);
            return Standing::Wrong(format!(
                "{shown}:{number} does not let {by} sign with the key {name} for the namespace `{NAMESPACE}`"
            ));
        };
        let windows: Vec<_> = allowed.iter().map(|line| &line.options.window).collect();
        validity::judge(&windows, moments, &format!("the key {name} of {by} ({shown}:{})", first.number))
    }

    /// The principals that a key is listed for, where that is one name and no pattern.
    #[must_use]
    pub fn only_principal(&self, key: &PublicKey) -> Option<&str> {
        let mut names = self.lines.iter().filter(|line| line.blob == key.blob()).map(|line| line.principals.as_str());
        let first = names.next().filter(|name| !name.contains([',', '*', '?', '!']))?;
        names.all(|other| other == first).then_some(first)
    }
}

/// A line: principals, perhaps options, the kind of key, the key in base64, and whatever comment. Nothing where it is blank or
/// a comment.
fn read_line(line: &str, number: usize) -> Result<Option<Line>, Wrong> {
    let wrong = |at: Range<usize>, why: &str, help| Wrong { at, why: why.to_owned(), help };
    if line.starts_with('\u{feff}') {
        return Err(wrong(0..0, "the line begins with a byte order mark", "save the file without one"));
    }
    if line.contains(|c: char| c.is_control() && c != '\t') {
        return Err(wrong(0..0, "the line has a control character in it", "take it out"));
    }
    let text = line.trim_start_matches(BLANK);
    if text.is_empty() || text.starts_with('#') {
        return Ok(None);
    }
    let begin = line.len() - text.len();
    let Some((principals, rest)) = principals(text) else {
        return Err(wrong(begin..line.len(), "a quote is not closed", "write `\"` at its end"));
    };
    if principals.is_empty() {
        return Err(wrong(begin..line.len(), "the line names no principal", "write whose key it is first"));
    }
    let (first, _) = word(rest);
    let (options, of_key) = if is_kind(first) { (Options::default(), rest) } else { options(line, rest)? };
    let at = at_end(line, of_key)..line.len();
    let Some(blob) = blob(of_key) else {
        let help = "write the principals, then the two words of a public key file";
        return Err(wrong(at, "the line has no key that can be read", help));
    };
    match PublicKey::read(&blob) {
        Err(Unfit::Wrong(why)) => return Err(Wrong { at, why, help: "make a new key, or take the line out" }),
        // Nobody's signature can be asked about it.
        Err(Unfit::Unread(_)) | Ok(_) => {}
    }
    Ok(Some(Line { number, principals, options, blob }))
}

/// Where the end of a line, which `rest` is, begins.
fn at_end(line: &str, rest: &str) -> usize {
    line.len() - rest.len()
}

/// The first word, and what stands behind the blanks after it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(BLANK).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    (word, rest.trim_start_matches(BLANK))
}

/// The principals as OpenSSH takes them: a word, in which a quote begins a part that may have blanks and ends the word with it.
fn principals(text: &str) -> Option<(String, &str)> {
    let end = text.find([' ', '\t', '"']).unwrap_or(text.len());
    let (before, rest) = text.split_at(end);
    match rest.strip_prefix('"') {
        Some(rest) => {
            let (quoted, rest) = rest.split_once('"')?;
            Some((format!("{before}{quoted}"), rest.trim_start_matches(BLANK)))
        }
        None => Some((before.to_owned(), rest.trim_start_matches(BLANK))),
    }
}

/// The bytes of a key whose kind is named before it.
fn blob(text: &str) -> Option<Vec<u8>> {
    let (kind, rest) = word(text);
    let blob = decoded(word(rest).0)?;
    let named = super::wire::Wire::of(&blob).text().is_some_and(|named| named == kind);
    named.then_some(blob)
}

/// The options, and what stands behind them.
fn options<'l>(line: &'l str, from: &'l str) -> Result<(Options, &'l str), Wrong> {
    let (mut options, mut rest) = (Options::default(), from);
    loop {
        let at = at_end(line, rest);
        let wrong = |why: String, help| Wrong { at: at..line.len(), why, help };
        let end = rest.find(['=', ',', ' ', '\t']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (value, behind) = match behind.strip_prefix('=') {
            Some(behind) => {
                let help = "write its value in quotes: namespaces=\"git\"";
                let quoted = quoted(behind)
                    .ok_or_else(|| wrong(format!("the value of `{}` is not in quotes", shown(name)), help))?;
                (Some(quoted.0), quoted.1)
            }
            None => (None, behind),
        };
        options.take(name, value).map_err(|why| wrong(why, KNOWN))?;
        match behind.strip_prefix(',') {
            Some(more) => rest = more,
            None if behind.is_empty() || behind.starts_with(BLANK) => {
                options.window.is_sound().map_err(|why| wrong(why, "swap the two, or take one out"))?;
                return Ok((options, behind.trim_start_matches(BLANK)));
            }
            None => {
                return Err(wrong("an option has more behind its value".to_owned(), "write a comma between options"));
            }
        }
    }
}

const KNOWN: &str = "options are cert-authority, namespaces=\"…\", valid-after=\"20260102Z\" and valid-before=\"…\"";

fn shown(name: &str) -> String {
    visible_up_to(name, 40)
}

/// A value in quotes, in which `\"` is a quote, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix('"')?;
    let (mut value, mut characters) = (String::new(), text.char_indices().peekable());
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' if characters.next_if(|(_, next)| *next == '"').is_some() => value.push('"'),
            c => value.push(c),
        }
    }
    None
}

impl Options {
    fn take(&mut self, name: &str, value: Option<String>) -> Result<(), String> {
        let twice = || format!("`{}` is there twice", shown(name));
        match (name.to_ascii_lowercase().as_str(), value) {
            ("", _) => return Err("an option has no name".to_owned()),
            ("cert-authority", None) => self.is_authority = true,
            ("namespaces", Some(list)) => {
                if self.namespaces.replace(list).is_some() {
                    return Err(twice());
                }
            }
            ("valid-after", Some(time)) => {
                if self.window.after.replace(validity::Time::read(&time)?).is_some() {
                    return Err(twice());
                }
            }
            ("valid-before", Some(time)) => {
                if self.window.before.replace(validity::Time::read(&time)?).is_some() {
                    return Err(twice());
                }
            }
            ("namespaces" | "valid-after" | "valid-before", None) => {
                return Err(format!("`{}` has no value", shown(name)));
            }
            _ => return Err(format!("`{}` is no option that is known", shown(name))),
        }
        Ok(())
    }
}
