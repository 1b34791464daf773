//! What is known of a running child: events from the threads that read its output, wait for its end, or are told to stop.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Something that a waiting thread saw.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// The child itself has ended.
    Ended,
    /// One of its two outputs is closed.
    Closed,
    /// Somebody wants everything to end.
    Stopped,
}

/// What was seen so far.
pub(super) struct Watch {
    events: Receiver<Event>,
    open: usize,
    pub(super) ended: bool,
    pub(super) stopped: bool,
}

impl Watch {
    /// Over the events of a child with two outputs.
    pub(super) fn new(events: Receiver<Event>) -> Self {
        Self { events, open: 2, ended: false, stopped: false }
    }

    /// Whether all that was or will be written has been read.
    pub(super) fn closed(&self) -> bool {
        self.open == 0
    }

    /// Waits for `enough`, at most until the deadline; what was seen by then is in the fields.
    pub(super) fn until(&mut self, deadline: Option<Instant>, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            match self.next(deadline) {
                Ok(Event::Ended) => self.ended = true,
                Ok(Event::Closed) => self.open = self.open.saturating_sub(1),
                Ok(Event::Stopped) => self.stopped = true,
                Err(_) => return,
            }
        }
    }

    /// [`Watch::until`], from now on.
    pub(super) fn within(&mut self, time: Duration, enough: impl Fn(&Self) -> bool) {
        self.until(Instant::now().checked_add(time), enough);
    }

    fn next(&self, deadline: Option<Instant>) -> Result<Event, RecvTimeoutError> {
        match deadline {
            Some(deadline) => self.events.recv_timeout(deadline.saturating_duration_since(Instant::now())),
            None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }
}
