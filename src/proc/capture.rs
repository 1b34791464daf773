//! The output of a child: read as fast as it comes, kept up to a bound.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::Secrets;
use super::watch::Event;

/// The bytes kept of one stream: half of them its head, half of them its tail.
pub const KEPT: usize = 1 << 20;

/// What a pipe holds by default on Linux: a larger buffer is never filled.
const CHUNK: usize = 1 << 16;

/// What was kept of one stream.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    head: Vec<u8>,
    tail: Vec<u8>,
    total: u64,
    broken: bool,
}

impl Captured {
    /// How many bytes were written.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// How many of them were not kept.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.total - (self.head.len() + self.tail.len()) as u64
    }

    /// Everything that was written, if it was all kept; what is parsed is never a part. Whether a process that outlived
    /// the child had more to say is told by [`lingering`](super::Finished::lingering).
    #[must_use]
    pub fn whole(&self) -> Option<&[u8]> {
        (self.left_out() == 0 && !self.broken).then_some(&self.head)
    }

    /// The head and the tail, with a mark where something is missing.
    #[must_use]
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self.mark() {
            None => Cow::Borrowed(&self.head),
            Some(mark) => Cow::Owned([&self.head, mark.as_bytes(), &self.tail].concat()),
        }
    }

    /// [`Captured::bytes`] with what is not UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        match self.bytes() {
            Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// [`Captured::text`] without secrets, also without the half of one beside what is missing.
    #[must_use]
    pub fn masked(&self, secrets: &Secrets) -> String {
        let head = secrets.mask(&String::from_utf8_lossy(&self.head));
        let Some(mark) = self.mark() else {
            return head;
        };
        let tail = secrets.mask(&String::from_utf8_lossy(&self.tail));
        let margin = secrets.margin();
        let head_end = head.floor_char_boundary(head.len().saturating_sub(margin));
        let tail_start = tail.ceil_char_boundary(margin.min(tail.len()));
        [&head[..head_end], &mark, &tail[tail_start..]].concat()
    }

    fn mark(&self) -> Option<String> {
        match self.left_out() {
            0 if self.broken => Some("\n[… the rest could not be read …]\n".to_owned()),
            0 => None,
            left_out => Some(format!("\n[… {left_out} bytes left out …]\n")),
        }
    }
}

/// The stream while it is read.
#[derive(Debug, Default)]
struct Buffer {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    total: u64,
    broken: bool,
    taken: bool,
}

impl Buffer {
    fn push(&mut self, chunk: &[u8]) {
        self.total += chunk.len() as u64;
        let (head, rest) = chunk.split_at(chunk.len().min(KEPT / 2 - self.head.len()));
        self.head.extend_from_slice(head);
        let rest = &rest[rest.len().saturating_sub(KEPT / 2)..];
        let excess = (self.tail.len() + rest.len()).saturating_sub(KEPT / 2);
        self.tail.drain(..excess);
        self.tail.extend(rest);
    }

    fn take(&mut self) -> Captured {
        self.taken = true;
        let mut head = std::mem::take(&mut self.head);
        let mut tail = Vec::from(std::mem::take(&mut self.tail));
        if (head.len() + tail.len()) as u64 == self.total {
            head.append(&mut tail);
        }
        Captured { head, tail, total: self.total, broken: self.broken }
    }
}

/// A stream that a thread reads.
pub(super) struct Stream {
    buffer: Arc<Mutex<Buffer>>,
}

impl Stream {
    /// Reads until the end, and tells when that was.
    pub(super) fn read(pipe: impl Read + Send + 'static, events: Sender<Event>) -> io::Result<Self> {
        let buffer = Arc::new(Mutex::new(Buffer::default()));
        let shared = Arc::clone(&buffer);
        thread::Builder::new().stack_size(CHUNK).spawn(move || {
            drain(pipe, &shared);
            // Nobody listens any more when the run has given this stream up.
            let _ = events.send(Event::Closed);
        })?;
        Ok(Self { buffer })
    }

    /// What was read so far. A reader that somebody still keeps waiting stops at the next byte.
    pub(super) fn take(&self) -> Captured {
        lock(&self.buffer).take()
    }
}

fn drain(mut pipe: impl Read, buffer: &Mutex<Buffer>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = pipe.read(&mut chunk);
        let mut buffer = lock(buffer);
        match read {
            Ok(0) => return,
            Ok(_) if buffer.taken => return,
            Ok(count) => buffer.push(&chunk[..count]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => {
                buffer.broken = true;
                return;
            }
        }
    }
}

fn lock(buffer: &Mutex<Buffer>) -> MutexGuard<'_, Buffer> {
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(bytes: &[u8], chunk: usize) -> Captured {
        let mut buffer = Buffer::default();
        bytes.chunks(chunk).for_each(|chunk| buffer.push(chunk));
        buffer.take()
    }

    fn numbers(count: usize) -> Vec<u8> {
        (0..count).map(|i| (i % 251) as u8).collect()
    }

    #[test]
    fn all_of_it_is_kept_up_to_the_bound() {
        for count in [0, 1, KEPT / 2, KEPT / 2 + 1, KEPT] {
            for chunk in [1000, CHUNK, KEPT * 2] {
                let bytes = numbers(count);
                assert_eq!(captured(&bytes, chunk).whole(), Some(bytes.as_slice()), "{count} by {chunk}");
            }
        }
    }

    #[test]
    fn beyond_the_bound_the_head_and_the_tail_are_kept() {
        for count in [KEPT + 1, KEPT * 3 + 17] {
            for chunk in [1000, CHUNK, KEPT * 4] {
                let bytes = numbers(count);
                let kept = captured(&bytes, chunk);
                assert_eq!((kept.whole(), kept.total(), kept.left_out()), (None, count as u64, (count - KEPT) as u64));
                let mark = format!("\n[… {} bytes left out …]\n", count - KEPT);
                let expected = [&bytes[..KEPT / 2], mark.as_bytes(), &bytes[count - KEPT / 2..]].concat();
                assert_eq!(kept.bytes(), expected, "{count} by {chunk}");
            }
        }
    }

    #[test]
    fn a_secret_that_was_cut_in_two_leaves_no_half() {
        let secret = "s3cr3t-s3cr3t-0123456789";
        let secrets = Secrets::new([("API_TOKEN", secret)]);
        let halves = [&secret.as_bytes()[..12], &secret.as_bytes()[12..]];
        let mut bytes = vec![b'x'; KEPT * 2];
        bytes[100..100 + secret.len()].copy_from_slice(secret.as_bytes());
        bytes[KEPT / 2 - 12..KEPT / 2].copy_from_slice(halves[0]);
        bytes[KEPT * 3 / 2..KEPT * 3 / 2 + 12].copy_from_slice(halves[1]);
        let kept = captured(&bytes, CHUNK);
        assert!(kept.text().contains("s3cr3t-s3cr3"));
        let masked = kept.masked(&secrets);
        assert!(!masked.contains("s3cr3t") && !masked.contains("123456789"));
        assert!(masked.contains("xxx[secret]xxx") && masked.contains("bytes left out"));
    }

    #[test]
    fn a_stream_that_breaks_is_not_whole() {
        struct Broken(u8);
        impl Read for Broken {
            fn read(&mut self, chunk: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => Err(io::Error::from(io::ErrorKind::Interrupted)),
                    2 => {
                        chunk[..2].copy_from_slice(b"{}");
                        Ok(2)
                    }
                    _ => Err(io::Error::other("gone")),
                }
            }
        }
        let buffer = Mutex::new(Buffer::default());
        drain(Broken(0), &buffer);
        let kept = lock(&buffer).take();
        assert_eq!((kept.whole(), kept.total()), (None, 2));
        assert_eq!(kept.text(), "{}\n[… the rest could not be read …]\n");
    }
}
