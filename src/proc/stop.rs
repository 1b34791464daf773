//! The wish that everything ends: Ctrl-C, or a caller's.

use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::watch::Event;

/// A flag that many runs share: once it is requested, running children are ended and none is started any more.
#[derive(Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    requested: bool,
    listeners: Vec<(u64, Sender<Event>)>,
    next: u64,
}

/// The one that the process's signals request.
static ON_CTRL_C: Mutex<Option<Stop>> = Mutex::new(None);

impl Stop {
    /// One that only [`Stop::request`] requests.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The one that Ctrl-C requests, and SIGTERM and SIGHUP on Unix, closing the console or logging off on Windows.
    /// These signals no longer end this process from then on.
    ///
    /// # Errors
    /// When the system refuses the handler, or somebody else has set one through the same crate.
    pub fn on_ctrl_c() -> Result<Self, String> {
        let mut shared = ON_CTRL_C.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stop) = &*shared {
            return Ok(stop.clone());
        }
        let stop = Self::new();
        let requested = stop.clone();
        ctrlc::set_handler(move || requested.request()).map_err(|e| format!("Ctrl-C cannot be handled: {e}"))?;
        Ok(shared.insert(stop).clone())
    }

    /// Whether the one that Ctrl-C requests is there and was requested.
    #[must_use]
    pub fn was_ctrl_c() -> bool {
        ON_CTRL_C.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(Self::is_requested)
    }

    /// Ends every run that has this flag.
    pub fn request(&self) {
        let mut state = self.state();
        state.requested = true;
        for (_, listener) in &state.listeners {
            // One that has just finished does not listen.
            let _ = listener.send(Event::Stopped);
        }
    }

    /// Whether it was requested.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.state().requested
    }

    /// Has the request sent there, also one from before, until the answer is dropped.
    pub(super) fn listen(&self, events: Sender<Event>) -> Listening<'_> {
        let mut state = self.state();
        if state.requested {
            let _ = events.send(Event::Stopped);
        }
        let number = state.next;
        state.next += 1;
        state.listeners.push((number, events));
        Listening { stop: self, number }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stop({})", self.is_requested())
    }
}

/// A run that hears of the request.
pub(super) struct Listening<'s> {
    stop: &'s Stop,
    number: u64,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.stop.state().listeners.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_request_reaches_who_listens_before_or_after_and_nobody_else() {
        let stop = Stop::new();
        let (first, heard_first) = channel();
        let (second, heard_second) = channel();
        let (third, heard_third) = channel();
        let _first = stop.listen(first);
        drop(stop.listen(second));
        assert!(!stop.is_requested());
        stop.clone().request();
        let _third = stop.listen(third);
        assert!(stop.is_requested());
        assert!(matches!(heard_first.try_recv(), Ok(Event::Stopped)));
        assert!(heard_second.try_recv().is_err());
        assert!(matches!(heard_third.try_recv(), Ok(Event::Stopped)));
    }
}
