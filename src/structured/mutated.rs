//! Texts that were changed a little, for tests that hold a quick reader to the full parser.

/// How many are tried in every run of the tests.
pub(crate) const FEW: usize = 4_000;

/// How many are tried when somebody asks for it.
pub(crate) const MANY: usize = 1_000_000;

/// What may be put in: what means something in one of the formats.
const WORDS: [&str; 48] = [
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    ":",
    ": ",
    "'",
    "\"",
    "''",
    "\\",
    "\\u0041",
    "#",
    " #",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    ",",
    ", ",
    "&a ",
    "*a",
    "!t ",
    "|",
    ">-",
    "---\n",
    "...\n",
    "? ",
    "~",
    "null",
    "true",
    "1",
    "1.5",
    "0x1F",
    "=",
    " = ",
    "@",
    "ä",
    "\u{feff}",
    "\u{2028}",
    "\u{7f}",
    "\u{0}",
    "[[package]]\n",
    "infinity",
];

/// Numbers that are the same in every run (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % limit.max(1)
    }

    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

/// Calls `each` with `count` texts that were made of these by one to three small changes.
pub(crate) fn each(texts: &[&str], count: usize, mut each: impl FnMut(&str)) {
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for number in 0..count {
        let mut text = texts[number % texts.len()].to_owned();
        for _ in 0..=chance.below(3) {
            change(&mut text, &mut chance);
        }
        each(&text);
    }
}

fn change(text: &mut String, chance: &mut Chance) {
    match chance.below(6) {
        0 => text.insert_str(chance.place(text), WORDS[chance.below(WORDS.len())]),
        1 => {
            let start = chance.place(text);
            let end = text.ceil_char_boundary((start + 1 + chance.below(4)).min(text.len()));
            text.replace_range(start..end, WORDS[chance.below(WORDS.len())]);
        }
        2 => {
            let start = chance.place(text);
            let end = text.ceil_char_boundary((start + 1 + chance.below(12)).min(text.len()));
            text.replace_range(start..end, "");
        }
        _ => {
            // Whole lines: one twice, one left out, one in another place, one moved to the side.
            let mut lines: Vec<_> = text.split_inclusive('\n').map(str::to_owned).collect();
            if lines.is_empty() {
                return;
            }
            let (at, to) = (chance.below(lines.len()), chance.below(lines.len()));
            match chance.below(5) {
                0 => lines.insert(at, lines[at].clone()),
                1 => drop(lines.remove(at)),
                2 => lines.swap(at, to),
                3 => lines.insert(to, lines[at].clone()),
                _ => lines[at].insert_str(0, if chance.below(2) == 0 { " " } else { "  " }),
            }
            *text = lines.concat();
        }
    }
}
