//! The lines of a pip requirements file, and the words on them.

/// Where a line begins, from 1, and what stands on it once continued lines are joined and comments are gone.
pub(super) type Line = (usize, String);

/// The logical lines, without empty ones, as pip joins them.
pub(super) fn logical(text: &str) -> impl Iterator<Item = Line> {
    let mut lines = physical(text).enumerate().map(|(index, line)| (index + 1, line));
    let joined = std::iter::from_fn(move || join(&mut lines));
    let bare = joined.map(|(number, line)| (number, without_comment(&line).trim().to_owned()));
    bare.filter(|(_, line)| !line.is_empty())
}

/// The line, from 1, and the encoding that a comment in the first two of them names, where it is none in which the text is what it is in
/// UTF-8. pip obeys it as Python does. <https://peps.python.org/pep-0263/>
pub(super) fn other_coding(text: &str) -> Option<(usize, &str)> {
    let comments = text.split('\n').take(2).zip(1..).filter(|(line, _)| line.starts_with('#'));
    let (coding, number) = comments.filter_map(|(line, number)| Some((coding(line)?, number))).next()?;
    let plain = coding.to_ascii_lowercase().replace('_', "-");
    let is_same = match plain.as_str() {
        "utf-8" | "utf8" | "u8" => true,
        "ascii" | "us-ascii" | "latin-1" | "latin1" | "iso-8859-1" | "iso-8859-15" | "cp1252" | "windows-1252" => {
            text.is_ascii()
        }
        _ => false,
    };
    (!is_same).then_some((number, coding))
}

/// The name behind the first `coding:` or `coding=`.
fn coding(line: &str) -> Option<&str> {
    line.match_indices("coding").find_map(|(at, word)| {
        let name = line[at + word.len()..].strip_prefix([':', '='])?.trim_start();
        let end = name.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(name.len());
        Some(&name[..end]).filter(|name| !name.is_empty())
    })
}

/// The next line, with those that continue it.
fn join<'t>(lines: &mut impl Iterator<Item = (usize, &'t str)>) -> Option<Line> {
    let mut open: Option<Line> = None;
    for (number, line) in lines {
        let (_, joined) = open.get_or_insert_with(|| (number, String::new()));
        let is_comment = line.trim_start().starts_with('#');
        match line.strip_suffix('\\').filter(|_| !is_comment) {
            Some(begun) => joined.push_str(begun.trim_matches('\\')),
            None => {
                // pip puts a space before a comment, so that it is one on the joined line too.
                joined.extend([if is_comment { " " } else { "" }, line]);
                break;
            }
        }
    }
    open
}

/// Python's `splitlines`: more than line feeds end a line, and what ends one for pip must end one here.
fn physical(text: &str) -> impl Iterator<Item = &str> {
    let ends =
        |c: char| matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let whole = rest.take().filter(|whole| !whole.is_empty())?;
        let Some((at, end)) = whole.char_indices().find(|(_, c)| ends(*c)) else { return Some(whole) };
        let width = if whole[at..].starts_with("\r\n") { 2 } else { end.len_utf8() };
        rest = Some(&whole[at + width..]);
        Some(&whole[..at])
    })
}

/// A comment begins at `#`, at the start of the line or after white space.
fn without_comment(line: &str) -> &str {
    let begins = |at: usize| line[..at].chars().next_back().is_none_or(char::is_whitespace);
    line.match_indices('#').find(|(at, _)| begins(*at)).map_or(line, |(at, _)| &line[..at])
}

/// The requirement on a line, and the options after it, as pip parts them.
pub(super) fn parted(line: &str) -> (&str, &str) {
    if line.starts_with('-') {
        return ("", line);
    }
    line.split_once(" -")
        .map_or((line, ""), |(requirement, options)| (requirement, &line[line.len() - options.len() - 1..]))
}

/// The words of a line of options, quotes removed, as a shell parts them.
pub(super) fn words(options: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = options.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' => quoted(&mut rest, '\'', word.get_or_insert_default())?,
            '"' => quoted(&mut rest, '"', word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().push(rest.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

fn quoted(rest: &mut std::str::Chars<'_>, quote: char, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            c if c == quote => return Some(()),
            '\\' if quote == '"' => match rest.next()? {
                c @ ('"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_removed() {
        let cases: [(&str, &[(usize, &str)]); 9] = [
            ("a==1\n\n  # x\nb#c # d\r\n", &[(1, "a==1"), (4, "b#c")]),
            ("a \\\n  ==1\\\n# x\nb", &[(1, "a   ==1"), (4, "b")]),
            ("a\\\n\nb\\", &[(1, "a"), (3, "b")]),
            ("# x \\\nb>=1", &[(2, "b>=1")]),
            ("a==1 # x \\\nb>=1", &[(1, "a==1")]),
            ("a==1\u{85}b>=1\u{2028}c\x0bd\x1ce", &[(1, "a==1"), (2, "b>=1"), (3, "c"), (4, "d"), (5, "e")]),
            ("a\rb", &[(1, "a"), (2, "b")]),
            ("", &[]),
            ("\\", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = logical(text).collect();
            let found: Vec<_> = found.iter().map(|(number, line)| (*number, line.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn options_follow_a_requirement() {
        let cases = [
            ("a==1 --hash=x -y", ("a==1", "--hash=x -y")),
            ("-r x", ("", "-r x")),
            ("a-b==1", ("a-b==1", "")),
            ("a  -e", ("a ", "-e")),
        ];
        for (line, expected) in cases {
            assert_eq!(parted(line), expected, "{line}");
        }
    }

    #[test]
    fn words_lose_their_quotes() {
        let cases: [(&str, Option<&[&str]>); 6] = [
            ("-r  a.txt\t-c b", Some(&["-r", "a.txt", "-c", "b"])),
            ("--x='a b'\"c \\\" d\"e", Some(&["--x=a bc \" de"])),
            ("a\\ b ''", Some(&["a b", ""])),
            ("'a", None),
            ("a\\", None),
            ("", Some(&[])),
        ];
        for (options, expected) in cases {
            let expected = expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
            assert_eq!(words(options), expected, "{options}");
        }
    }
}
