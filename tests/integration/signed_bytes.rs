//! Signed claims byte by byte, in this process: what is tampered with holds never, and OpenSSH says the same of whose keys count.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use delivery_gate::internal::config::release::Released;
use delivery_gate::internal::evidence::claims::{
    About, Believed, Claim, Examined, Found, Moment, NAMESPACE, PublicKey, Signers, SshSig, Standing, Statement, Unfit,
    encoded, examine, sealed,
};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use crate::signed::{ID, Keys, envelope, keyid};

const TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn statement() -> Statement {
    let claim = Claim {
        id: ID.to_owned(),
        answer: true,
        by: "jane@example.com".to_owned(),
        at: "2026-01-01".to_owned(),
        evidence: Some("https://ci.example/1".to_owned()),
        note: None,
        made_for: Released::One("1.2.3".to_owned()),
    };
    Statement { project: "demo".to_owned(), tree: TREE.to_owned(), claim }
}

fn moments(at: &[&str]) -> Vec<Moment> {
    at.iter().map(|at| Moment { called: format!("at {at}"), at: at.parse().expect("a time") }).collect()
}

/// What an envelope comes to for the release 1.2.3 of demo.
fn examined(text: &[u8], signers: &Signers) -> Examined {
    let released = Released::One("1.2.3".to_owned());
    let about = About { project: Some("demo"), is_named_in_content: true, tree: Ok(TREE), released: &released };
    let moments = moments(&["2026-01-02T00:00:00Z"]);
    let believed = Believed { signers: Ok(signers), moments: &moments };
    let found = Found { shown: "f".to_owned(), name: format!("{ID}.x.json"), bytes: Ok(text.to_vec()) };
    examine(&found, &about, &believed)
}

fn why(standing: &Standing) -> &str {
    match standing {
        Standing::Holds => "holds",
        Standing::Wrong(why) | Standing::Unproven(why) => why,
    }
}

fn read(lines: &str) -> Signers {
    Signers::read("signers", lines.as_bytes()).expect("a text")
}

#[test]
fn no_byte_of_an_envelope_can_be_another() {
    let keys = Keys::new();
    let kinds: [(&str, &[&str]); 4] = [
        ("ed", &["-t", "ed25519"]),
        ("p256", &["-t", "ecdsa", "-b", "256"]),
        ("p384", &["-t", "ecdsa", "-b", "384"]),
        ("rsa", &["-t", "rsa", "-b", "2048"]),
    ];
    for (name, arguments) in kinds {
        keys.make(name, arguments);
        let signers = read(&format!("jane@example.com {}\n", keys.public(name)));
        let armour = keys.sign(name, NAMESPACE, &encoded(&statement().written()));
        let (text, key) = sealed(&statement().written(), &armour).expect("an envelope");
        assert_eq!(key.fingerprint(), keyid(&keys, name));
        assert_eq!(examined(text.as_bytes(), &signers).standing, Standing::Holds);
        let bits: &[u8] = if name == "ed" { &[1, 2, 4, 8, 16, 32, 64, 128] } else { &[1, 64] };
        for (at, bit) in (0..text.len()).flat_map(|at| bits.iter().map(move |bit| (at, *bit))) {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= bit;
            let standing = examined(&bytes, &signers).standing;
            assert_ne!(standing, Standing::Holds, "{name}: {at} {bit}: {}", String::from_utf8_lossy(&bytes));
        }
        for at in 0..text.len() - 1 {
            let cut = &text.as_bytes()[..at];
            assert_ne!(examined(cut, &signers).standing, Standing::Holds, "{name}: cut at {at}");
        }
    }
}

#[test]
fn what_a_changed_line_lets_through_openssh_lets_through() {
    let keys = Keys::new();
    keys.make("jane", &["-t", "ed25519"]);
    let bytes = encoded(&statement().written());
    let armour = keys.sign("jane", NAMESPACE, &bytes);
    let key = SshSig::read(&armour).expect("a signature").key;
    let line =
        format!("jane@example.com namespaces=\"delivery-gate\",valid-before=\"20990101Z\" {}\n", keys.public("jane"));
    let moments = moments(&["2026-01-02T00:00:00Z"]);
    let mut held = 0;
    for (at, bit) in (0..line.len()).flat_map(|at| [1, 2, 4, 8, 16, 32, 64, 128].map(|bit| (at, bit))) {
        let mut changed = line.clone().into_bytes();
        changed[at] ^= bit;
        let signers = Signers::read("signers", &changed);
        if signers.is_ok_and(|signers| signers.judge(&key, "jane@example.com", &moments) == Standing::Holds) {
            let told = String::from_utf8_lossy(&changed).into_owned();
            assert!(keys.verifies(&changed, "jane@example.com", &armour, &bytes), "{at} {bit}: {told}");
            held += 1;
        }
    }
    // Letter case of options, other years, a pattern: each of them says the same of this key, or lets more through.
    assert!((10..60).contains(&held), "{held}");
}

/// What OpenSSH says of a line, and what is said here.
struct Case {
    lines: &'static str,
    by: &'static str,
    openssh: bool,
    here: &'static str,
}

const fn case(lines: &'static str, by: &'static str, openssh: bool, here: &'static str) -> Case {
    Case { lines, by, openssh, here }
}

/// `KEY` stands for the key that signed, `RSA` for a weak one, `OTHER` for another.
const CASES: &[Case] = &[
    case("jane KEY\n", "jane", true, "holds"),
    case(" \tjane\tKEY comment\n", "jane", true, "holds"),
    case("bob,jane KEY\n", "jane", true, "holds"),
    case("j?n* KEY\n", "jane", true, "holds"),
    case("*,!bob KEY\n", "jane", true, "holds"),
    case("*,!jane KEY\n", "jane", false, "for *,!jane, and the claim is by jane"),
    case("!bob KEY\n", "jane", false, "for !bob"),
    case("Jane KEY\n", "jane", false, "for Jane"),
    case("\"jane doe\" KEY\n", "jane doe", true, "holds"),
    case("bob,\"jane doe\" KEY\n", "jane doe", true, "holds"),
    case("\"jane doe\",bob KEY\n", "bob", false, "an option has no name"),
    case("jane, bob KEY\n", "jane", false, "has the key"),
    case("\"jane KEY\n", "jane", false, "a quote is not closed"),
    case("jane namespaces=\"delivery-gate\" KEY\n", "jane", true, "holds"),
    case("jane NameSpaces=\"git,delivery-*\" KEY\n", "jane", true, "holds"),
    case("jane namespaces=\"*,!delivery-gate\" KEY\n", "jane", false, "for the namespace `delivery-gate`"),
    case("jane namespaces=\"git\" KEY\n", "jane", false, "does not let jane sign"),
    case("jane namespaces=\"\" KEY\n", "jane", false, "does not let jane sign"),
    case("jane namespaces=delivery-gate KEY\n", "jane", false, "`namespaces` is not in quotes"),
    case("jane namespaces=\"a\",namespaces=\"delivery-gate\" KEY\n", "jane", false, "`namespaces` is there twice"),
    case("jane no-touch-required KEY\n", "jane", false, "`no-touch-required` is no option that is known"),
    case("jane foo=\"x\" KEY\njane KEY\n", "jane", true, "holds"),
    case("jane cert-authority KEY\n", "jane", false, "for certificates only"),
    case("jane cert-authority KEY\njane KEY\n", "jane", true, "holds"),
    case("jane valid-before=\"20200101Z\" KEY\njane KEY\n", "jane", true, "holds"),
    case("jane valid-before=\"20200101Z\" KEY\n", "jane", false, "it expired at 20200101Z"),
    case("jane valid-after=\"20980101Z\" KEY\n", "jane", false, "it is not valid before 20980101Z"),
    case("jane valid-after=\"20200101Z\",valid-before=\"20980101Z\" KEY\n", "jane", true, "holds"),
    case("jane valid-after=\"202001020304Z\" KEY\n", "jane", true, "holds"),
    case("jane valid-after=\"20200102030405Z\" KEY\n", "jane", true, "holds"),
    case("jane valid-before=\"20980101\" KEY\n", "jane", true, "has no `Z`"),
    case("jane valid-before=\"20980231Z\" KEY\n", "jane", true, "no time that a calendar has"),
    case("jane valid-before=\"2098-06-01\" KEY\n", "jane", false, "is no time"),
    case("jane valid-after=\"0\" KEY\n", "jane", false, "is no time"),
    case("jane valid-after=\"20980101Z\",valid-before=\"20970101Z\" KEY\n", "jane", false, "comes after valid-before"),
    case("jane valid-after=\"20200101Z\", namespaces=\"*\" KEY\n", "jane", false, "has the key"),
    case("jane KEY\r\n", "jane", true, "holds"),
    case("# x\r\n\r\njane KEY\r\n", "jane", true, "holds"),
    case("\u{feff}jane KEY\n", "jane", false, "byte order mark"),
    case("\u{feff}# x\njane KEY\n", "jane", true, "holds"),
    case("#jane KEY\n", "jane", false, "is not in signers"),
    case("jane OTHER\n", "jane", false, "is not in signers"),
    case("jane OTHER\njane KEY\n", "jane", true, "holds"),
    case("jane RSA\njane KEY\n", "jane", true, "holds"),
    case("jane\n", "jane", false, "is not in signers"),
    case("", "jane", false, "is not in signers"),
];

#[test]
fn allowed_signers_is_read_as_openssh_reads_it_or_more_strictly() {
    let keys = Keys::new();
    keys.make("jane", &["-t", "ed25519"]).make("other", &["-t", "ed25519"]).make("weak", &["-t", "rsa", "-b", "1024"]);
    let bytes = encoded(&statement().written());
    let armour = keys.sign("jane", NAMESPACE, &bytes);
    let key = SshSig::read(&armour).expect("a signature").key;
    let now = moments(&["2026-01-02T00:00:00Z"]);
    for Case { lines, by, openssh, here } in CASES {
        let named = [("KEY", "jane"), ("OTHER", "other"), ("RSA", "weak")];
        let lines = named.iter().fold((*lines).to_owned(), |text, (word, name)| text.replace(word, &keys.public(name)));
        assert_eq!(keys.verifies(lines.as_bytes(), by, &armour, &bytes), *openssh, "{lines}");
        let signers = read(&lines);
        let standing = signers.judge(&key, by, &now);
        let faulty: Vec<_> = signers.faulty().map(|problem| problem.message.clone()).collect();
        let told = format!("{} {}", why(&standing), faulty.join(" "));
        assert!(told.contains(here), "{lines}: {told}");
        assert!(*openssh || standing != Standing::Holds, "{lines}");
        // Where OpenSSH takes what is refused here, it is not called wrong.
        assert!(!*openssh || !matches!(standing, Standing::Wrong(_)), "{lines}: {standing:?}");
    }
    let weak = read(&format!("jane {}\n", keys.public("weak")));
    assert!(weak.faulty().any(|problem| problem.message.contains("1024 bits is too weak: 2048 are the least")));
    assert!(Signers::read("s", b"jane \xff\n").expect_err("no text").contains("is not UTF-8"));
    assert!(Signers::read("s", "a\n".repeat(10_001).as_bytes()).expect_err("long").contains("more than 10000 lines"));
}

#[test]
fn both_ends_of_a_window_count_and_two_moments_must_agree() {
    let keys = Keys::new();
    keys.make("jane", &["-t", "ed25519"]);
    let key = PublicKey::of_line(&keys.public("jane")).expect("a key");
    let options = "valid-after=\"20260101Z\",valid-before=\"20260201Z\"";
    let signers = read(&format!("jane {options} {}\n", keys.public("jane")));
    let judged = |at: &[&str]| signers.judge(&key, "jane", &moments(at));
    for at in ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00.9Z"] {
        assert_eq!(judged(&[at]), Standing::Holds, "{at}");
    }
    for at in ["2025-12-31T23:59:59Z", "2026-02-01T00:00:01Z"] {
        assert!(matches!(judged(&[at]), Standing::Wrong(_)), "{at}");
    }
    let Standing::Unproven(why) = judged(&["2026-01-02T00:00:00Z", "2027-01-01T00:00:00Z"]) else {
        panic!("it differs")
    };
    let expected = "counted at 2026-01-02T00:00:00Z (2026-01-02T00:00:00Z), and not at 2027-01-01T00:00:00Z \
                    (2027-01-01T00:00:00Z): it expired at 20260201Z";
    assert!(why.ends_with(expected), "{why}");
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend(u32::try_from(bytes.len()).expect("short").to_be_bytes());
    to.extend(bytes);
}

fn fields(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    parts.iter().for_each(|part| put(&mut all, part));
    all
}

fn armoured(blob: &[u8]) -> String {
    let text = STANDARD.encode(blob);
    let lines: Vec<_> = text.as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

/// A signature around a key and what it signed, as `ssh-keygen` writes it.
fn sshsig(key: &[u8], signature: &[u8]) -> String {
    let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
    blob.extend(fields(&[key, NAMESPACE.as_bytes(), b"", b"sha512", signature]));
    armoured(&blob)
}

/// What a security key signs, which a key in this test stands for: there is none here to touch.
fn by_security_key(message: &[u8], flags: u8) -> (Vec<u8>, String) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("a key");
    let (kind, application) = ("sk-ssh-ed25519@openssh.com", "ssh:");
    let key = fields(&[kind.as_bytes(), pair.public_key().as_ref(), application.as_bytes()]);
    let mut asked = b"SSHSIG".to_vec();
    asked.extend(fields(&[NAMESPACE.as_bytes(), b"", b"sha512", &Sha512::digest(message)]));
    let counter = 9_u32.to_be_bytes();
    let signed = [&Sha256::digest(application)[..], &[flags], &counter, &Sha256::digest(&asked)[..]].concat();
    let mut signature = fields(&[kind.as_bytes(), pair.sign(&signed).as_ref()]);
    signature.push(flags);
    signature.extend(counter);
    (key.clone(), sshsig(&key, &signature))
}

#[test]
fn a_security_key_must_be_touched() {
    let keys = Keys::new();
    let payload = statement().written();
    for (flags, holds) in [(1, true), (5, true), (0, false), (4, false)] {
        let (key, armour) = by_security_key(&encoded(&payload), flags);
        let line = format!("jane@example.com sk-ssh-ed25519@openssh.com {}\n", STANDARD.encode(&key));
        // OpenSSH takes it either way.
        assert!(keys.verifies(line.as_bytes(), "jane@example.com", &armour, &encoded(&payload)), "{flags}");
        let fingerprint = PublicKey::read(&key).expect("a key").fingerprint();
        let text = envelope(&payload, &armour, &fingerprint).to_string();
        let standing = examined(text.as_bytes(), &read(&line)).standing;
        let expected = if holds { "holds" } else { "nobody touched the security key for it" };
        assert_eq!(why(&standing), expected, "{flags}");
    }
}

#[test]
fn kinds_that_are_not_read_are_unproven() {
    let keys = Keys::new();
    keys.make("p521", &["-t", "ecdsa", "-b", "521"]).make("weak", &["-t", "rsa", "-b", "1024"]);
    keys.make("ca", &["-t", "ed25519"]).make("certified", &["-t", "ed25519"]);
    let certify = std::process::Command::new("ssh-keygen")
        .args(["-q", "-I", "x", "-n", "jane", "-s"])
        .arg(keys.path("ca"))
        .arg(keys.path("certified.pub"))
        .status();
    assert!(certify.expect("ssh-keygen runs").success());
    let payload = statement().written();
    let bytes = encoded(&payload);
    let sk_ecdsa = fields(&[b"sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", b"x", b"ssh:"]);
    let of_certificate = keys.sign("certified-cert.pub", NAMESPACE, &bytes);
    let cases = [
        (keys.sign("p521", NAMESPACE, &bytes), "kind of key not read: ecdsa-sha2-nistp521"),
        (sshsig(&sk_ecdsa, b"x"), "kind of key not read: sk-ecdsa-sha2-nistp256@openssh.com"),
        (of_certificate, "kind of key not read: a certificate (ssh-ed25519-cert-v01@openssh.com)"),
        ("-----BEGIN PGP SIGNATURE-----\n\nx\n".to_owned(), "kind of key not read: OpenPGP"),
    ];
    for (armour, expected) in cases {
        let text = envelope(&payload, &armour, "SHA256:x").to_string();
        assert_eq!(examined(text.as_bytes(), &read("")).standing, Standing::Unproven(expected.to_owned()));
    }
    let text = envelope(&payload, &keys.sign("weak", NAMESPACE, &bytes), "x").to_string();
    let expected = "an RSA key of 1024 bits is too weak: 2048 are the least";
    assert_eq!(examined(text.as_bytes(), &read("")).standing, Standing::Wrong(expected.to_owned()));
}

/// Each change of a sound armour, and its words.
#[test]
fn an_armour_is_read_as_strictly_as_openssh_reads_it() {
    let keys = Keys::new();
    keys.make("jane", &["-t", "ed25519"]);
    let bytes = encoded(&statement().written());
    let armour = keys.sign("jane", NAMESPACE, &bytes);
    let signers = format!("jane@example.com {}\n", keys.public("jane"));
    let joined = armour.replace('\n', "");
    let mut damaged = armour.clone();
    damaged.replace_range(40..41, "!");
    let cases = [
        (armour.clone(), true, "holds"),
        (armour.trim_end().to_owned(), true, "holds"),
        (armour.replace('\n', "\r\n"), false, "CRLF line ends"),
        (joined, false, "does not begin as an SSH signature does"),
        (format!("text\n{armour}"), false, "does not begin"),
        (format!("{armour}text\n"), true, "there is text behind the signature"),
        (format!("{armour}{armour}"), true, "there are several signatures in one"),
        (armour.replace("-----END", "-----ENDE"), false, "does not end"),
        (damaged, false, "is no base64"),
        (String::new(), false, "does not begin"),
        (format!("-----BEGIN SSH SIGNATURE-----\n{}", "A".repeat(20_000)), false, "larger than any"),
    ];
    for (text, openssh, here) in cases {
        assert_eq!(keys.verifies(signers.as_bytes(), "jane@example.com", &text, &bytes), openssh, "{text}");
        let told = match SshSig::read(&text).and_then(|signature| signature.verify(NAMESPACE, &bytes)) {
            Ok(()) => "holds".to_owned(),
            Err(Unfit::Wrong(why) | Unfit::Unread(why)) => why,
        };
        assert!(told.contains(here), "{text}: {told}");
    }
}

/// Makes another envelope of a sound one.
type Change<'c> = &'c dyn Fn(&mut Value);

/// Each wrong envelope, in the order in which it is verified, and its words.
#[test]
fn each_failure_has_its_words() {
    let keys = Keys::new();
    keys.make("jane", &["-t", "ed25519"]).make("bob", &["-t", "ed25519"]);
    let signers = read(&format!("jane@example.com {}\nbob@example.com {}\n", keys.public("jane"), keys.public("bob")));
    let sound = String::from_utf8(statement().written()).expect("UTF-8");
    let sealed = |payload: &str| {
        let armour = keys.sign("jane", NAMESPACE, &encoded(payload.as_bytes()));
        envelope(payload.as_bytes(), &armour, &keyid(&keys, "jane"))
    };
    let told = |text: &str| why(&examined(text.as_bytes(), &signers).standing).to_owned();
    assert_eq!(told(&sealed(&sound).to_string()), "holds");
    let changed = |from: &str, to: &str| {
        assert!(sound.contains(from), "{from}");
        told(&sealed(&sound.replacen(from, to, 1)).to_string())
    };
    // What is signed.
    for (from, to, expected) in [
        ("in-toto.io/Statement/v1", "in-toto.io/Statement/v2", "its _type is `https://in-toto.io/Statement/v2`"),
        ("delivery-gate.dev/claim/v1", "slsa.dev/x", "its predicateType is `https://slsa.dev/x`, not"),
        ("\"answer\":true", "\"answer\":false,\"answer\":true", "the key 'answer' is there twice"),
        ("\"name\":\"demo\"", "\"name\":\"other\"", "about the project `other`, and this is `demo`"),
        (
            TREE,
            "0000000000000000000000000000000000000000",
            "for other content (tree 0000000000000000000000000000000000000000;",
        ),
        ("\"for\":\"1.2.3\"", "\"for\":\"1.2.2\"", "it was signed for 1.2.2, and the release is 1.2.3"),
        ("\"for\":\"1.2.3\"", "\"for\":{\"a\":\"1.2.3\"}", "it was signed for a 1.2.3, and the release is 1.2.3"),
        ("\"for\":\"1.2.3\"", "\"for\":null", "`for` of the claim is no version and no packages"),
        (
            "\"id\":\"approver_signed_off\"",
            "\"id\":\"rollback_tested\"",
            "it claims `rollback_tested`, and its file's name is",
        ),
        (
            "\"by\":\"jane@example.com\"",
            "\"by\":\"bob@example.com\"",
            "for jane@example.com, and the claim is by bob@example.com",
        ),
        ("\"by\":\"jane@example.com\"", "\"by\":\"Jane@example.com\"", "and the claim is by Jane@example.com"),
        ("\"answer\":true", "\"answer\":\"true\"", "`answer` of the claim is not true or false"),
        ("\"at\":\"2026-01-01\"", "\"at\":\"soon\"", "is neither a date nor an RFC 3339 time"),
        ("\"note\":null,", "", "the claim has no `note`"),
        ("\"note\":null,", "\"note\":null,\"more\":1,", "the claim has the key `more`, which is not known"),
        ("\"note\":null,", "\"note\":7,", "`note` of the claim is a number, not a text"),
        ("\"subject\":[", "\"subject\":[{\"name\":\"a\",\"digest\":{}},", "is not about one subject"),
        ("\"gitTree\"", "\"sha256\"", "the digest has the key `sha256`, which is not known"),
        ("{", "x{", "what was signed is no claim"),
    ] {
        let why = changed(from, to);
        assert!(why.contains(expected), "{to}: {why}");
    }
    // What is around it.
    let around = |change: &dyn Fn(&mut Value)| {
        let mut value = sealed(&sound);
        change(&mut value);
        told(&value.to_string())
    };
    let bobs = keys.sign("bob", NAMESPACE, &encoded(sound.as_bytes()));
    let of_git = keys.sign("jane", "git", &encoded(sound.as_bytes()));
    let plain = keys.sign("jane", NAMESPACE, sound.as_bytes());
    let stranger = Keys::new();
    stranger.make("x", &["-t", "ed25519"]);
    let strange = stranger.sign("x", NAMESPACE, &encoded(sound.as_bytes()));
    let strange_id = keyid(&stranger, "x");
    let signature = |value: &mut Value, armour: &str| value["signatures"][0]["sig"] = STANDARD.encode(armour).into();
    let cases: [(Change<'_>, &str); 14] = [
        (&|value| value["payloadType"] = json!("text/plain"), "its payloadType is `text/plain`, not"),
        (&|value| value["payload"] = json!("!"), "`payload` of the envelope is no base64"),
        (&|value| value["payload"] = json!(7), "`payload` of the envelope is a number, not a text"),
        (&|value| value["payload"] = STANDARD.encode("{}").into(), "the signature is not over this claim"),
        (&|value| value["more"] = json!(1), "the envelope has the key `more`, which is not known"),
        (&|value| value["signatures"] = json!([]), "the envelope has no signature"),
        (
            &|value| {
                let one = value["signatures"][0].clone();
                value["signatures"] = json!([one, one]);
            },
            "the envelope has 2 signatures: each person signs an envelope of their own",
        ),
        (&|value| value["signatures"] = json!("x"), "`signatures` of the envelope is no list"),
        (
            &|value| value["signatures"][0]["keyid"] = json!("SHA256:x"),
            "its keyid is `SHA256:x`, and it was signed with",
        ),
        (&|value| signature(value, &bobs), "and it was signed with SHA256:"),
        (&|value| signature(value, &of_git), "for the namespace `git`, not for `delivery-gate`"),
        (&|value| signature(value, &plain), "the signature is not over this claim"),
        (&|value| signature(value, "x"), "does not begin as an SSH signature does"),
        (
            &|value| {
                signature(value, &strange);
                value["signatures"][0]["keyid"] = json!(strange_id);
            },
            "is not in signers",
        ),
    ];
    for (change, expected) in cases {
        let why = around(change);
        assert!(why.contains(expected), "{expected}: {why}");
    }
    for (text, expected) in [
        ("", "it is no envelope: EOF"),
        ("[]", "the envelope is a list, not a mapping"),
        ("{\"payload\": 1, \"payload\": 2}", "the key 'payload' is there twice"),
        ("\u{feff}{}", "it is no envelope"),
    ] {
        assert!(told(text).contains(expected), "{text}: {}", told(text));
    }
}
