//! The names of records: `0012-title.md`, `ADR-0012-title.md`, `adr12.md`, `20200101-title.md`, `2020-01-01-title.md`.

/// What a file's name or a reference says about a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Its digits, without leading zeros; those of a date for `2020-01-01`.
    number: String,
    /// What follows the number, in lower case.
    slug: String,
}

impl Name {
    /// The name in a Markdown file's name.
    pub(super) fn of_file(file: &str) -> Option<Self> {
        Self::of(without_extension(file)?)
    }

    /// The name in `ADR-0012`, `0012-title` or `12`.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = match text.split_at_checked(3) {
            Some((adr, rest)) if adr.eq_ignore_ascii_case("adr") => rest.trim_start_matches(['-', '_', ' ']),
            _ => text,
        };
        let (digits, rest) = text.split_at(text.bytes().take_while(u8::is_ascii_digit).count());
        if digits.is_empty() || rest.starts_with(char::is_alphanumeric) {
            return None;
        }
        let (digits, rest) = iso_date(digits, rest).unwrap_or_else(|| (digits.to_owned(), rest));
        let slug = rest.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        Some(Self { number: digits.trim_start_matches('0').to_owned(), slug })
    }

    /// A reference to it, `ADR-0012`; with the file's name the whole of that, `ADR-0012-title`.
    pub(super) fn reference(&self, file: Option<&str>) -> String {
        let Some(stem) = file.and_then(without_extension) else { return format!("ADR-{:0>4}", self.number) };
        let has_prefix = stem.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("adr-"));
        format!("ADR-{}", if has_prefix { &stem[4..] } else { stem })
    }

    /// Whether both have one number.
    pub(super) fn has_number_of(&self, other: &Self) -> bool {
        self.number == other.number
    }

    /// Whether something follows the number.
    pub(super) fn has_title(&self) -> bool {
        !self.slug.is_empty()
    }

    /// Whether the number is a day: `20200101`.
    pub(super) fn is_dated(&self) -> bool {
        let part = |range| self.number.get(range).and_then(|digits: &str| digits.parse::<u32>().ok()).unwrap_or(0);
        self.number.len() == 8
            && matches!(part(0..4), 1990..=2199)
            && matches!(part(4..6), 1..=12)
            && matches!(part(6..8), 1..=31)
    }

    /// Whether a reference or a link means the record with this file name.
    pub(super) fn means(&self, record: &Self) -> bool {
        self.has_number_of(record) && (!record.is_dated() || self.slug.is_empty() || self.slug == record.slug)
    }
}

/// `2020` and `-01-01-title` are one number and `-title`.
fn iso_date<'t>(year: &str, rest: &'t str) -> Option<(String, &'t str)> {
    let (date, after) = rest.split_at_checked(6)?;
    let digits: String = date.chars().filter(char::is_ascii_digit).collect();
    let is_date = year.len() == 4
        && digits.len() == 4
        && date.bytes().enumerate().all(|(at, b)| (b == b'-') == (at % 3 == 0))
        && !after.starts_with(char::is_alphanumeric);
    is_date.then(|| (format!("{year}{digits}"), after))
}

/// A Markdown file's name without its extension.
pub(super) fn without_extension(file: &str) -> Option<&str> {
    let (stem, extension) = file.rsplit_once('.')?;
    ["md", "markdown"].iter().any(|known| extension.eq_ignore_ascii_case(known)).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_its_number() {
        let cases = [
            ("0012-title.md", Some(("12", "title"))),
            ("ADR-0012-Use-X.markdown", Some(("12", "use-x"))),
            ("adr-12.md", Some(("12", ""))),
            ("adr12 title.MD", Some(("12", "title"))),
            ("0012_use_x.md", Some(("12", "use_x"))),
            ("0000-template.md", Some(("", "template"))),
            ("20200101-use-x.md", Some(("20200101", "use-x"))),
            ("2020-01-02-use-x.md", Some(("20200102", "use-x"))),
            ("2020-1-2-x.md", Some(("2020", "1-2-x"))),
            ("12th-idea.md", None),
            ("README.md", None),
            ("0012-title.txt", None),
            ("0012", None),
            ("adr-template.md", None),
        ];
        for (file, expected) in cases {
            let name = Name::of_file(file);
            let parts = name.as_ref().map(|name| (name.number.as_str(), name.slug.as_str()));
            assert_eq!(parts, expected, "{file}");
        }
    }

    #[test]
    fn only_dated_records_are_told_apart_by_their_title() {
        let means = |reference: &str, file: &str| {
            Name::of(reference).expect("a name").means(&Name::of_file(file).expect("a name"))
        };
        assert!(means("ADR-12-other", "0012-title.md"));
        assert!(means("ADR-20200101", "20200101-title.md"));
        assert!(means("ADR-2020-01-01-Title", "20200101-title.md"));
        assert!(!means("ADR-20200101-other", "20200101-title.md"));
        assert!(!means("ADR-1", "0012-title.md"));
    }
}
