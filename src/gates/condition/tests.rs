use proptest::prelude::*;
use serde_json::json;

use super::*;

fn metrics() -> Metrics {
    let json = json!({
        "p99": 1999.5, "zero": 0, "none": 0.0, "five": 5, "big": u64::MAX, "name": "99", "level": "HIGH", "yes": true,
        "no": false, "list": ["a", "b"], "numbers": [1, 2.5], "empty": [], "lost": null, "nan": "NaN",
        "parts": {"bias": 0.4, "in-put": 1, "lost": null}, "a.b": 7, "deep": [{"n": 1}],
    });
    json.as_object().expect("an object").clone()
}

fn outcome(text: &str) -> Result<bool, String> {
    Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).evaluate(&metrics())
}

#[test]
fn conditions_hold_or_not() {
    let holding = [
        "p99 < 2000 && five <= 5",
        "zero == 0 && none == 0 && zero == 0.0",
        "five > 4.999 && five < 5.001 && 5 >= five",
        "big > 9223372036854775807 && big == 18446744073709551615",
        "five + 1 == 6 && five / 2 == 2 && five / 2.0 == 2.5 && five % 3 == 2 && -five == -5",
        "five - 1 - 1 == 3 && five * 2 + 1 == 11 && 1 + five * 2 == 11 && (1 + five) * 2 == 12",
        "p99 + 1 > 2000",
        "level in ['HIGH', \"CRITICAL\"] && !(level in ['LOW']) && 'a' in list && 2.5 in numbers && 'bias' in parts",
        "size(list) == 2 && list.size() == 2 && size(name) == 2 && size(empty) == 0",
        "level.startsWith('HI') && level.endsWith(\"GH\") && level.contains('IG') && !level.contains('x')",
        "yes || no",
        "no || yes && yes",
        "yes != no && !no && !!yes",
        "yes ? five == 5 : five == 6",
        "parts.bias < 0.5 && parts['in-put'] == 1 && parts[level == 'HIGH' ? 'bias' : 'none'] < 1",
        "a.b == 7",
        "list[0] == 'a' && list == ['a', 'b'] && list != ['b', 'a'] && numbers == [1.0, 2.5] && deep[0].n == 1",
        "zero == 0 || 1 / zero > 1",
        "1 / zero > 1 || zero == 0",
        "size(empty) == 0 || empty[0] == 1",
        "zero == 0 ? yes : 1 / zero > 0",
        "name == '\\x39\\u0039' && name == r'99' && 'a\\'b' != name",
        "five == 0x5 && five == 5u && five < 1e3 && five > .5",
    ];
    for text in holding {
        assert_eq!(outcome(text), Ok(true), "{text}");
        assert_eq!(outcome(&format!("!({text})")), Ok(false), "!({text})");
    }
}

#[test]
fn what_cannot_be_said_names_the_metric() {
    let cases = [
        ("p9 < 5", "there is no metric `p9`; there is `p99`"),
        ("yes || utterly_unknown > 1", "there is no metric `utterly_unknown`"),
        ("lost == 1", "the metric `lost` is null"),
        ("yes || lost", "the metric `lost` is null"),
        ("parts.bis < 1", "there is no metric `parts.bis`"),
        ("parts.lost < 1", "the metric `parts.lost` is null"),
        ("parts['lost'] < 1 || yes", "the metric `parts.lost` is null"),
        ("name < 70", "`name` is the text \"99\", not a number"),
        ("70 > name", "`name` is the text \"99\", not a number"),
        ("name == 99", "`name` is the text \"99\", not a number"),
        ("name != 99", "`name` is the text \"99\", not a number"),
        ("nan < 70", "`nan` is the text \"NaN\", not a number"),
        ("yes || name == 99", "`name` is the text \"99\", not a number"),
        ("no && five", "`five` is 5, not true or false"),
        ("five", "`five` is 5, not true or false"),
        ("!five", "`five` is 5, not true or false"),
        ("level < name", "`level` is the text \"HIGH\", not a number"),
        ("level in five", "`five` is 5, not a list"),
        ("five in list", "`five` is 5, not a text"),
        ("size(five) == 1", "`five` is 5: it has no size"),
        ("five.startsWith('5')", "`five` is 5, not a text"),
        ("five / zero > 1", "it divides by zero"),
        ("five / none > 1", "it divides by zero"),
        ("five % zero == 1", "it divides by zero"),
        ("p99 % 2 == 1", "`%` needs whole numbers"),
        ("big + 1 > 0", "a result is beyond 64 bits"),
        ("9223372036854775807 + five > 0", "a result is beyond 64 bits"),
        ("1e308 * five > 1", "a result is beyond 64 bits"),
        ("-9223372036854775808 / -1 > five", "a result is beyond 64 bits"),
        ("list[2] == 'c'", "`list` has no item 2"),
        ("list[-1] == 'c'", "`list` has no item -1"),
        ("parts == deep[0]", "`parts` is an object: that is compared with nothing"),
        ("deep[0].m == 1", "an item of `deep` has no `m`"),
        ("yes ? yes : name == 1", "`name` is the text \"99\", not a number"),
    ];
    for (text, why) in cases {
        assert_eq!(outcome(text), Err(why.to_owned()), "{text}");
    }
}

/// Expressions and outcomes that the CEL specification publishes for its implementations, of the part that is here.
#[test]
fn the_published_cases_of_cel_hold() {
    let holding = [
        "1.0 == 1.0e+0",
        "'' == \"\"",
        "'abc' == r'abc'",
        "'abc' != 'ABC'",
        "[] == []",
        "['case'] != ['cAse']",
        "[1, 2, 3] != [1, 3, 2]",
        "[] != [1]",
        "9.0e+3 != 9001.0",
        "!(-0.0 < 0.0)",
        "1.0 < 1.0000001",
        "!(.99 > 9.9e-1)",
        "42 + (-2) == 40",
        "-42 - (-2) == -40",
        "42 * (-2) == -84",
        "-42 / 2 == -21",
        "42 % (-5) == 2",
        "-42 % (-5) == -2",
        "-(-42) == 42",
        "true ? 1 == 1 : 2 == 1",
        "!(false && (2 / 0 > 3 ? false : true))",
        "!((2 / 0 > 3 ? false : true) && false)",
        "true || (2 / 0 > 3 ? false : true)",
        "(2 / 0 > 3 ? false : true) || true",
    ];
    for text in holding {
        assert_eq!(outcome(&format!("yes && ({text})")), Ok(true), "{text}");
    }
    for text in ["2 / 0 > 4 ? 'baz' == '' : yes", "true && 1/0 != 0", "1/0 != 0 && true", "false || 1/0 != 0"] {
        assert!(outcome(&format!("yes && ({text})")).is_err(), "{text}");
    }
    for text in ["'cows' ? false : true", "false && 32", "'horses' && false", "[0] < [1]", "'a' || 'b'"] {
        assert!(Condition::parse(&format!("yes && ({text})")).is_err(), "{text}");
    }
}

#[test]
fn what_is_no_condition_names_its_place() {
    let cases = [
        ("", 0, "there is no condition here"),
        ("p99 <", 5, "the condition ends where a value is expected"),
        ("p99 = 5", 4, "`=` compares nothing: write `==`"),
        ("a and b", 2, "write `&&` for `and`"),
        ("a or b", 2, "write `||` for `or`"),
        ("not a", 0, "write `!` for `not`"),
        ("a & b", 2, "`&` is no operator: write `&&`"),
        ("a b", 2, "`b` stands where an operator or the end is expected"),
        ("0 < a < 5", 6, "comparisons do not chain: join two of them with `&&`"),
        ("(a < 5", 6, "the condition ends where `)` is expected"),
        ("a == 'x", 5, "the text that ' opens here has no end"),
        ("a == '\\q'", 6, "this escape is not one of CEL's that are read here"),
        ("a < 'HIGH'", 4, "this is a text, not a number"),
        ("a == null", 5, "what is null is unproven already: leave this out"),
        ("a + 1", 0, "this is a number, not true or false"),
        ("1 < 2", 0, "this names no metric, so it is always the same"),
        ("true", 0, "this names no metric, so it is always the same"),
        ("a < 99999999999999999999", 4, "`99999999999999999999` is not a number that 64 bits hold"),
        ("a < 1e999", 4, "`1e999` is not a number that 64 bits hold"),
        ("a < 5ms", 5, "a number ends before `m`"),
        ("a < 5%", 5, "a number ends before `%`"),
        ("${a} < 5", 0, "a condition has names, not `${…}`: write the name alone"),
        ("é < 5", 0, "`é` is not read here"),
        ("list.all(x, x > 1)", 5, "there is no function `all` here (known: size, startsWith, endsWith, contains)"),
        (
            "a.startswith('x')",
            2,
            "there is no function `startswith` here (did you mean `startsWith`? Known: size, startsWith, endsWith, \
             contains)",
        ),
        ("size() == 1", 0, "write `size(x)` or `x.size()`"),
    ];
    for (text, offset, message) in cases {
        let error = Condition::parse(text).expect_err(text);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{text}");
    }
}

#[test]
fn size_and_nesting_are_bounded() {
    let within = format!("{}p99 < 1{}", "(".repeat(62), ")".repeat(62));
    assert_eq!(outcome(&within), Ok(false));
    let long = format!("five == 5{}", " && yes".repeat(500));
    assert_eq!(outcome(&long), Ok(true));
    assert_eq!(outcome(&format!("five{} == 1005", "+1".repeat(1000))), Ok(true));
    let deep = ["(", "!", "-", "[", "size(", "yes ? yes : ", "a[", "-(", "![", "1 in ["];
    for text in deep.map(|part| part.repeat(4000 / part.len())).into_iter().chain([format!("a{}", "[0]".repeat(1300))])
    {
        let error = Condition::parse(&text).expect_err(&text);
        assert!(error.message.contains("at most 64"), "{error}");
    }
    let error = Condition::parse(&format!("a == '{}'", "x".repeat(TEXT_LIMIT))).expect_err("too long");
    assert_eq!(error.message, "a condition has at most 4096 bytes");
}

#[test]
fn the_map_form_means_what_files_of_the_format_mean() {
    let holding = [
        ("p99", "< 2000"),
        ("zero", "== 0"),
        ("zero", "0"),
        ("none", "==0"),
        ("no", "false"),
        ("no", "== 0"),
        ("no", "!= 1"),
        ("no", "!= true"),
        ("zero", "false"),
        ("yes", "True"),
        ("level", "== HIGH"),
        ("level", "HIGH"),
        ("level", "!= 'LOW'"),
        ("five", " >= -1.5 "),
        ("a.b", "== 7"),
    ];
    for (metric, test) in holding {
        let condition = Condition::of_tests(&[(metric, test)]).unwrap_or_else(|(_, e)| panic!("{test}: {e}"));
        assert_eq!(condition.evaluate(&metrics()), Ok(true), "{metric}: {test}");
    }
    let both = Condition::of_tests(&[("p99", "< 2000"), ("five", "== 6")]).expect("two tests");
    assert_eq!((both.evaluate(&metrics()), both.text()), (Ok(false), "p99 < 2000 && five == 6"));
}

#[test]
fn the_map_form_fails_closed() {
    let unproven = [
        ("name", "< 70", "`name` is the text \"99\", not a number"),
        ("name", "!= 99", "`name` is the text \"99\", not a number"),
        ("lost", "== 0", "the metric `lost` is null"),
        ("five", "!= true", "`five` is 5, not true or false"),
        ("yes", "!= 5", "`yes` is true, not a number"),
        ("gone", "== 0", "there is no metric `gone`; there is `none`"),
    ];
    for (metric, test, why) in unproven {
        let condition = Condition::of_tests(&[(metric, test)]).unwrap_or_else(|(_, e)| panic!("{test}: {e}"));
        assert_eq!(condition.evaluate(&metrics()), Err(why.to_owned()), "{metric}: {test}");
    }
    let refused = [
        ("", 0, "there is nothing to compare with"),
        ("<", 1, "there is nothing to compare with"),
        ("= 5", 0, "`=` compares nothing: write `==`"),
        ("< x", 2, "`<` needs a number after it"),
        ("< 5 && > 1", 4, "one value belongs here; for more write one expression"),
        ("5%", 1, "a number ends before `%`"),
    ];
    for (test, offset, message) in refused {
        let (_, error) = Condition::of_tests(&[("m", test)]).expect_err(test);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{test}");
    }
}

fn pieces() -> impl Strategy<Value = String> {
    let words = [
        "p99",
        "five",
        "name",
        "yes",
        "list",
        "parts",
        "lost",
        "5",
        "0",
        "1.5",
        "'a'",
        "true",
        "(",
        ")",
        "[",
        "]",
        "!",
        "-",
        "+",
        "/",
        "%",
        "&&",
        "||",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "?",
        ":",
        ".",
        ",",
        "size(",
        ".contains(",
        "é",
        " ",
    ];
    proptest::collection::vec(proptest::sample::select(words.to_vec()), 0..40).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_panics(text in prop_oneof![pieces(), ".*"]) {
        match Condition::parse(&text) {
            Ok(condition) => drop(condition.evaluate(&metrics())),
            Err(error) => prop_assert!(error.offset <= text.len()),
        }
        if let Err((_, error)) = Condition::of_tests(&[("p99", &text)]) {
            prop_assert!(error.offset <= text.len());
        }
    }

    #[test]
    fn numbers_compare_exactly(whole: i64, fraction: f64) {
        let metrics = json!({"w": whole, "f": fraction});
        let Some(metrics) = metrics.as_object().filter(|m| !m["f"].is_null()) else { return Ok(()) };
        let [less, same, more] =
            ["w < f", "w == f", "w > f"].map(|text| Condition::parse(text).unwrap().evaluate(metrics).unwrap());
        prop_assert_eq!(u8::from(less) + u8::from(same) + u8::from(more), 1);
        prop_assert!(!same || whole as f64 == fraction);
    }
}
