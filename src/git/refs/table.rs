//! One table of a reftable: git's `Documentation/technical/reftable.txt`, versions 1 and 2. Its references are read from
//! the first block to the last, and not its log: a lookup is one in memory. So their index finds nothing here; it shows that
//! no block of them is lost.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::super::id::{Format, Id};
use super::Target;
use crate::system::files::open_without_waiting;

/// The largest part with references that is read, in bytes: some five million of them.
const SIZE_LIMIT: u64 = 256 << 20;

/// The longest name, in bytes: what a file system takes for a path.
const NAME_LIMIT: usize = 4096;

/// How much the names of all tables may take up once they are written out, in bytes: in a table a long name costs no more
/// than what it does not share with the one before.
pub(super) const NAMES_LIMIT: usize = 512 << 20;

/// What a record takes up beside its name, in bytes.
const RECORD: usize = 64;

/// Which of the places in a footer is that of the references' index.
const REFS_INDEX: usize = 0;

/// Which of them is that of the log's index; between the two are those of objects and the log.
const LOG_INDEX: usize = 4;

/// What is wrong where an index and the blocks of references do not agree.
const UNLED: &str = "its index does not lead to each of its references";

/// The header of a block: its type, and its length in three bytes.
const BLOCK: usize = 4;

/// A reference of a table; `None` where an older table may have it and this one takes it back.
pub(super) type Record = (Vec<u8>, Option<Target>);

/// A reader of big-endian fields, to the end of the bytes.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self, bytes: usize) -> Option<u64> {
        Some(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// The number of variable length that packs have, too.
    fn varint(&mut self) -> Option<usize> {
        let mut byte = *self.take(1)?.first()?;
        let mut value = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = *self.take(1)?.first()?;
            value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        }
        Some(value)
    }
}

/// The records of a block, one after the other.
struct Cursor<'a> {
    fields: Fields<'a>,
    /// Where they end in the block.
    end: usize,
    /// Where reading may start in the block, three bytes each: at records whose names stand there in full, the first of all among
    /// them. They follow the records, so that their count says where those end.
    starts: &'a [u8],
    /// The name of the record that was begun last.
    name: Vec<u8>,
}

impl<'a> Cursor<'a> {
    /// Those of a block, of which the first begins at `head` in it.
    fn of(block: &'a [u8], head: usize) -> Option<Self> {
        let (rest, count) = block.split_last_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*count)).checked_mul(3).filter(|length| *length > 0)?;
        let end = rest.len().checked_sub(length)?;
        let (records, starts) = rest.split_at(end);
        Some(Self { fields: Fields { rest: records.get(head..)? }, end, starts, name: Vec::new() })
    }

    /// Whether there is another one. `None` where reading may start at what is no record.
    fn goes_on(&self) -> Option<bool> {
        let is_at_end = self.fields.rest.is_empty();
        (!is_at_end || self.starts.is_empty()).then_some(!is_at_end)
    }

    /// Makes the name of the next record of the one before, and tells the kind of its value.
    fn begin(&mut self) -> Option<usize> {
        let at = self.end - self.fields.rest.len();
        let kept = self.fields.varint()?;
        let packed = self.fields.varint()?;
        let added = self.fields.take(packed >> 3)?;
        if kept > self.name.len() || kept + added.len() > NAME_LIMIT {
            return None;
        }
        let mut starts = Fields { rest: self.starts };
        if starts.number(3) == Some(at as u64) {
            self.starts = Some(starts.rest).filter(|_| kept == 0)?;
        }
        self.name.truncate(kept);
        self.name.extend_from_slice(added);
        Some(packed & 7)
    }
}

/// What a table says of itself, at its beginning and once more at its end.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    /// How many bytes it has.
    length: usize,
    /// How many bytes a block fills; 0 where they are not aligned.
    block_size: usize,
    format: Format,
}

impl Header {
    /// How many bytes a header has at most.
    const LONGEST: usize = 28;

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields { rest: bytes.strip_prefix(b"REFT")? };
        let version = fields.number(1)?;
        let block_size = usize::try_from(fields.number(3)?).ok()?;
        // From which change to which one: the order of the tables says it, too.
        fields.take(16)?;
        let (length, format) = match version {
            1 => (24, Format::Sha1),
            2 => match fields.take(4)? {
                b"sha1" => (28, Format::Sha1),
                b"s256" => (28, Format::Sha256),
                _ => return None,
            },
            _ => return None,
        };
        Some(Self { length, block_size, format })
    }
}

/// Reads the references of a table, in the order of their names. `room` is how much the names may still take up.
///
/// # Errors
/// The file cannot be read (it is not there, for one), or why it is none.
pub(super) fn read(path: &Path, format: Format, room: &mut usize) -> io::Result<Vec<Record>> {
    let mut file = open_without_waiting(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(wrong("it is not a regular file"));
    }
    parse(&mut file, metadata.len(), format, room)
}

/// The references of a table of `size` bytes.
fn parse<T: Read + Seek>(table: &mut T, size: u64, format: Format, room: &mut usize) -> io::Result<Vec<Record>> {
    let mut start = vec![0; Header::LONGEST];
    table.read_exact(&mut start).map_err(|_| wrong("it has no header"))?;
    let header = Header::read(&start).ok_or_else(|| wrong("its header is not known"))?;
    if header.format != format {
        return Err(wrong("its object ids are of another kind than the repository's"));
    }
    let parts = Parts::of(table, size, &start[..header.length])?;
    if parts.end > SIZE_LIMIT {
        return Err(wrong("it is too large"));
    }
    let [end, index] = [parts.end, parts.index].map(|at| usize::try_from(at).unwrap_or_default());
    // With the first byte of what follows.
    let mut bytes = vec![0; end + 1];
    table.seek(SeekFrom::Start(0))?;
    table.read_exact(&mut bytes)?;
    Blocks { bytes: &bytes, index, end, may_have_none: parts.may_have_none, header: &header, room }.records()
}

/// Where the parts of a table are, by its footer.
struct Parts {
    /// Where the top of the references' index begins; 0 where they have none.
    index: u64,
    /// Where what follows the references and their index begins: objects, the log, or the footer itself.
    end: u64,
    /// Whether there may be no references, as where the log has no place of its own behind them.
    may_have_none: bool,
}

impl Parts {
    fn of<T: Read + Seek>(table: &mut T, size: u64, header: &[u8]) -> io::Result<Self> {
        let length = header.len() + 5 * 8 + 4;
        let at = size.checked_sub(length as u64).filter(|at| *at >= header.len() as u64);
        let at = at.ok_or_else(|| wrong("it has no footer"))?;
        table.seek(SeekFrom::Start(at))?;
        let mut footer = vec![0; length];
        table.read_exact(&mut footer)?;
        let (said, sum) = footer.split_at(length - 4);
        if !said.starts_with(header) || crc32fast::hash(said).to_be_bytes() != sum {
            return Err(wrong("its footer is damaged"));
        }
        let mut fields = Fields { rest: &said[header.len()..] };
        let mut parts = Self { index: 0, end: at, may_have_none: true };
        // Where they have no part of their own, it is 0. The second has a length in its five low bits.
        for (part, shift) in [0, 5, 0, 0, 0].into_iter().enumerate() {
            let begin = fields.number(8).unwrap_or_default() >> shift;
            parts.may_have_none &= begin == 0 || part == LOG_INDEX;
            if begin > at {
                return Err(wrong("its footer is damaged"));
            }
            match part {
                REFS_INDEX => parts.index = begin,
                _ if begin > 0 => parts.end = parts.end.min(begin),
                _ => {}
            }
        }
        Ok(parts)
    }
}

/// The part of a table that has references, and their index.
struct Blocks<'a> {
    bytes: &'a [u8],
    /// Where the top of the index begins; 0 where there is none.
    index: usize,
    /// Where that part ends; one more byte is there.
    end: usize,
    /// Whether the table may begin with its log.
    may_have_none: bool,
    header: &'a Header,
    room: &'a mut usize,
}

/// A block, as the index must name it: where it begins, and which reference is the last that it leads to.
type Named = (usize, usize);

impl Blocks<'_> {
    fn records(mut self) -> io::Result<Vec<Record>> {
        let (mut records, mut blocks) = (Vec::new(), Vec::new());
        let mut at = 0;
        while let Some(block) = self.block(at)? {
            let begin = at;
            at = self.after(&block);
            self.read(block, &mut records).ok_or_else(|| wrong("a block of it is damaged"))??;
            blocks.push((begin, records.len() - 1));
        }
        if self.index > 0 {
            self.hold_to_index(at, blocks, &records).ok_or_else(|| wrong(UNLED))?;
        }
        Ok(records)
    }

    /// The block of references that begins here; the first one has the table's header in it. `None` where there is none.
    fn block(&self, at: usize) -> io::Result<Option<Range<usize>>> {
        let head = if at == 0 { self.header.length } else { at };
        match self.bytes.get(head) {
            Some(b'r') if head < self.end => {}
            Some(b'i') if self.index > 0 && at > 0 && at < self.end => return Ok(None),
            Some(b'o' | b'g') if self.index == 0 && at == self.end => return Ok(None),
            Some(b'g') if at == 0 && self.may_have_none => return Ok(None),
            Some(b'R') if self.index == 0 && head == self.end => return Ok(None),
            _ => return Err(wrong("its references do not end where its footer says")),
        }
        self.whole(at, head).ok_or_else(|| wrong("a block of it is cut off")).map(Some)
    }

    /// The block that begins here, with its type at `head`; `None` where it is cut off.
    fn whole(&self, at: usize, head: usize) -> Option<Range<usize>> {
        let mut fields = Fields { rest: self.bytes.get(head + 1..)? };
        let whole = at..at.checked_add(usize::try_from(fields.number(3)?).ok()?)?;
        (whole.len() >= head - at + BLOCK + 2 && whole.end <= self.end).then_some(whole)
    }

    /// Holds the references to their index, which begins here: each of its levels leads to every block of the one below, in
    /// their order, and the lowest to those of the references. `None` where one does not, or where anything else is there.
    fn hold_to_index(&self, mut at: usize, mut below: Vec<Named>, records: &[Record]) -> Option<()> {
        let mut begin = 0;
        while begin < self.index {
            begin = at;
            let (mut open, mut level) = (below.as_slice(), Vec::new());
            while !open.is_empty() {
                let block = self.whole(at, at).filter(|_| self.bytes.get(at) == Some(&b'i'))?;
                let left = self.without_named(block.clone(), open, records)?;
                let (_, last) = open[..open.len() - left.len()].last()?;
                level.push((at, *last));
                (open, at) = (left, self.after(&block));
            }
            below = level;
        }
        let is_filled_up = self.bytes.get(at..self.end)?.iter().all(|byte| *byte == 0);
        (begin == self.index && is_filled_up).then_some(())
    }

    /// What is left of blocks behind those that a block of the index leads to.
    fn without_named<'b>(&self, block: Range<usize>, mut open: &'b [Named], records: &[Record]) -> Option<&'b [Named]> {
        let mut cursor = Cursor::of(self.bytes.get(block)?, BLOCK)?;
        while cursor.goes_on()? {
            let kind = cursor.begin()?;
            let ((begin, last), rest) = open.split_first()?;
            if kind != 0 || cursor.fields.varint()? != *begin || records.get(*last)?.0 != cursor.name {
                return None;
            }
            open = rest;
        }
        Some(open)
    }

    /// Where the next block begins: zeros fill an aligned one up.
    fn after(&self, block: &Range<usize>) -> usize {
        let aligned = block.start.saturating_add(self.header.block_size);
        if block.end < aligned && self.bytes.get(block.end) == Some(&0) { aligned } else { block.end }
    }

    /// Reads a block's records, of which there is one at least. `None` where it is damaged.
    fn read(&mut self, block: Range<usize>, records: &mut Vec<Record>) -> Option<io::Result<()>> {
        let head = if block.start == 0 { self.header.length } else { 0 };
        let mut cursor = Cursor::of(self.bytes.get(block)?, head + BLOCK)?;
        while cursor.goes_on()? {
            let kind = cursor.begin()?;
            cursor.fields.varint()?;
            let target = target(&mut cursor.fields, kind, self.header.format)?;
            let name = &cursor.name;
            if name.is_empty() || records.last().is_some_and(|(last, _)| last >= name) {
                return Some(Err(wrong("its names are not in order")));
            }
            match self.room.checked_sub(name.len() + RECORD) {
                Some(room) => *self.room = room,
                None => return Some(Err(wrong("there are more references than the gate reads"))),
            }
            records.push((name.clone(), target));
        }
        Some(Ok(()))
    }
}

/// What a reference leads to, by the kind of its value; `None` of it where it was deleted.
#[expect(clippy::option_option)]
fn target(fields: &mut Fields<'_>, kind: usize, format: Format) -> Option<Option<Target>> {
    Some(match kind {
        0 => None,
        1 => Some(Target::Object(id(fields, format)?, None)),
        2 => Some(Target::Object(id(fields, format)?, Some(id(fields, format)?))),
        3 => {
            let length = fields.varint()?;
            Some(Target::Name(str::from_utf8(fields.take(length)?).ok()?.to_owned()))
        }
        _ => return None,
    })
}

fn id(fields: &mut Fields<'_>, format: Format) -> Option<Id> {
    Id::from_bytes(fields.take(format.bytes())?)
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// For the fuzz target: what a table is taken for, by its bytes, and how many references it has.
#[must_use]
pub fn look_through(bytes: &[u8]) -> Option<usize> {
    let format = Header::read(bytes)?.format;
    let mut room = NAMES_LIMIT >> 4;
    let records = parse(&mut io::Cursor::new(bytes), bytes.len() as u64, format, &mut room).ok()?;
    Some(records.len())
}
