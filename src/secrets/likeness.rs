//! What a random value looks like, and what only looks like one.

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
    "....",
    "12345678",
    "abcdefgh",
    "undefined",
    "process.env",
    "deadbeef",
    "<",
    "${",
    "{{",
    "$(",
    "%s",
    "%(",
    "#{",
];

/// Keys that vendors print in their documentation or ship in their emulators.
const DOCUMENTED: &[&str] = &[
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw",
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
    "TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "4twFt5NiznN84AWoo1d7KO1T_yoc0Z6XOpOVswacPZg",
    "16C7e42F292c6912E7710c838347Ae178B4a",
    "4eC39HqLyjWDarjtT1zdp7dc",
    "wJalrXUtnFEMI",
];

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
pub fn entropy(bytes: &[u8]) -> f64 {
    let mut counts = [0u32; 256];
    bytes.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    #[expect(clippy::cast_precision_loss, reason = "a secret is short")]
    let length = bytes.len() as f64;
    let share = |count: &u32| f64::from(*count) / length;
    counts.iter().filter(|count| **count > 0).map(share).map(|share| -share * share.log2()).sum()
}

/// Whether a value stands for one that a person has to fill in, or is one of a vendor's documentation.
#[must_use]
pub fn is_placeholder(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    let lower = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
        || DOCUMENTED.iter().any(|key| text.contains(key))
        || is_monotonous(value)
}

/// A long value of very few characters.
fn is_monotonous(value: &[u8]) -> bool {
    let mut seen = [false; 256];
    value.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    value.len() >= 16 && seen.iter().filter(|seen| **seen).count() < 6
}

/// Whether there are both letters and digits.
#[must_use]
pub fn is_mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

/// Whether a password in a URL is one of everybody's.
#[must_use]
pub fn is_tutorial(value: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
    let lower = lower.trim_end_matches(|c: char| c.is_ascii_digit() || c == '!');
    TUTORIAL.contains(&lower) || lower.len() < 3 || lower.contains("password") || lower.starts_with(['$', '%'])
}

/// Whether a name says that its value is public: a hash, an id, a place.
#[must_use]
pub fn is_public_name(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let parts = ["hash", "sha1", "sha2", "sha5", "md5", "digest", "checksum", "public", "fingerprint", "integrity"];
    let ends = ["_id", "-id", ".id", "url", "uri", "path", "file", "name", "type", "endpoint", "length", "address"];
    parts.iter().any(|part| name.contains(part)) || ends.iter().any(|end| name.ends_with(end))
}

/// Whether a value could be random: neither a UUID, nor a hash with its name, nor made of words, nor a path.
#[must_use]
pub fn is_random(value: &[u8]) -> bool {
    is_mixed(value) && !is_uuid(value) && !has_hash_prefix(value) && !is_words(value) && !value.starts_with(b"/")
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn has_hash_prefix(value: &[u8]) -> bool {
    let starts: [&[u8]; 12] = [
        b"sha1-", b"sha256-", b"sha384-", b"sha512-", b"sha1:", b"sha256:", b"sha512:", b"md5:", b"$2a$", b"$2b$",
        b"$6$", b"$argon2",
    ];
    starts.iter().any(|start| value.starts_with(start)) || memchr::memmem::find(value, b"://").is_some()
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
    let long_number = piece.len() > 12 && piece.iter().all(u8::is_ascii_digit);
    changes <= 1 + piece.len() / 16 && turns * 4 <= piece.len() && !long_number && !is_hex_run(piece)
}

fn is_hex_run(piece: &[u8]) -> bool {
    piece.len() >= 16 && piece.iter().all(u8::is_ascii_hexdigit)
}
