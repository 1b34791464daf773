//! git's wildmatch on paths: `*`, `?` and sets of bytes stay inside a folder, a component `**` does not.
//!
//! A pattern runs as an automaton, so its time is bounded by the product of the two lengths, whatever it is.

/// A pattern, ready to be matched.
#[derive(Debug)]
pub(super) struct Glob {
    steps: Vec<Step>,
    /// Whether letter case counts for nothing.
    folds: bool,
}

#[derive(Debug)]
enum Step {
    Byte(u8),
    Any,
    OneOf(Box<[bool; 256]>),
    Star,
    /// `**` at the end of a pattern, or before an escaped slash.
    Everything,
    /// `**/`: nothing, or whatever ends with a slash.
    Folders,
}

impl Glob {
    /// `None` when no text matches: an open set, an unknown class, a backslash at the end.
    ///
    /// One that folds letter case does it as git: capitals in ranges and classes fold, those that are escaped or stand
    /// alone in a set do not.
    pub(super) fn new(pattern: &[u8], folds: bool) -> Option<Self> {
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(&byte) = pattern.get(at) {
            at += 1;
            steps.push(match byte {
                b'\\' => {
                    at += 1;
                    Step::Byte(*pattern.get(at - 1)?)
                }
                b'?' => Step::Any,
                b'[' => set(pattern, &mut at, folds)?,
                b'*' => stars(pattern, &mut at),
                byte if folds => Step::Byte(byte.to_ascii_lowercase()),
                byte => Step::Byte(byte),
            });
        }
        Some(Self { steps, folds })
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &[u8]) -> bool {
        let mut now = vec![false; self.steps.len() + 1];
        let mut next = now.clone();
        self.enter(&mut now, 0);
        for &byte in text {
            let byte = if self.folds { byte.to_ascii_lowercase() } else { byte };
            next.fill(false);
            for at in (0..self.steps.len()).filter(|at| now[*at]) {
                self.step(&mut next, at, byte);
            }
            std::mem::swap(&mut now, &mut next);
        }
        now.last().is_some_and(|end| *end)
    }

    fn step(&self, next: &mut [bool], at: usize, byte: u8) {
        match &self.steps[at] {
            Step::Byte(wanted) if byte == *wanted => self.enter(next, at + 1),
            Step::Any if byte != b'/' => self.enter(next, at + 1),
            Step::OneOf(set) if byte != b'/' && set[usize::from(byte)] => self.enter(next, at + 1),
            Step::Star if byte != b'/' => self.enter(next, at),
            Step::Everything => self.enter(next, at),
            Step::Folders => {
                next[at] = true;
                if byte == b'/' {
                    self.enter(next, at + 1);
                }
            }
            _ => {}
        }
    }

    /// Arrives at a step, and behind it where it may match nothing.
    fn enter(&self, states: &mut [bool], from: usize) {
        for (at, state) in states.iter_mut().enumerate().skip(from) {
            *state = true;
            if !matches!(self.steps.get(at), Some(Step::Star | Step::Everything | Step::Folders)) {
                return;
            }
        }
    }
}

/// The run of stars whose first one is before `at`.
fn stars(pattern: &[u8], at: &mut usize) -> Step {
    let first = *at - 1;
    *at += pattern[*at..].iter().take_while(|byte| **byte == b'*').count();
    let is_component = *at - first > 1 && (first == 0 || pattern[first - 1] == b'/');
    match &pattern[*at..] {
        [b'/', ..] if is_component => {
            *at += 1;
            Step::Folders
        }
        [] | [b'\\', b'/', ..] if is_component => Step::Everything,
        _ => Step::Star,
    }
}

/// The set whose `[` is before `at`.
fn set(pattern: &[u8], at: &mut usize, folds: bool) -> Option<Step> {
    let mut has = Box::new([false; 256]);
    let negated = matches!(pattern.get(*at)?, b'!' | b'^');
    *at += usize::from(negated);
    let first = *at;
    let mut low = None;
    loop {
        match *pattern.get(*at)? {
            b']' if *at > first => break,
            b'-' if low.is_some() && pattern.get(*at + 1).is_some_and(|byte| *byte != b']') => {
                *at += 1;
                let range = low.take()?..=escaped(pattern, at)?;
                include(&mut has, range.clone().filter(|_| folds).map(|byte| byte.to_ascii_lowercase()));
                include(&mut has, range);
            }
            b'[' if pattern.get(*at + 1) == Some(&b':') => low = class(pattern, at, &mut has, folds)?,
            _ => {
                let byte = escaped(pattern, at)?;
                include(&mut has, [byte]);
                low = Some(byte);
            }
        }
        *at += 1;
    }
    *at += 1;
    if negated {
        has.iter_mut().for_each(|has| *has = !*has);
    }
    Some(Step::OneOf(has))
}

fn include(has: &mut [bool; 256], bytes: impl IntoIterator<Item = u8>) {
    bytes.into_iter().for_each(|byte| has[usize::from(byte)] = true);
}

fn escaped(pattern: &[u8], at: &mut usize) -> Option<u8> {
    *at += usize::from(pattern[*at] == b'\\');
    pattern.get(*at).copied()
}

/// `[:name:]`; without its end it is a mere bracket, which is returned.
fn class(pattern: &[u8], at: &mut usize, has: &mut [bool; 256], folds: bool) -> Option<Option<u8>> {
    let start = *at + 2;
    let end = start + pattern[start..].iter().position(|byte| *byte == b']')?;
    if end == start || pattern[end - 1] != b':' {
        include(has, *b"[");
        return Some(Some(b'['));
    }
    let is_in: fn(&u8) -> bool = match &pattern[start..end - 1] {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, b' '..=b'~'),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"upper" if folds => u8::is_ascii_alphabetic,
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    };
    include(has, (0..=u8::MAX).filter(is_in));
    *at = end;
    Some(None)
}

#[cfg(test)]
mod tests {
    use super::Glob;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::new(pattern.as_bytes(), false).is_some_and(|glob| glob.matches(text.as_bytes()))
    }

    #[test]
    fn letter_case_folds_as_in_git() {
        let cases = [
            ("f*O", "FooO", true),
            ("[A-C]x", "bX", true),
            ("[AB]x", "Ax", false),
            ("[ab]x", "AX", true),
            ("\\Ax", "ax", false),
            ("[[:upper:]]", "a", true),
            ("[!a]", "A", false),
        ];
        for (pattern, text, expected) in cases {
            let glob = Glob::new(pattern.as_bytes(), true);
            assert_eq!(glob.is_some_and(|glob| glob.matches(text.as_bytes())), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn gits_own_examples() {
        let cases = [
            ("foo", "foo", true),
            ("???", "foo", true),
            ("??", "foo", false),
            ("*ob*a*r*", "foobar", true),
            ("foo*", "foo/bar", false),
            ("**/foo", "a/b/foo", true),
            ("**/foo", "foo", true),
            ("foo/**/bar", "foo/bar", true),
            ("foo/**/**/bar", "foo/b/a/z/bar", true),
            ("foo**bar", "foo/baz/bar", false),
            ("foo**bar", "foobazbar", true),
            ("foo/**", "foo/a/b", true),
            ("foo?bar", "foo/bar", false),
            ("f[^eiu][^eiu]bar", "foo/bar", false),
            ("[ab]", "[ab]", false),
            ("[[]ab]", "[ab]", true),
            ("[[:]ab]", "[ab]", true),
            ("[]-]", "]", true),
            ("[!]a-]", "b", true),
            ("[[:digit:]-z]", "-", true),
            ("[[:nope:]]", "a", false),
            ("[a-", "a", false),
            ("[\\]]", "]", true),
            ("a\\", "a\\", false),
            ("\\*", "*", true),
            ("{a,b}", "a", false),
            ("{a,b}", "{a,b}", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_longer() {
        assert!(!matches(&"*a".repeat(200), &"a".repeat(199)));
        assert!(!matches(&("**/".repeat(200) + "x"), &"a/".repeat(2000)));
    }
}
