//! What the name of a value says of it: that it is public, a place in a list, on a chain. Whole words count, and their order: what a
//! name ends with is what its value is.

/// What a word has that makes a value secret, whatever the other words say.
const SECRET: &[&str] = &["secret", "key", "passw", "passphrase", "private", "credential", "seed"];

/// What is glued to another word in a name without marks: `passwordhash`, `publickey`.
const GLUED: &[&str] = &["token", "key", "secret", "password", "passwd", "credential"];

/// What is made of a secret and is none: `password_hash`. With something secret behind it, it says what that is for.
const DIGESTS: &[&str] = &["hash", "digest", "checksum", "fingerprint", "integrity"];

/// Its algorithms, also of more bits.
const ALGORITHMS: &[&str] = &["sha1", "sha2", "sha5", "md5"];

/// What the last word of a public name ends with.
const PLACES: &[&str] = &["url", "uri", "path", "file", "name", "type", "endpoint", "length", "address"];

/// Words that end so and are others.
const OTHERS: &[&str] = &["curl", "profile", "prototype"];

/// Places in a list that comes in pages.
const CURSORS: &[&str] = &[
    "nexttoken",
    "pagetoken",
    "nextpagetoken",
    "continuationtoken",
    "paginationtoken",
    "nextsynctoken",
    "resumetoken",
    "scrolltoken",
];

/// What anybody can read on a blockchain.
const ON_CHAIN: &[&str] = &["address", "contract", "transaction", "tx"];

/// The words of a name, in lower case: those of `nextPageToken`, `NEXT_PAGE_TOKEN` and `next-page.token` are the same.
fn words(name: &[u8]) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    for (at, byte) in name.iter().enumerate() {
        let goes_on = at > 0 && name[at - 1].is_ascii_uppercase();
        let is_followed = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let begins = byte.is_ascii_uppercase() && (!goes_on || is_followed);
        if (begins || !byte.is_ascii_alphanumeric()) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

fn has(word: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| word.contains(part))
}

/// Whether a word is one of these, also in the plural, or glued to a secret's.
fn is(word: &str, these: &[&str]) -> bool {
    let is_end = |rest: &str| matches!(rest, "" | "s" | "es") || GLUED.iter().any(|glued| rest.starts_with(glued));
    let is_begin = |rest: &str| GLUED.iter().any(|glued| rest.ends_with(glued));
    these
        .iter()
        .any(|this| word.strip_prefix(this).is_some_and(is_end) || word.strip_suffix(this).is_some_and(is_begin))
}

/// Whether words in a row are one of these, written without marks.
fn has_run(words: &[String], runs: &[&str]) -> bool {
    (0..words.len()).any(|first| {
        let mut run = String::new();
        words[first..].iter().any(|word| {
            run.push_str(word);
            runs.contains(&run.as_str())
        })
    })
}

fn is_secret(words: &[String]) -> bool {
    words.iter().any(|word| has(word, SECRET))
}

/// Whether what the name of a cursor or of something on a chain says is what an account is opened with.
fn opens(words: &[String]) -> bool {
    is_secret(words) || words.iter().any(|word| word == "auth" || word == "oauth")
}

/// Whether a name says that its value is public: a hash, an id, a place.
#[must_use]
pub(crate) fn is_public_name(name: &[u8]) -> bool {
    let words = words(name);
    is_place(name, &words)
        || is_digest(&words)
        || is_open(&words)
        || (has(&String::from_utf8_lossy(name).to_ascii_lowercase(), &["tokendata"]) && !is_secret(&words))
        || is_cursor(name)
        || (words.iter().any(|word| has(word, &["csrf", "xsrf"])) && !is_secret(&words))
}

/// Whether it is the name of a place, a kind or a row.
fn is_place(name: &[u8], words: &[String]) -> bool {
    let end = name.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
    let is_id = |end: &[u8]| matches!(end, [b'_' | b'-' | b'.', b'i' | b'I', b'd' | b'D']);
    let last = words.last().map_or("", String::as_str);
    let is_one = PLACES.iter().any(|place| last.ends_with(place)) && !OTHERS.contains(&last);
    is_one || name[..end].last_chunk::<3>().is_some_and(|end| is_id(end))
}

/// Whether it is the name of a digest of what is secret: `password_hash`, `hashed_secret`, `sha256_password`.
fn is_digest(words: &[String]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let is_algorithm = has(word, ALGORITHMS) || is(word, &["hash"]);
        let after = &words[at + 1..];
        let of = after.iter().take(1).filter(|next| is_algorithm && has(next, &["passw", "token"])).count();
        let is_for = is_secret(&after[of..]) || after[of..].iter().any(|word| word == "token");
        is(word, &["hashed"]) || ((is_algorithm || is(word, DIGESTS)) && !is_for)
    })
}

/// Whether it is the name of a public key or token.
fn is_open(words: &[String]) -> bool {
    let at = words.iter().rposition(|word| is(word, &["public"]));
    let closes = |word: &String| has(word, &["secret", "passw", "private", "credential"]);
    at.is_some_and(|at| !words[at + 1..].iter().any(closes))
}

/// Whether a name is that of a place in a list that comes in pages.
#[must_use]
pub(crate) fn is_cursor(name: &[u8]) -> bool {
    let words = words(name);
    (has_run(&words, CURSORS) || words.last().is_some_and(|last| is(last, &["cursor"]))) && !opens(&words)
}

/// Whether a value is an address or a hash of a blockchain, which anybody can read there. Private keys look the same: what the name
/// says decides, and a token that has to do with an address is none.
#[must_use]
pub(crate) fn is_on_chain(name: &[u8], value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"0x").unwrap_or(value);
    let is_hash = matches!(digits.len(), 40 | 64) && digits.iter().all(u8::is_ascii_hexdigit);
    let words = if is_hash { words(name) } else { Vec::new() };
    let at = words.iter().rposition(|word| is(word, ON_CHAIN));
    at.is_some_and(|at| !words[at..].iter().any(|word| word.ends_with("token"))) && !opens(&words)
}
