//! Whether a sentence claims the reference in it, or denies it: "not covered by ADR-1", "Reverts ADR-1".

use super::super::visible::{HIDDEN, LINK, Visible};

/// Words that deny what follows them in their sentence.
const DENIALS: &str = "not no never without cannot neither nor none revert reverts reverted reverting contradict contradicts \
    contradicted contradicting supersede supersedes superseded superseding supercedes violate violates violated violating dont \
    doesnt isnt cant wont didnt wasnt arent";
/// Those that deny the decision also where it is only cited: `Revert "Use containers (ADR-1)"`.
const STRONG: &str = "revert contradict supersede supercede violate";
/// Words that make a denial one of the decision: "not covered by any decision (ADR-1)".
const OF_DECISIONS: &str = "cover approv decid decision accept allow appl sanction record adr";
/// Words that deny what comes right after them.
const RIGHT_BEFORE: &str = "against unlike except outside despite beyond breaks breaking overrides overriding ignores ignoring \
    obsoletes undoes undoing";
/// Words with which a line does not end its sentence.
const UNFINISHED: &str = "by to with of in on the than from per see for as and or a an at is was are were be been any";
/// What may stand before a reference in its brackets.
const CITING: &str = "see also per cf ref refs adr and decision decisions implements implementing by as in re";
/// Words after which a dot ends no sentence.
const SHORT: &str = "cf e.g i.e vs etc resp approx no nr incl";
/// How much of a line, in bytes, and how many lines before it are looked at.
const NEAR: usize = 2_000;
const LINES: usize = 8;
/// A line that long was probably broken for its length.
const BROKEN: usize = 50;

/// Whether the text around a reference denies it. `at` is where it begins in the visible text, `end` where it ends.
pub(super) fn is_denied(visible: &Visible, at: usize, end: usize) -> bool {
    let Some(index) = visible.line_at(at) else { return false };
    let line = &visible.lines[index];
    if line.quoted {
        return true;
    }
    let before = before(visible, index, at);
    let after = visible.text.get(end..line.range.end).unwrap_or_default();
    denies_before(&before) || denies_after(&shown(upto(after)))
}

/// The sentence up to the reference, on one line.
fn before(visible: &Visible, index: usize, at: usize) -> String {
    let line = &visible.lines[index];
    let start = tail(&visible.text[line.range.start..at]);
    let shown_start = shown(start);
    let mut sentence = last_sentence(&shown_start).to_owned();
    let mut whole = shown(upto(&visible.text[line.range.clone()]));
    let mut is_cut = start.len() < at - line.range.start || sentence.len() < shown_start.trim_start().len();
    for previous in visible.lines[..index].iter().rev().take(LINES) {
        let text = shown(tail(&visible.text[previous.range.clone()])).trim().to_owned();
        if is_cut || previous.block != line.block || previous.quoted || !goes_on(&text, &whole) {
            break;
        }
        let part = last_sentence(&text);
        is_cut = part.len() < text.trim_start().len();
        sentence = format!("{part} {sentence}");
        whole = text;
    }
    sentence
}

/// The end of a long text.
fn tail(text: &str) -> &str {
    let start = (text.len().saturating_sub(NEAR)..=text.len()).find(|at| text.is_char_boundary(*at));
    start.map_or("", |start| &text[start..])
}

/// The beginning of a long text.
fn upto(text: &str) -> &str {
    let end = (0..=text.len().min(NEAR)).rev().find(|at| text.is_char_boundary(*at));
    end.map_or("", |end| &text[..end])
}

/// A text without what is hidden and where its links lead.
fn shown(text: &str) -> String {
    text.split(LINK).step_by(2).collect::<String>().replace(HIDDEN, "")
}

/// Whether a line is the middle of the sentence that the one before it began.
fn goes_on(before: &str, line: &str) -> bool {
    let line = line.trim();
    let is_field =
        line.split_once(':').is_some_and(|(key, _)| key.starts_with(char::is_uppercase) && key.split(' ').count() <= 2);
    let last = words(before).pop().unwrap_or_default();
    let is_unfinished = has(UNFINISHED, &last) || denies(&last) || before.chars().count() >= BROKEN;
    !ends_sentence(before) && !is_field && (line.starts_with(char::is_lowercase) || is_unfinished)
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end_matches(['"', '\'', ')', '*', '_']).ends_with(['.', '!', '?', ';'])
}

/// What follows the last end of a sentence.
fn last_sentence(text: &str) -> &str {
    let mut start = 0;
    for (at, mark) in text.match_indices(['.', '!', '?', ';']) {
        let rest = &text[at + 1..];
        let word =
            text[start..at].rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
        let is_short = mark == "." && has(SHORT, &word);
        if rest.starts_with(char::is_whitespace) && !is_short {
            start = at + 1;
        }
    }
    text[start..].trim_start()
}

fn denies_before(sentence: &str) -> bool {
    if let Some(open) = sentence.rfind(['(', '[']) {
        let (outside, cited) = (&sentence[..open], &sentence[open + 1..]);
        let is_citation = !cited.contains([')', ']']) && words(cited).iter().all(|word| is_citing(word));
        if is_citation {
            return denies_the_decision(&words(outside));
        }
    }
    let words = words(sentence);
    words.iter().any(|word| denies(word))
        || words.windows(2).any(|pair| pair == ["instead", "of"])
        || words.iter().rev().take(2).any(|word| has(RIGHT_BEFORE, word))
}

fn is_citing(word: &str) -> bool {
    has(CITING, word)
        || word.starts_with("adr-")
        || word.starts_with("decern")
        || word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Of a reference that is only cited, a denial in the sentence speaks only where it is about decisions.
fn denies_the_decision(words: &[String]) -> bool {
    let begins = |list: &str, word: &str| list.split_whitespace().any(|known| word.starts_with(known));
    let is_denied = words.iter().any(|word| denies(word));
    words.iter().any(|word| begins(STRONG, word)) || (is_denied && words.iter().any(|word| begins(OF_DECISIONS, word)))
}

/// "ADR-1 does not apply", "ADR-1 is no longer valid". A colon or a comma begins something else.
fn denies_after(rest: &str) -> bool {
    if !rest.starts_with(' ') {
        return false;
    }
    let words = words(rest);
    let is_between = |word: &&String| {
        let known = "is was are were has have had does did do will would can could should been yet itself";
        has(known, word)
    };
    words.iter().find(|word| !is_between(word)).is_some_and(|word| {
        word == "never" || word.ends_with("n't") || ["not", "cannot", "doesnt", "isnt"].contains(&word.as_str())
    }) || matches!(words.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), ["is" | "was", "no", ..])
}

fn denies(word: &str) -> bool {
    has(DENIALS, word) || word.ends_with("n't")
}

/// Words in lower case; one with a hyphen is one word, and an address is none.
fn words(text: &str) -> Vec<String> {
    let text = text.replace('’', "'").to_lowercase();
    let pieces = text.split_whitespace().filter(|piece| !piece.contains("://"));
    let split = |piece: &str| -> Vec<String> {
        let words = piece.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '-' | '_'));
        words.map(|word| word.trim_matches(['\'', '-', '_']).to_owned()).filter(|word| !word.is_empty()).collect()
    };
    pieces.flat_map(split).collect()
}

fn has(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
