//! Headings of the changelogs of Debian and RPM packages.
//!
//! <https://www.debian.org/doc/debian-policy/ch-source.html#debian-changelog-debian-changelog>,
//! <https://rpm-software-management.github.io/rpm/man/rpm-spec.5>

use super::date::{is_month, is_number_of};
use super::title::{Release, without_v};

/// Follow an upstream version whose sources a distribution has packed anew.
const REPACKED: [&str; 4] = ["+dfsg", "+ds", "+repack", "+git"];

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Reads a line at the left edge, of either kind.
pub(super) fn read<'a>(line: &'a str, version: &str) -> Option<Release<'a>> {
    debian(line, version).or_else(|| rpm(line, version))
}

/// `demo (1.2.0-1) unstable; urgency=medium`
fn debian<'a>(line: &'a str, version: &str) -> Option<Release<'a>> {
    let (package, rest) = line.split_once(" (")?;
    let (theirs, rest) = rest.split_once(')')?;
    let (suites, fields) = rest.split_once(';')?;
    let is_package = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let is_heading = package.chars().all(is_package) && fields.trim_start().to_lowercase().starts_with("urgency=");
    let is_unreleased = suites.split_whitespace().any(|suite| suite.eq_ignore_ascii_case("unreleased"));
    is_heading.then(|| Release { is_unreleased, ..Release::of(is_same(theirs, version)) })
}

/// `* Sat Nov 28 2026 Jane Smith <jane@example.com> - 1.2.0-1`; the version may stand in the text below instead.
fn rpm<'a>(line: &'a str, version: &str) -> Option<Release<'a>> {
    let mut words = line.strip_prefix('*')?.split_whitespace();
    let is_day = DAYS.contains(&words.next()?) && is_month(words.next()?);
    let is_date = is_number_of(words.next()?, 1..=2) && is_number_of(words.next()?, 4..=4);
    let theirs = words.next_back().unwrap_or("").trim_matches(['[', ']', '(', ')']);
    (is_day && is_date).then(|| Release::of(is_same(theirs.trim_start_matches('-'), version)))
}

/// Whether a distribution's version is that of this release: an epoch before it, a revision after it, and the spelling of
/// pre-releases (`1.2.0~rc1` for 1.2.0-rc.1) are the distribution's.
fn is_same(theirs: &str, version: &str) -> bool {
    let theirs = theirs.split_once(':').map_or(theirs, |(_, rest)| rest);
    let upstream = theirs.rsplit_once('-').map_or(theirs, |(upstream, _)| upstream);
    let packed = REPACKED.iter().find_map(|mark| Some(upstream.split_once(mark)?.0));
    let wanted = squeezed(without_v(version));
    [Some(theirs), Some(upstream), packed].into_iter().flatten().any(|theirs| squeezed(without_v(theirs)) == wanted)
}

/// Without the separators beside a letter.
fn squeezed(version: &str) -> String {
    let chars: Vec<_> = version.chars().collect();
    let is_letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_alphabetic);
    let kept = |at: usize, c: char| {
        let beside = is_letter(at.checked_sub(1)) || is_letter(at.checked_add(1));
        c != '~' && !(beside && matches!(c, '-' | '_' | '.'))
    };
    chars.iter().enumerate().filter(|(at, c)| kept(*at, **c)).map(|(_, c)| c.to_ascii_lowercase()).collect()
}

/// ` -- Jane Smith <jane@example.com>  Sat, 28 Nov 2026 10:00:00 +0000`, the end of an entry of Debian's.
pub(super) fn is_trailer(line: &str) -> bool {
    line.starts_with(" -- ") && line.contains('<') && line.contains('>')
}

/// Where the changelog of an RPM spec file starts: what is before it is about the package.
pub(super) fn start(text: &str) -> usize {
    let is_mark = |line: &str| line.trim_end() == "%changelog";
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if is_mark(line) {
            return at;
        }
    }
    0
}
