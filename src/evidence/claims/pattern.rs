//! Lists of patterns as OpenSSH matches them: `*` and `?`, `!` before one that takes back, letter case counts.

/// The longest pattern that OpenSSH reads, in bytes.
const PATTERN_LIMIT: usize = 1023;

/// Whether a text fits a list of patterns. Where one that is negated fits, or only such are there, it does not.
pub(super) fn fits(text: &str, list: &str) -> bool {
    let mut found = false;
    for pattern in list.split(',') {
        let (is_negated, pattern) = pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest));
        if pattern.len() > PATTERN_LIMIT {
            return false;
        }
        if is_match(text.as_bytes(), pattern.as_bytes()) {
            if is_negated {
                return false;
            }
            found = true;
        }
    }
    found
}

/// One pattern, in a time that grows with the product of both lengths at most.
fn is_match(text: &[u8], pattern: &[u8]) -> bool {
    let (mut at, mut next, mut back) = (0, 0, None);
    while at < text.len() {
        match pattern.get(next) {
            Some(b'*') => {
                back = Some((at, next));
                next += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[at] => (at, next) = (at + 1, next + 1),
            _ => {
                let Some((from, star)) = back else { return false };
                back = Some((from + 1, star));
                (at, next) = (from + 1, star + 1);
            }
        }
    }
    pattern[next..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_openssh_matches() {
        let cases = [
            ("jane", "jane", true),
            ("jane", "Jane", false),
            ("jane", "j?ne", true),
            ("jane", "*", true),
            ("jane", "bob,j*e", true),
            ("jane", "!jane,*", false),
            ("jane", "*,!jane", false),
            ("jane", "!bob", false),
            ("jane", "!bob,jane", true),
            ("jane", "jane ", false),
            ("jane", "", false),
            ("", "", true),
            ("abcabcd", "*abcd", true),
            ("abcabc", "*abcd", false),
            ("a*", "a**", true),
        ];
        for (text, list, expected) in cases {
            assert_eq!(fits(text, list), expected, "{text} {list}");
        }
        assert!(!fits(&"a".repeat(5000), &"*a".repeat(500).replace("*a*a", "*a*b")));
    }
}
