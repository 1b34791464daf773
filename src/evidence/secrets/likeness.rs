//! What a random value looks like, and what only looks like one.

use sha2::{Digest, Sha256};

/// Words that a placeholder has, in lower case.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "your_",
    "your-",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourpass",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "change-this",
    "xxxx",
    "0000000000",
    "redacted",
    "dummy",
    "notasecret",
    "not-a-secret",
    "not_a_secret",
    "insert",
    "replace",
    "****",
    "...",
    "01234567",
    "blabla",
    "abc123",
    "12345678",
    "abcdefgh",
    "undefined",
    "process.env",
    "deadbeef",
    "${",
    "{{",
    "$(",
    "%s",
    "%(",
    "#{",
];

/// Keys that vendors print in their documentation or ship in their emulators: SHA-256 of each, 64 hexadecimal digits, and where
/// it is published. Of a key that has parts, the last one counts too.
const DOCUMENTED: &str = include_str!("documented.txt");

/// Passwords that stand in every tutorial.
const TUTORIAL: &[&str] = &[
    "password",
    "passwd",
    "passw0rd",
    "p@ssw0rd",
    "postgres",
    "secret",
    "mysecret",
    "mypassword",
    "root",
    "admin",
    "guest",
    "test",
    "testing",
    "letmein",
    "hunter2",
    "rabbitmq",
    "mariadb",
    "mongodb",
    "mysql",
    "redis",
    "foobar",
    "foobarbaz",
    "qwerty",
    "supersecret",
    "somepassword",
    "password123",
    "secretpassword",
    "default",
    "docker",
    "user",
    "username",
];

/// Shannon entropy, in bits per byte.
#[must_use]
pub(crate) fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    #[expect(clippy::cast_precision_loss, reason = "a secret is short")]
    let length = bytes.len() as f64;
    let share = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

/// Whether a value stands for one that a person has to fill in.
#[must_use]
pub(crate) fn is_placeholder(value: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word)) || is_monotonous(value) || has_tag(value)
}

/// Whether words stand between `<` and `>`, or all of it does: a random value has one of the signs now and then.
fn has_tag(value: &[u8]) -> bool {
    let ends = |begin: usize| memchr::memchr(b'>', &value[begin..]).map(|length| &value[begin + 1..begin + length]);
    let is_whole = value.starts_with(b"<") && value.ends_with(b">");
    is_whole || memchr::memchr_iter(b'<', value).filter_map(ends).any(is_words)
}

/// Whether a secret, or what stands after its last mark, is published in a vendor's documentation.
#[must_use]
pub(crate) fn is_documented(secret: &[u8]) -> bool {
    let after = |mark: u8| memchr::memrchr(mark, secret).map(|at| &secret[at + 1..]);
    let parts = [Some(secret), after(b'.'), after(b'_')];
    let hex = |part: &[u8]| Sha256::digest(part).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let digests = parts.into_iter().flatten().map(hex);
    let published = |digest: String| DOCUMENTED.lines().any(|line| line.starts_with(&digest));
    digests.into_iter().any(published)
}

/// A long value of very few characters.
fn is_monotonous(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    value.len() >= 16 && seen.iter().filter(|seen| **seen).count() < 6
}

/// Whether there are both letters and digits.
#[must_use]
pub(crate) fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether letters are none of words, as in an AWS key without a digit: few vowels, and four consonants in a row.
#[must_use]
pub(crate) fn is_lettered(value: &[u8]) -> bool {
    let letters = value.get(VENDOR..).unwrap_or_default();
    let is_vowel = |byte: &u8| b"AEIOU".contains(byte);
    let vowels = letters.iter().filter(|byte| is_vowel(byte)).count();
    let clusters = letters.split(is_vowel).map(<[u8]>::len).max().unwrap_or(0);
    is_mixed(value) || (vowels * 3 <= letters.len() && clusters >= 4)
}

/// How many characters of an AWS key are the same in all, `AKIA`.
const VENDOR: usize = 4;

/// Whether a password has characters of several kinds, as documentation's seldom have.
#[must_use]
pub(crate) fn is_strong(value: &[u8]) -> bool {
    let has = |kind: fn(&u8) -> bool| usize::from(value.iter().any(kind));
    let kinds = has(u8::is_ascii_lowercase) + has(u8::is_ascii_uppercase) + has(u8::is_ascii_digit);
    value.len() >= 8 && kinds + has(u8::is_ascii_punctuation) > 1 && !is_words(value)
}

/// Whether a password in a URL is one of everybody's, also with digits and signs for some of its letters.
#[must_use]
pub(crate) fn is_tutorial(value: &[u8]) -> bool {
    let whole = String::from_utf8_lossy(value).to_ascii_lowercase();
    let lower = whole.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!');
    let plain: String = lower.chars().map(letter).collect();
    TUTORIAL.contains(&lower)
        || TUTORIAL.contains(&whole.as_str())
        || lower.len() < 3
        || ["password", "passwort", "passwd"].iter().any(|word| plain.contains(word))
        || lower.starts_with(['$', '%'])
}

/// The letter that a digit or a sign stands for.
fn letter(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether what stands before a URL's password names the same user: `airflow:airflow@`.
#[must_use]
pub(crate) fn is_user(before: &[u8], password: &[u8]) -> bool {
    before.strip_suffix(b":").is_some_and(|before| before.ends_with(password))
}

/// How long a sealed value is at least, in characters.
const SEALED: usize = 40;

/// Whether a value is ciphertext in a `SealedSecret` of Kubernetes: under `encryptedData`, and it begins with the length of a key
/// that RSA encrypted.
#[must_use]
pub(crate) fn is_sealed(before: &[u8], value: &[u8]) -> bool {
    let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let is_ciphertext =
        matches!(value, [b'A', b'g' | b'Q', b'A'..=b'D', ..]) && value.len() >= SEALED && value.iter().all(is_encoded);
    let document = || &before[memchr::memmem::rfind(before, b"\n---").unwrap_or(0)..];
    let is_data = |document: &[u8]| {
        let data = memchr::memmem::rfind(document, b"encryptedData");
        data.is_some_and(|at| memchr::memmem::find(&document[..at], b"SealedSecret").is_some())
    };
    is_ciphertext && is_data(document())
}

/// The shortest name that counts when a value has it, in bytes.
const TELLING: usize = 8;

/// Whether a value has the name that it is assigned to: `Key = module.Key`, an identifier.
#[must_use]
pub(crate) fn repeats(name: &[u8], value: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut words = name.split(|byte| !is_part(byte)).filter(|word| !word.is_empty());
    words.next_back().is_some_and(|word| word.len() >= TELLING && memchr::memmem::find(value, word).is_some())
}

/// How many characters of Base64 the shortest private key has: 64, of Ed25519.
const ARMOURED: usize = 60;

/// What entropy a key's Base64 has at least, in bits per character: words that were put in its place have less.
const ENCODED: f64 = 4.0;

/// Whether as much as a key's text stands between the headers and the footer: an abbreviated one is no key, nor is a word
/// in its place. The headers say nothing of that.
#[must_use]
pub(crate) fn is_armoured(value: &[u8]) -> bool {
    let begin = memchr::memmem::find(value, b"KEY").unwrap_or(0);
    let end = memchr::memmem::find(value, b"-END ").unwrap_or(value.len());
    let text = value.get(begin..end).unwrap_or_default();
    let is_header = |line: &&[u8]| memchr::memmem::find(line, b": ").is_some();
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\\')).filter(|line| !is_header(line));
    let is_encoded = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let body: Vec<u8> = lines.flatten().copied().filter(is_encoded).collect();
    body.len() > ARMOURED && entropy(&body) >= ENCODED
}

/// Whether a value could be random: neither a UUID, nor a hash with its name, nor made of words, nor a path.
#[must_use]
pub(crate) fn is_random(value: &[u8]) -> bool {
    is_mixed(value) && !is_uuid(value) && !is_harmless(value) && !is_words(value) && !value.starts_with(b"/")
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// How a hash, a sealed value, a public key or a vendor's test key begins.
const HARMLESS: &[&str] = &[
    "sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha512:", "md5:", "$argon2", "$scrypt", "pbkdf2",
    "sk_test_", "pk_test_", "pk_live_", "ENC[", "ENC(", "NACL[", "vault:v", "UUID=",
];

/// `$1$`, `$2y$`, …, anywhere in it: crypt(3) with a user before it, too.
const CRYPT: &[&str] = &["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "://"];

fn is_harmless(value: &[u8]) -> bool {
    let hex_after = |start: &[u8], digits: usize| {
        value.strip_prefix(start).is_some_and(|hex| hex.len() == digits && hex.iter().all(u8::is_ascii_hexdigit))
    };
    HARMLESS.iter().any(|start| value.starts_with(start.as_bytes()))
        || CRYPT.iter().any(|part| memchr::memmem::find(value, part.as_bytes()).is_some())
        || hex_after(b"*", 40)
        || hex_after(b"md5", 32)
        || hex_after(b"0x", 32)
        || hex_after(b"0x", 40)
}

/// Whether every piece between the marks is a word, or a word and a number: an identifier, not a random value.
fn is_words(value: &[u8]) -> bool {
    let pieces = value.split(|byte| !byte.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty());
    pieces.into_iter().all(is_word)
}

/// `Word`, `camelCase`, `v2`, `2024`: a random piece of any length changes between letters and digits more often.
fn is_word(piece: &[u8]) -> bool {
    let changes = piece.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    let turns = piece.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    let per_turn = if piece.len() < 20 { 4 } else { 5 };
    let long_number = piece.len() > 12 && piece.iter().all(u8::is_ascii_digit);
    changes <= 1 + piece.len() / 16 && turns * per_turn <= piece.len() && !long_number && !is_hex_run(piece)
}

fn is_hex_run(piece: &[u8]) -> bool {
    piece.len() >= 16 && piece.iter().all(u8::is_ascii_hexdigit)
}
