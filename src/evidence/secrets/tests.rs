//! The rules' samples, and the scanner's edges.

use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

use super::content::{Buffer, Looked};
use super::rules::Rules;
use super::unsearched::Cause;
use super::*;

/// What is taken out of a sample when it is read.
const MARKER: &str = "{}";

/// A secret that no hosting service takes for one in this file.
fn aws() -> String {
    ["AKIA", "Q7R3T5V7X9Z1B3D5"].concat()
}

fn look(bytes: &[u8]) -> Looked {
    let scan = Scan::new(SECRETS_CONFIDENCE.default, Baseline::default()).unwrap();
    scan.look("f", &mut &bytes[..], &mut Buffer::default()).unwrap()
}

fn kinds(text: &str, confidence: f64) -> Vec<&'static str> {
    let scan = Scan::new(confidence, Baseline::default()).unwrap();
    let looked = scan.look("f", &mut text.as_bytes(), &mut Buffer::default()).unwrap();
    looked.findings.into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn every_sample_of_every_type() {
    let mut wrong = Vec::new();
    for of in types::all() {
        assert!(of.source.starts_with("https://") || of.source == "docs/secrets.md", "{}", of.id);
        for form in &of.form {
            for sample in &form.matches {
                let found = kinds(&sample.replace(MARKER, ""), SECRETS_CONFIDENCE.default);
                if !found.contains(&of.id.as_str()) {
                    wrong.push(format!("{} misses {sample}: {found:?}", of.id));
                }
            }
            for sample in &form.misses {
                if kinds(&sample.replace(MARKER, ""), 0.0).contains(&of.id.as_str()) {
                    wrong.push(format!("{} matches {sample}", of.id));
                }
            }
            assert!(!form.matches.is_empty() && !form.misses.is_empty(), "{}", of.id);
            assert!(form.keywords.iter().all(|keyword| keyword.len() >= 3), "{}", of.id);
        }
    }
    for (rule, number) in Rules::built_in().unwrap().all().iter().zip(0..) {
        assert!(rules::compile(rule).is_ok() && Rules::built_in().unwrap().pattern(number).is_some(), "{}", rule.id);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn places_are_those_of_the_file() {
    let text = format!("é\nkey = {}\n", aws());
    let found = look(text.as_bytes()).findings;
    assert_eq!((found[0].line, found[0].column, found[0].start, found[0].end), (2, 7, 9, 29));
}

#[test]
fn utf16_is_read_and_other_binaries_are_not() {
    let text = format!("\u{feff}key = {}\r\n", aws());
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [&little, &big, &little[2..].to_vec(), &big[2..].to_vec()] {
        let found = look(bytes).findings;
        assert_eq!(found.len(), 1);
        let (start, end) = (found[0].start as usize, found[0].end as usize);
        let secret: Vec<u8> = bytes[start..end].iter().copied().filter(|byte| *byte != 0).collect();
        assert_eq!(secret, aws().into_bytes());
    }
    let binary =
        look(&[b"\x7fELF\x02\x01\x01\0\x90\x83\xe1\xff\xfe\xc3\x07\x1b".repeat(9), aws().into_bytes()].concat());
    assert_eq!(binary.unsearched, Some((Cause::Binary, "f".to_owned())));
    assert!(binary.findings.is_empty());
    assert_eq!(look(format!("\0\0\0abc {}", aws()).as_bytes()).findings.len(), 1);
    let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    assert_eq!(look(&wide).unsearched.map(|(cause, _)| cause), Some(Cause::Encoding));
    assert_eq!(look(&wide[4..]).unsearched.map(|(cause, _)| cause), Some(Cause::Encoding));
    assert_eq!(look(b"PK\x03\x04 and no NUL").unsearched.map(|(cause, _)| cause), Some(Cause::Archive));
}

#[test]
fn a_secret_is_found_once_wherever_windows_end() {
    let window = (1 << 20) + (20 << 10);
    for edge in [1 << 20, (1 << 20) + (4 << 10), window - (16 << 10), window, 2 * window] {
        for shift in [0, 1, 10, 19, 20, 21] {
            let mut text = "a line\n".repeat(edge / 7 + 1).into_bytes();
            text.truncate(edge - shift);
            let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64;
            text.extend_from_slice(format!("\n {} \n", aws()).as_bytes());
            text.extend_from_slice(&"tail\n".repeat(10_000).into_bytes());
            let found = look(&text).findings;
            assert_eq!(found.len(), 1, "{edge} {shift}");
            assert_eq!((found[0].line, found[0].column), (lines + 2, 2), "{edge} {shift}");
        }
    }
}

/// A secret in UTF-16 in a text of bytes is the same one wherever what is gathered of its run ends.
#[test]
fn a_secret_in_another_encoding_is_whole_wherever_a_search_ends() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let secret = ["client_secret", ": JIV4euBbadi8G09SW90aThspCP5pVesOKHws"].concat();
    let expected = look(secret.as_bytes()).findings.remove(0).fingerprint;
    let before = "plain text here, so that it is a text of bytes\n".repeat(800);
    let (gathered, ahead, behind) = (64 << 10, 16 << 10, 4 << 10);
    let again = gathered - ahead - behind;
    for edge in [gathered - ahead, gathered, gathered + again - ahead, gathered + again] {
        for shift in [0, 15, 47, 48, 49, 50, 60] {
            for filler in ["ab cd ef\n", "ab cd ef "] {
                let mut run = filler.repeat(edge / filler.len() + 1);
                run.truncate(edge - shift);
                let lines = run.matches('\n').count() as u64;
                let column = run.len() - run.rfind('\n').map_or(0, |at| at + 1);
                let bytes = [before.as_bytes(), &wide(&format!("{run} {secret}\n{}", filler.repeat(2_400)))].concat();
                let found = look(&bytes).findings;
                assert_eq!(found.len(), 1, "{edge} {shift}");
                assert_eq!(found[0].fingerprint, expected, "{edge} {shift}");
                let start = (before.len() + 2 * (run.len() + 16)) as u64;
                let place = (found[0].line, found[0].column, found[0].start, found[0].end);
                assert_eq!(place, (lines + 801, column as u64 + 17, start, start + 71), "{edge} {shift}");
            }
        }
    }
}

#[test]
fn a_comment_allows_its_type_only() {
    let allowed = |comment: &str| look(format!("k={} # {comment}\n", aws()).as_bytes()).allowed.len();
    assert_eq!(allowed("delivery-gate:allow AWS_ACCESS_KEY"), 1);
    assert_eq!(allowed("delivery-gate:allow AWS_ACCESS_KEY (a test)"), 1);
    assert_eq!(allowed("delivery-gate:allow GITHUB_PAT"), 0);
    assert_eq!(allowed("delivery-gate:allow"), 0);
    assert_eq!(allowed("\ndelivery-gate:allow AWS_ACCESS_KEY"), 0);
}

#[test]
fn checksums_verify() {
    let random = "k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0Y";
    let mut crc = crc32fast::hash(random.as_bytes());
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut suffix = Vec::new();
    for _ in 0..6 {
        suffix.insert(0, digits[(crc % 62) as usize]);
        crc /= 62;
    }
    let token = format!("ghp_{random}{}", String::from_utf8(suffix).unwrap());
    assert!(checksum::github(token.as_bytes()));
    assert!(!checksum::github(token.replace("k9", "k8").as_bytes()));
    let grafana = ["glsa", "_k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR_"].concat();
    assert!(
        checksum::crc32(format!("{grafana}755ec775").as_bytes())
            && !checksum::crc32(format!("{grafana}00000000").as_bytes())
    );
    // DER of 3 bytes, as it says; and of 4, as it does not.
    let pem = |body: &str| format!("-----BEGIN {}PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----", "");
    assert!(checksum::pem(pem("MAMCAQA=").as_bytes()) && !checksum::pem(pem("MAQCAQA=").as_bytes()));
    // BIP 173's own test vectors.
    assert!(checksum::bech32(b"abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw"));
    assert!(checksum::bech32(b"A12UEL5L"));
    assert!(!checksum::bech32(b"A12UEL5M"));
}

#[test]
fn the_baseline_takes_fingerprints_and_nothing_else() {
    let scan =
        |baseline| Scan::new(SECRETS_CONFIDENCE.default, baseline).unwrap().text("f", &mut aws().as_bytes()).unwrap();
    let print = scan(Baseline::default()).findings[0].fingerprint.clone();
    let schema = baseline::SCHEMA;
    for entry in [format!("\"{print}\""), format!("{{\"fingerprint\": \"{print}\", \"reason\": \"a test key\"}}")] {
        let read = Baseline::parse(&format!("{{\"schema\": \"{schema}\", \"fingerprints\": [{entry}]}}")).unwrap();
        let summary = scan(read);
        assert_eq!((summary.hit_count, summary.allowed_by_baseline), (0, 1));
    }
    for wrong in ["[]", "{}", "{\"schema\": \"x\", \"fingerprints\": []}"] {
        assert!(Baseline::parse(wrong).is_err(), "{wrong}");
    }
    for entry in ["\"abc\"", "1", "{}", "\"AKIA\""] {
        let text = format!("{{\"schema\": \"{schema}\", \"fingerprints\": [{entry}]}}");
        assert!(Baseline::parse(&text).is_err(), "{entry}");
    }
}

/// One rule's keywords may lie in several searchers, each of which begins anew.
#[test]
fn a_match_late_in_the_text_hides_none_before_it() {
    let value = "k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0Yc/RtUeWqPa";
    for names in [["aws_secret_key", "AWS_SECRET_KEY"], ["AWS_SECRET_KEY", "aws_secret_key"]] {
        let text: String = names.iter().map(|name| format!("{name} = {value}\n")).collect();
        assert_eq!(kinds(&text, SECRETS_CONFIDENCE.default), ["AWS_ACCESS_KEY"; 2], "{names:?}");
    }
}

#[test]
fn a_content_of_findings_only_is_given_up_and_not_clean() {
    let line = format!("{}\n", aws());
    let looked = look(line.repeat(content::MOST * 2).as_bytes());
    assert!(looked.given_up && looked.findings.len() >= content::MOST, "{}", looked.findings.len());
    let last = looked.findings.last().unwrap();
    assert_eq!((last.line, last.column), (looked.findings.len() as u64, 1));
    assert!(!look(line.as_bytes()).given_up);
}

/// What a hostile tree may hold is counted, and forgotten; that a content was given up is not.
#[test]
fn findings_for_which_there_is_no_room_are_counted() {
    let scan = Scan::new(SECRETS_CONFIDENCE.default, Baseline::default()).unwrap();
    let (room, beyond) = (AtomicUsize::new(3), Mutex::new(Summary::default()));
    let text = format!("{0}\n{0}\n{0} # delivery-gate:allow AWS_ACCESS_KEY\n", aws()).repeat(2);
    let kept = [0; 3].map(|_| {
        let bounded = scan.bounded(Looked { given_up: true, ..look(text.as_bytes()) }, &room, &beyond);
        (bounded.findings.len(), bounded.allowed.len())
    });
    assert_eq!(kept, [(3, 1), (1, 1), (1, 1)]);
    let beyond = beyond.into_inner().unwrap();
    assert_eq!((beyond.hit_count, beyond.auto_blocked, beyond.allowed_inline, beyond.findings.len()), (7, 7, 3, 0));
    assert_eq!(beyond.types, ["AWS_ACCESS_KEY"].into());
    let empty = scan.bounded(look(b"nothing"), &room, &Mutex::default());
    assert_eq!(empty.findings, []);
}

/// Each part of a keyword lies in some searcher, and none hides another.
#[test]
fn every_keyword_is_searched_for() {
    let rules = Rules::built_in().unwrap();
    for (number, rule) in rules.all().iter().enumerate() {
        for keyword in rule.keywords {
            let mut found = Vec::new();
            scanner::keywords(rules, keyword.as_bytes(), 0..keyword.len(), |rule, at, _| found.push((rule, at)));
            assert!(found.contains(&(number, 0)), "{} {keyword}", rule.id);
        }
    }
    assert!(rules.searchers.len() <= 6, "each searcher is one more pass over the text: {}", rules.searchers.len());
}

/// Words that a placeholder has count in the secret, and not in what stands around it.
#[test]
fn placeholders_count_in_the_secret_alone() {
    let body = "lFgEZy{}k9QwMWCSsGAQQB2kcPAQEHQK3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcRtUeWqPaZ3xK7vB\n1nM9sD4fG6hJ8kL2qW5eR0tYuI3oP7aSdF\n=k9Qw\n";
    let pgp = |headers: &str, body: &str| {
        format!("-----BEGIN PGP{{}} PRIVATE KEY BLOCK-----\n{headers}\n{body}-----END PGP PRIVATE KEY BLOCK-----\n")
    };
    let many = "Comment: 1234 5678 9ABC DEF0\n".repeat(9);
    let found = [
        pgp("Comment: Alice Smith <alice@corp.example>\n", body),
        pgp(&format!("{many}Comment: Your_Name <x@example.org>\nMessageID: 00000000000000000000\n"), body),
        pgp("", &body.replace("Vd2H", "xxxx").replace("R0tYuI", "insert").replace("WqPaZ3xK", "redacted")),
        pgp("", body).replace('\n', "\\n"),
        pgp("Version: ${VERSION}\n", body),
        "---- BEGIN SSH2 ENCRYPTED{} PRIVATE KEY ----\nComment: \"x <x@example.org>\"\nP2/56wAAA9k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcRtUeWqPaZ3xK7vB1nM9sD4fG6hJ8k\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@${DB_HOST}/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@$DB_HOST:5432/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@{{ .Values.host }}/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@{host}/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@<host>/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@%s:%d/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@#{host}/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@$(DB_HOST)/prod".to_owned(),
        "postgres://app:{}k9Qw3Zr7Tb1L@db.example.com:${PORT}/prod?sslmode=${MODE}".to_owned(),
        "postgres://${DB_USER}:{}k9Qw3Zr7Tb1L@db.internal/prod".to_owned(),
        "postgres://$DB_USER:{}k9Qw3Zr7Tb1L@db.internal/prod".to_owned(),
        "postgres://{{ user }}:{}k9Qw3Zr7Tb1L@db.internal/prod".to_owned(),
        "postgres://{user}:{}k9Qw3Zr7Tb1L@db.internal/prod".to_owned(),
        "postgres://<user>:{}k9Qw3Zr7Tb1L@db.internal/prod".to_owned(),
        "postgres://%s:{}k9Qw3Zr7Tb1L@db.internal/prod".to_owned(),
        "postgres://example:{}k9Qw3Zr7Tb1L@db.internal/your_database".to_owned(),
        "jdbc:postgresql://${DB_HOST}:5432/shop?user=shop&password={}k9Qw3Zr7Tb1Lx5Np".to_owned(),
        "jdbc:postgresql://db/{{ name }}?user=<user>&password={}k9Qw3Zr7Tb1Lx5Np&ssl=${SSL}".to_owned(),
        "curl -u \"$USER:{}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR\" https://example.org".to_owned(),
        "curl -u ${DEPLOY_USER}:{}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR https://${HOST}/upload".to_owned(),
        "example_db_password = \"{}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR\" # replace me, see <docs>".to_owned(),
        "Server=tcp:${DB_HOST},1433;User Id=example;Password={}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR;".to_owned(),
        "https://api.example.com/v1?api_token={}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR&next=https://example.com/".to_owned(),
        "db_password = `{}k9Qw3Zr7&Tb1L=x5Np8Vd2Hs6Jm4Gf0YcR`".to_owned(),
        "db_pass{}word = \"k9Qw3<Zr7Tb1Lx5Np8Vd2Hs6Jm4>Gf0YcR\"".to_owned(),
        "db_pass{}word = \"k9Qw3Zr7Tb1Lx5Np8Vd<2Hs6Jm4Gf0YcR\"".to_owned(),
        "https://${HOST}/v1?api_token={}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR&env=${ENV}".to_owned(),
        "https://example.blob.core.windows.net/your-container/${FILE}?sv=2022-11-02&sig={}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcRtUeWqPaZ3x%3D".to_owned(),
        "AccountName=example;AccountKey={}k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcRtUeWqPaZ3xK7vB1nM9sD4fG6hJ8kL2qW5eR0tYuI3oP7aSdF2gHjKm==;EndpointSuffix=${SUFFIX}".to_owned(),
        "Authorization: Basic ZXhhbXBsZTpr{}OVF3M1pyN1RiMUx4NU5w".to_owned(),
        // What is encoded says a word now and then.
        "eyJ{}hbGciOiJIUzI1NiJ9.eyJzdWIiOiJxxxxMTcyNjM1NCIsInJvbGUiOiJhZG1pbiJ9.k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcRtUeWqPaZ3xK".to_owned(),
    ];
    let shown = |text: &str| text.replace(MARKER, "");
    let missed: Vec<_> =
        found.iter().filter(|text| kinds(&shown(text), SECRETS_CONFIDENCE.default).len() != 1).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let dummies = [
        pgp("Comment: Alice\n", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"),
        pgp("Comment: Alice\n", "yourprivatekeygoeshereyourprivatekeygoeshereyourprivatekeygoeshereyourkey\n"),
        pgp(
            "Comment: a long word about the key that is not here, and more of it until the end of the line\n",
            "lFgEZyk9QwMWCSsG\n...\n",
        ),
        "postgres://app:${DB_PASSWORD}@${DB_HOST}/prod".to_owned(),
        "postgres://app:<password>@<host>/prod".to_owned(),
        "postgres://app:your_password_1@{host}/prod".to_owned(),
        "postgres://{user}:{password}@{host}/prod".to_owned(),
        "postgres://%s:%s@%s:%d/prod".to_owned(),
        "postgres://$USER:$PASSWORD_OF_IT@$HOST/prod".to_owned(),
        "postgres://${DB_USER}:changeme-please@db.internal/prod".to_owned(),
        "jdbc:postgresql://${DB_HOST}:5432/shop?user=shop&password=${DB_PASSWORD}".to_owned(),
        "jdbc:postgresql://${DB_HOST}:5432/shop?user=shop&password=changeme-please".to_owned(),
        "curl -u \"$USER:$PASSWORD_OF_THE_DEPLOYMENT_USER_1\" https://example.org".to_owned(),
        "curl -u $USER:your-password-goes-here-1x2y3z https://example.org".to_owned(),
        "db_password = \"example-k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm\"".to_owned(),
        "db_password = \"k9Qw3-<the-rest-of-it-1>-Zr7Tb1Lx5Np8\"".to_owned(),
        "db_password = \"k9Qw3Zr7Tb1Lx5Np8</password>\"".to_owned(),
        "db_password = \"<k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR>\"".to_owned(),
        "https://api.internal/v1?api_token=example1Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR&env=prod".to_owned(),
        // deploy:changeme-now-1
        "Authorization: Basic ZGVwbG95OmNoYW5nZW1lLW5vdy0x".to_owned(),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI4ODE3MjYzNTQifQ.your-signature-goes-here-1234567".to_owned(),
    ];
    let taken: Vec<_> = dummies.iter().filter(|text| !kinds(&shown(text), 0.0).is_empty()).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

/// What is sealed, or public on a chain, or a place in a list is no secret; its look-alikes are.
#[test]
fn sealed_values_addresses_and_cursors_are_none() {
    let random = |length: usize| -> String {
        let mut state = 7u64;
        let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digit = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(digits[(state >> 58) as usize])
        };
        (0..length).map(digit).collect()
    };
    let (of_4096, of_2048) = (format!("AgB{}", random(717)), format!("AQA{}", random(377)));
    let sealed = |value: &str| {
        format!(
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nspec:\n  encryptedData:\n    db_password: {value}\n    \
             api-token: \"{value}\"\n"
        )
    };
    let (address, hash) = (
        "0x3f7a91C05be24D86a17c4E92d05b8f363F7a91c0",
        "3f7a91c05be24d86a17c4e92d05b8f36a17c4e92d05b8f363f7a91c05be24d86",
    );
    let cursor = random(44);
    let none = [
        sealed(&of_4096),
        sealed(&of_2048),
        format!("USDC_TOKEN = \"{address}\""),
        format!("token: {address}"),
        format!("token_address={address}"),
        format!("token_contract = \"{}\"", &address[2..]),
        format!("tokenContractTx: \"0x{hash}\""),
        format!("access_token_transaction = \"{hash}\""),
        format!("next_page_token = \"{cursor}\""),
        format!("\"next-page-token\": \"{cursor}\""),
        format!("paginationToken: \"{cursor}\""),
        format!("continuation_token={cursor}"),
        format!("token_cursor = \"{cursor}\""),
        format!("nextSyncToken: {cursor}"),
        format!("resume_token = \"{cursor}\""),
        format!("scrollToken = \"{cursor}\""),
    ];
    let taken: Vec<_> = none.iter().filter(|text| !kinds(text, 0.0).is_empty()).collect();
    assert!(taken.is_empty(), "{taken:#?}");
    let found = [
        format!("password: AgB{}", random(60)),
        format!("password: {}", random(180)),
        format!("private_key = \"0x{hash}\""),
        format!("contract_owner_private_key = \"0x{hash}\""),
        format!("wallet_secret = \"{hash}\""),
        format!("api_token = \"{hash}\""),
        format!("contract_api_key = \"{cursor}\""),
        format!("CURSOR_API_KEY = \"{cursor}\""),
        format!("token = \"{cursor}\""),
    ];
    let missed: Vec<_> = found.iter().filter(|text| kinds(text, 0.0).is_empty()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

/// What makes a name public counts as a whole word, and not where the name goes on to say that the value is secret.
#[test]
fn a_part_of_a_name_makes_no_secret_public() {
    let (value, hash) = (
        "kQ7vZp2LrX9mTb4NcW8sJd3HfG6yAe1UoRi5Bt0P",
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    );
    let of = |names: &[&str], value: &str| -> Vec<String> {
        names.iter().map(|name| format!("{name} = \"{value}\"\n")).collect()
    };
    let secret = [
        "scroll_token_password",
        "pagination_token_secret",
        "resume_token_key",
        "db_password_cursor",
        "api_key_cursor",
        "secret_cursor",
        "authTokenCursor",
        "token_precursor",
        "homepage_token",
        "webpageToken",
        "PUBLICATION_API_TOKEN",
        "republicToken",
        "hashicorp_password",
        "hashnode.token",
        "digest_api_key",
        "weekly_digest_token",
        "digest_auth_password",
        "fingerprint_api_key",
        "integrity_check_password",
        "checksum_service_password",
        "hash_secret",
        "sha256_api_key",
        "md5_service_password",
        "CSRF_SECRET",
        "csrf_signing_key",
        "public_api_password",
        "publicClientSecret",
        "token_profile",
        "secret_prototype",
        "api_token_curl",
        "token_data",
    ];
    let on_no_chain = [
        "TRANSACTIONAL_EMAIL_TOKEN",
        "contractor_portal_token",
        "address_service_token",
        "EMAIL_ADDRESS_TOKEN",
        "addressValidationToken",
        "auth_token_tx",
        "subcontract_token",
        "token_ctx",
    ];
    let found = [of(&secret, value), of(&on_no_chain, hash)].concat();
    let missed: Vec<_> = found.iter().filter(|text| kinds(text, 0.0) != ["GENERIC_SECRET"]).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let public = [
        "api_token_hash",
        "passwordHash",
        "passwordhash",
        "hashed_secret",
        "hashedpassword",
        "sha256_password",
        "tokenSHA256",
        "token_md5sum",
        "secret_checksums",
        "key_token_fingerprint",
        "public_key_token",
        "publickeytoken",
        "secretPublicKey",
        "csrf_token",
        "csrfmiddlewaretoken",
        "XSRF-TOKEN",
        "tokenData",
        "secret_id",
        "tokenUrl",
        "token_filename",
        "token_type",
        "next_token",
        "nextpagetoken",
        "tokenCursor",
    ];
    let chained = ["token_address", "tokenaddress", "tokenContracts", "TOKEN_ADDRESS_MAINNET", "access_token_tx"];
    let none = [of(&public, value), of(&chained, hash)].concat();
    let taken: Vec<_> = none.iter().filter(|text| !kinds(text, 0.0).is_empty()).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

/// The samples of the types and the lines of both corpora, secrets and look-alikes.
fn samples() -> Vec<String> {
    let types = types::all();
    let forms = types.iter().flat_map(|of| &of.form);
    let of_types = forms.flat_map(|form| form.matches.iter().chain(&form.misses)).map(String::as_str);
    let corpora = [
        include_str!("../../../tests/fixtures/secrets/corpus.txt"),
        include_str!("../../../tests/fixtures/secrets/held_out.txt"),
    ];
    let lines = corpora.iter().flat_map(|corpus| corpus.lines()).filter(|line| !line.starts_with('#'));
    let of_corpora = lines.map(|line| line.split_once('\t').unwrap().1);
    of_types.chain(of_corpora).map(|text| text.replace(MARKER, "").replace("{n}", "\n")).collect()
}

/// A control character ends a secret and begins one as the end of a line does: in `/proc/PID/environ`, tables of strings, logs in
/// color. What is none stays none.
#[test]
fn what_stands_beside_a_secret_hides_none() {
    let scan = Scan::new(SECRETS_CONFIDENCE.default, Baseline::default()).unwrap();
    let mut buffer = Buffer::default();
    let mut found = |before: &str, text: &str, behind: &str| -> Vec<_> {
        let text = [before, text, behind].concat();
        let findings = scan.look("f", &mut text.as_bytes(), &mut buffer).unwrap().findings;
        findings.into_iter().map(|f| (f.kind, f.fingerprint, f.start - before.len() as u64)).collect()
    };
    let edges = ["\n", "\0", "\u{1}", "\r\n", "\u{1b}[0m", ""];
    let (mut wrong, mut count) = (Vec::new(), 0);
    for text in samples() {
        let expected = found("", &text, "\n");
        count += usize::from(!expected.is_empty());
        let pairs = edges.iter().flat_map(|edge| [("", *edge), (edge.trim_end_matches("\u{1b}[0m"), "\n")]);
        // One edge is enough to show that what is none stays none.
        for (before, behind) in pairs.filter(|pair| !expected.is_empty() || [pair.0, pair.1].contains(&"\0")) {
            if found(before, &text, behind) != expected {
                wrong.push(format!("{before:?} {text} {behind:?}"));
            }
        }
    }
    assert!(count > 600, "{count}");
    assert!(wrong.is_empty(), "{}: {}", wrong.len(), wrong.join("\n"));
}

/// Nor does a secret reach beyond one, or begin in what stands before it.
#[test]
fn a_nul_ends_what_is_read() {
    let value = "k9Qw3Zr7Tb1Lx5Np8Vd2Hs6Jm4Gf0YcR";
    let found = |text: &str| -> Vec<_> {
        let bytes = text.as_bytes();
        look(bytes).findings.iter().map(|f| text[f.start as usize..f.end as usize].to_owned()).collect()
    };
    for text in [
        format!("jdbc:postgresql://db/shop?user=shop&password={value}\0HOME=/root\0"),
        format!("URL=postgres://app:{value}@db.internal/shop\0HOME=/root@x\0"),
        format!("tool\0--token\0{value}\0--verbose\0"),
        format!("tool\0--token={value}\0--verbose\0"),
        format!("A=b\0machine git.internal login app password {value}\0C=d\0"),
    ] {
        assert_eq!(found(&text), [value], "{text:?}");
    }
    for text in [
        format!("HOST=http://db:8080\0x={value}\0MAIL=root@host.example.org\0"),
        format!("curl \0https://example.org\0tool -u app:{value}\0"),
        format!("is it a token\0{value}\0"),
        format!("token = \"{}\0{}\"", &value[..16], &value[16..]),
    ] {
        assert_eq!(found(&text), [""; 0], "{text:?}");
    }
}

/// Nor does where the file is.
#[test]
fn a_path_says_nothing_of_a_secret() {
    let scan = Scan::new(SECRETS_CONFIDENCE.default, Baseline::default()).unwrap();
    let looked = scan.look("examples/dummy/${NAME}.txt", &mut aws().as_bytes(), &mut Buffer::default()).unwrap();
    assert_eq!(looked.findings.len(), 1);
}

/// Per type: found and labelled, found and not labelled, labelled and not found.
type Scores = std::collections::BTreeMap<String, [usize; 3]>;

fn scores(corpus: &str) -> (Scores, Vec<String>) {
    let (mut scores, mut wrong) = (Scores::new(), Vec::new());
    for line in corpus.lines().filter(|line| !line.starts_with('#')) {
        let (label, text) = line.split_once('\t').unwrap();
        let found = kinds(&text.replace(MARKER, "").replace("{n}", "\n"), SECRETS_CONFIDENCE.default);
        for kind in &found {
            scores.entry((*kind).to_owned()).or_default()[usize::from(*kind != label)] += 1;
        }
        if label != "-" && !found.contains(&label) {
            scores.entry(label.to_owned()).or_default()[2] += 1;
        }
        if found != [label] && (label != "-" || !found.is_empty()) {
            wrong.push(format!("{line}: {found:?}"));
        }
    }
    (scores, wrong)
}

fn print(scores: &Scores, wrong: &[String]) {
    println!("{:<24} precision  recall", "type");
    for (kind, [right, false_positives, missed]) in scores {
        let share = |other: &usize| 100.0 * *right as f64 / (right + other).max(1) as f64;
        println!("{kind:<24} {:>8.1}% {:>6.1}%", share(false_positives), share(missed));
    }
    println!("{}", wrong.join("\n"));
}

#[test]
fn precision_and_recall_on_the_corpus() {
    let (scores, wrong) = scores(include_str!("../../../tests/fixtures/secrets/corpus.txt"));
    print(&scores, &wrong);
    for (kind, [right, false_positives, missed]) in &scores {
        assert!(*false_positives == 0 && *missed == 0 && *right > 0, "{kind}: {right} {false_positives} {missed}");
    }
}

/// What is still missed is known: a short password is below the default confidence, and 32 hexadecimal digits may be.
#[test]
fn precision_and_recall_on_lines_that_the_rules_were_not_made_for() {
    let (scores, wrong) = scores(include_str!("../../../tests/fixtures/secrets/held_out.txt"));
    print(&scores, &wrong);
    let sum = scores.values().fold([0; 3], |sum, score| [sum[0] + score[0], sum[1] + score[1], sum[2] + score[2]]);
    assert_eq!(sum, [113, 0, 2]);
}
