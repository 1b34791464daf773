use pep440_rs::{Operator, Version};

use super::requirement::{Source, parse};

fn specifiers(text: &str) -> Vec<(Operator, String)> {
    match parse(text).unwrap_or_else(|invalid| panic!("{text:?}: {invalid}")).source {
        Source::Versions(found) => found.into_iter().map(|one| (one.operator, one.written)).collect(),
        Source::Url(url) => panic!("{text:?} is the URL {url}"),
    }
}

#[test]
fn the_parts_of_a_requirement() {
    let found =
        parse(" Zope.Interface [ a , b-c ] ( >=1.0 , <2 ) ; os_name=='nt' or(extra  not in \"x\")").expect("valid");
    assert_eq!((found.name.as_str(), found.written.as_str()), ("Zope.Interface", ">=1.0 , <2"));
    assert_eq!(found.extras, ["a", "b-c"]);
    assert_eq!(found.marker.as_deref(), Some("os_name == \"nt\" or (extra not in \"x\")"));
    let direct = parse("x @ git+https://h/r@main#egg=x;y ; os_name == 'nt'").expect("valid");
    assert_eq!(direct.source, Source::Url("git+https://h/r@main#egg=x;y".to_owned()));
    assert!(direct.marker.is_some());
}

#[test]
fn versions_are_taken_whole() {
    let cases: [(&str, &[(Operator, &str)]); 9] = [
        ("x", &[]),
        ("x()", &[]),
        ("x==1.0,", &[(Operator::Equal, "1.0")]),
        ("x == v1!2.0.RC-1.post2.dev3+lo_cal.9", &[(Operator::Equal, "v1!2.0.RC-1.post2.dev3+lo_cal.9")]),
        ("x!=1.*", &[(Operator::NotEqualStar, "1")]),
        ("x~=1.4.2", &[(Operator::TildeEqual, "1.4.2")]),
        ("x === any+thing~ ,==2", &[(Operator::ExactEqual, "any+thing~"), (Operator::Equal, "2")]),
        ("x===a,==1.0", &[(Operator::ExactEqual, "a"), (Operator::Equal, "1.0")]),
        (
            "x>=1,<99999999999999999999999",
            &[(Operator::GreaterThanEqual, "1"), (Operator::LessThan, "99999999999999999999999")],
        ),
    ];
    for (text, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|(operator, version)| (*operator, (*version).to_owned())).collect();
        assert_eq!(specifiers(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_a_requirement() {
    let cases = [
        "",
        " ",
        "-x",
        "x-",
        "x.",
        "é",
        "x y",
        "x=1",
        "x==",
        "x==*",
        "x==1.*.*",
        "x>=1.*",
        "x~=1",
        "x>=1+local",
        "x==1.0a1.*",
        "x===a,b",
        "x==1 2",
        "x (==1",
        "x[a",
        "x[a,]",
        "x[a b]",
        "x @",
        "x @ ",
        "x @ u v",
        "x==1\n",
        "x＝＝1",
        "x ; ",
        "x ; ()",
        "x ; os_name",
        "x ; os_name == nt",
        "x ; os_name == 'nt",
        "x ; os_name = 'nt'",
        "x ; nothing == 'nt'",
        "x ; (os_name == 'nt'",
        "x ; os_name == 'nt')",
        "x ; os_name == 'nt' and",
        "x ; os_name notin 'nt'",
        "x ; os_name == '\\x4'",
        "x ; os_name == '\n'",
        "x ; os_name == 'nt' xor os_name == 'nt'",
        "x ; os_namex == 'nt'",
    ];
    for text in cases {
        assert!(parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn an_error_says_where_and_what() {
    let found = parse("requests=2").expect_err("invalid");
    assert_eq!(found.to_string(), "expected a comma, a semicolon or the end at byte 8");
    let found = parse("x; os_name == 3").expect_err("invalid");
    assert_eq!(found.to_string(), "expected a marker variable or a quoted string at byte 14");
}

#[test]
fn neither_depth_nor_length_is_a_danger() {
    // Recursion would end the process here; quadratic time would take minutes.
    let (open, close) = ("(".repeat(50_000), ")".repeat(50_000));
    let deep = format!("x; {open}os_name == 'nt'{close}");
    let cases = [
        (deep.clone(), true),
        (deep[..deep.len() - 1].to_owned(), false),
        (format!("x{}", "==1,".repeat(50_000)), true),
        (format!("x==={}", "a,".repeat(50_000)), false),
        (format!("x=={}", "1.".repeat(50_000)), false),
        (format!("x; {}", "os_name == 'nt' and ".repeat(12_500)), false),
        (format!("x[{}", "a,".repeat(50_000)), false),
        (format!("x==1{}", " ".repeat(100_000)), true),
    ];
    for (text, valid) in cases {
        assert_eq!(parse(&text).is_ok(), valid, "{}", &text[..20]);
    }
}

#[test]
fn which_versions_a_specifier_allows() {
    let cases = [
        ("==1.0", "1.0.0", true),
        ("==1.0", "1.0+local", true),
        ("==1.0+a", "1.0", false),
        ("==1.1.*", "1", false),
        ("==1.0.*", "1", true),
        ("!=1.1.*", "1", true),
        ("!=1.1.*", "1.1.2", false),
        ("==1!2.*", "2.3", false),
        ("~=2.2", "2.9", true),
        ("~=2.2.1", "2.3", false),
        ("<2", "2.0rc1", false),
        (">=1,<2", "2", false),
        ("===1.0", "1.0", true),
        ("===1.0.x", "1.0", false),
        (">=99999999999999999999999", "1", false),
    ];
    for (text, version, allowed) in cases {
        let Source::Versions(found) = parse(&format!("x{text}")).expect("valid").source else { panic!("{text}") };
        let version: Version = version.parse().expect("a version");
        assert_eq!(found.iter().all(|one| one.allows(&version)), allowed, "{text} {version}");
    }
}
