//! Files as programs write them, read in one pass and without a tree: one entry a line. Each reader knows the regular form of its
//! format and nothing else. `None` says not that a text is wrong, but that the full parser has to tell.

pub(crate) mod json;
pub(crate) mod toml;
pub(crate) mod yaml;

/// How many keys of a mapping are compared with each other where they are not in order.
const UNORDERED_LIMIT: usize = 16;

/// Keys of one mapping, none of them twice.
#[derive(Default)]
pub(crate) struct Keys<'t> {
    known: [&'t str; UNORDERED_LIMIT],
    count: usize,
    highest: &'t str,
}

impl<'t> Keys<'t> {
    /// Whether a key is known to be there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.known[..self.count.min(UNORDERED_LIMIT)].contains(&key)
    }

    /// `None` where the key is there already, or may be.
    pub(crate) fn add(&mut self, key: &'t str) -> Option<()> {
        let is_behind_all = self.count == 0 || key > self.highest;
        if is_behind_all {
            self.highest = key;
        } else if self.count > UNORDERED_LIMIT || self.known[..self.count].contains(&key) {
            return None;
        }
        if let Some(place) = self.known.get_mut(self.count) {
            *place = key;
        }
        self.count += 1;
        // Behind the limit only what is in order is known to be new.
        (self.count <= UNORDERED_LIMIT || is_behind_all).then_some(())
    }
}

/// Whether all is ASCII and nothing a control character, but for the ends of lines.
pub(super) fn is_printable(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).all(|word| is_plain(u64::from_ne_bytes(*word)))
}

/// The same of eight bytes at once. Below 0x80 no sum of a byte reaches into the next one.
fn is_plain(word: u64) -> bool {
    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }
    const HIGH: u64 = each(0x80);
    let is_not = |byte: u8| (word ^ each(byte)).wrapping_add(each(0x7f));
    let is_control = !word.wrapping_add(each(0x60));
    word & HIGH == 0 && is_control & is_not(b'\n') & HIGH == 0 && is_not(0x7f) & HIGH == HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_judged_wherever_it_stands() {
        for byte in 0..=u8::MAX {
            for at in 0..11 {
                let mut text = *b"some text \n";
                text[at] = byte;
                let expected = byte == b'\n' || (0x20..0x7f).contains(&byte);
                assert_eq!(is_printable(&text), expected, "{byte:#x} at {at}");
            }
        }
    }
}
