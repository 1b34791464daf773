//! Asking a forge: one origin, one token, and limits on everything that it may send.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::place::Place;
use super::shown;
use crate::net::{Answer, Client, Request, Url};

/// How long one look may take in all.
pub(crate) const LOOK_TIME: Duration = Duration::from_secs(60);

/// The most pages of one list.
pub(super) const PAGE_LIMIT: u64 = 50;

/// The most requests of one look: GitLab has two lists for each pipeline.
const REQUEST_LIMIT: usize = 200;

/// The most that all answers of one look have, in bytes. A page of a hundred check runs with all their output has up to some
/// seven million.
const BYTE_LIMIT: u64 = 32 << 20;

/// How long is waited where a forge says "later" and not when.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// How many pages are asked side by side.
const BESIDE: usize = 8;

/// How far this machine's clock may be from the forge's.
const CLOCK_LIMIT: u64 = 5 * 60;

/// Asks one forge about one project, for one look.
pub(crate) struct Asker<'a> {
    client: &'a Client,
    place: &'a Place,
    deadline: Instant,
    requests: AtomicUsize,
    bytes: AtomicU64,
    /// What the forge's clock said with its first answer, and this machine's then.
    clocks: Mutex<Option<(Timestamp, Timestamp)>>,
}

/// What is asked for, for the words of what goes wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// As `check runs`.
    pub what: &'static str,
    /// The permission that it takes, as the forge calls it.
    pub permission: &'static str,
}

/// Why a forge did not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Silence {
    /// What to tell a person, with the next step.
    pub why: String,
    /// The status of the answer that was no help.
    pub status: Option<u16>,
    /// Whether a moment later it may say.
    pub may_pass: bool,
}

impl Silence {
    /// One that stays as it is.
    pub(super) fn lasting(why: impl Into<String>) -> Self {
        Self { why: why.into(), status: None, may_pass: false }
    }

    /// One that may pass.
    pub(super) fn passing(why: impl Into<String>) -> Self {
        Self { may_pass: true, ..Self::lasting(why) }
    }

    /// Whether the token may not see what was asked for.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self.status, Some(401 | 403 | 404))
    }
}

/// A page of a list.
pub(super) struct Page<T> {
    /// Its entries.
    pub entries: Vec<T>,
    /// How many there are on all pages, where the forge says.
    pub total: Option<u64>,
}

impl<'a> Asker<'a> {
    /// Asks at a place until `deadline`, [`LOOK_TIME`] at most.
    pub(crate) fn new(client: &'a Client, place: &'a Place, deadline: Option<Instant>) -> Self {
        let own = Instant::now() + LOOK_TIME;
        Self {
            client,
            place,
            deadline: deadline.map_or(own, |deadline| deadline.min(own)),
            requests: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            clocks: Mutex::new(None),
        }
    }

    /// How many requests were made.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Where it asks.
    pub(super) fn place(&self) -> &Place {
        self.place
    }

    /// The forge's time, or this machine's where it did not say.
    pub(super) fn now(&self) -> Timestamp {
        self.clocks().map_or_else(Timestamp::now, |(there, _)| there)
    }

    fn clocks(&self) -> Option<(Timestamp, Timestamp)> {
        *self.clocks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this machine's clock cannot be trusted: what is said of "now" would be said of another time.
    pub(super) fn wrong_clock(&self) -> Option<String> {
        let (there, here) = self.clocks()?;
        let off = there.duration_until(here).as_secs();
        let way = if off < 0 { "behind" } else { "ahead of" };
        (off.unsigned_abs() > CLOCK_LIMIT).then(|| {
            format!("this machine's clock is {} min {way} that of {}; set it", off.unsigned_abs() / 60, self.place.host)
        })
    }

    /// One document.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn get<T: DeserializeOwned>(&self, wanted: Wanted, url: Url) -> Result<(T, Answer), Silence> {
        let answer = self.answer(wanted, url)?;
        let what = wanted.what;
        if !answer.response.is_json() {
            let kind = answer.response.content_type.as_deref().unwrap_or("no content type");
            return Err(Silence::lasting(format!(
                "{} answered for {what} with something that is not JSON ({}): a proxy or a sign-in page, or another address of the API",
                self.place.host,
                shown(kind)
            )));
        }
        let value = serde_json::from_slice(&answer.response.body).map_err(|error| {
            let error = self.place.token.redact(&error.to_string());
            Silence::lasting(format!(
                "the answer of {} for {what} is not what its API says: {}",
                self.place.host,
                shown(&error)
            ))
        })?;
        Ok((value, answer))
    }

    /// Every page of a list. Where the first one says how many entries there are, the others are asked side by side.
    ///
    /// # Errors
    /// Why it is not whole: a page is missing, or the list moved while it was read.
    pub(super) fn all<T: Send>(
        &self,
        wanted: Wanted,
        url: impl Fn(u64) -> Url + Sync,
        read: impl Fn(&Self, Url) -> Result<Page<T>, Silence> + Sync,
        id: impl Fn(&T) -> String,
    ) -> Result<Vec<T>, Silence> {
        let first = read(self, url(1))?;
        let size = first.entries.len() as u64;
        let mut entries = first.entries;
        match first.total {
            Some(total) if total <= size => {}
            Some(_) if size == 0 => return Err(self.moved(wanted)),
            Some(total) => {
                let last = total.div_ceil(size);
                if last > PAGE_LIMIT {
                    return Err(Self::too_many());
                }
                let pages: Vec<u64> = (2..=last).collect();
                for page in self.beside(&pages, &|page| read(self, url(*page))) {
                    let page = page?;
                    if page.total.is_some_and(|now| now != total) {
                        return Err(self.moved(wanted));
                    }
                    entries.extend(page.entries);
                }
            }
            None => {
                let mut page = 1;
                let mut more = size > 0;
                while more {
                    page += 1;
                    if page > PAGE_LIMIT {
                        return Err(Self::too_many());
                    }
                    let next = read(self, url(page))?.entries;
                    more = !next.is_empty();
                    entries.extend(next);
                }
            }
        }
        let distinct = entries.iter().map(&id).collect::<HashSet<_>>().len();
        let is_whole = first.total.is_none_or(|total| total == entries.len() as u64) && distinct == entries.len();
        if is_whole { Ok(entries) } else { Err(self.moved(wanted)) }
    }

    /// Does something for each, some of them at once, and keeps their order.
    pub(super) fn beside<I: Sync, T: Send>(
        &self,
        all: &[I],
        ask: &(dyn Fn(&I) -> Result<T, Silence> + Sync),
    ) -> Vec<Result<T, Silence>> {
        let some = |some: &[I]| {
            thread::scope(|scope| {
                let running: Vec<_> = some.iter().map(|one| scope.spawn(move || ask(one))).collect();
                running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(stopped()))).collect::<Vec<_>>()
            })
        };
        all.chunks(BESIDE).flat_map(some).collect()
    }

    /// What a policy's `rules` come to where the default branch has none.
    pub(super) fn requires_nothing(&self, branch: &str) -> Silence {
        Silence::lasting(format!(
            "`ci.require: rules`, and {} requires no status check on {}; name the checks in `ci.require`",
            self.place.shown(),
            shown(branch)
        ))
    }

    pub(super) fn too_many() -> Silence {
        Silence::lasting(format!("the answer has more than {PAGE_LIMIT} pages: not all of it was read"))
    }

    fn moved(&self, wanted: Wanted) -> Silence {
        let Place { host, .. } = self.place;
        Silence::passing(format!(
            "the list of {} at {host} is not whole, or changed while it was read; ask again",
            wanted.what
        ))
    }

    fn answer(&self, wanted: Wanted, url: Url) -> Result<Answer, Silence> {
        let first = self.send(wanted, &url)?;
        let Some(wait) = self.told_to_wait(&first) else { return self.checked(wanted, first) };
        if Instant::now().checked_add(wait).is_none_or(|then| then >= self.deadline) {
            let why = format!(
                "{} asks to wait {} s before it answers more (its limit of requests is reached); ask again then",
                self.place.host,
                wait.as_secs()
            );
            return Err(Silence::passing(why));
        }
        if !super::slept(wait) {
            return Err(Silence::lasting(super::INTERRUPTED));
        }
        let second = self.send(wanted, &url)?;
        self.checked(wanted, second)
    }

    fn send(&self, wanted: Wanted, url: &Url) -> Result<Answer, Silence> {
        let Place { host, token, scheme, .. } = self.place;
        if self.requests.fetch_add(1, Ordering::Relaxed) >= REQUEST_LIMIT {
            return Err(Self::too_many());
        }
        let left = BYTE_LIMIT.saturating_sub(self.bytes.load(Ordering::Relaxed));
        let time = self.deadline.saturating_duration_since(Instant::now());
        let request = Request::get(url.clone()).authorization(scheme, token).limit(left);
        let request = self.place.kind.headers(request);
        let answer = self.client.ask(request, time).map_err(|fault| {
            let next = if fault.is_redirect {
                ": the project or the address was moved; say it with --ci-project or --ci-url"
            } else {
                ""
            };
            let why = format!("{host} was not asked for {}: {}{next}", wanted.what, token.redact(&fault.line));
            Silence { why, status: None, may_pass: fault.may_pass }
        })?;
        self.bytes.fetch_add(answer.response.body.len() as u64, Ordering::Relaxed);
        self.look_at_the_clock(&answer);
        Ok(answer)
    }

    fn look_at_the_clock(&self, answer: &Answer) {
        let there = answer.header("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let Some(there) = there else { return };
        let mut clocks = self.clocks.lock().unwrap_or_else(PoisonError::into_inner);
        clocks.get_or_insert((there.timestamp(), Timestamp::now()));
    }

    /// How long the forge asks to wait, where it does.
    fn told_to_wait(&self, answer: &Answer) -> Option<Duration> {
        let number = |name: &str| answer.header(name).and_then(|text| text.trim().parse::<u64>().ok());
        let is_spent = number("x-ratelimit-remaining") == Some(0) || number("ratelimit-remaining") == Some(0);
        // It may be a date, too.
        let says_when =
            answer.header("retry-after").map(|_| number("retry-after").map_or(USUAL_WAIT, Duration::from_secs));
        match answer.response.status {
            429 => Some(says_when.unwrap_or(USUAL_WAIT)),
            403 if says_when.is_some() => says_when,
            403 if is_spent => {
                let reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset"));
                let now = u64::try_from(self.now().as_second()).unwrap_or_default();
                Some(reset.map_or(USUAL_WAIT, |at| Duration::from_secs(at.saturating_sub(now).max(1))))
            }
            403 if is_about_limits(&answer.response.body) => Some(USUAL_WAIT),
            _ => None,
        }
    }

    fn checked(&self, wanted: Wanted, answer: Answer) -> Result<Answer, Silence> {
        let (status, Place { host, project, kind, .. }) = (answer.response.status, self.place);
        let Wanted { what, permission } = wanted;
        if self.told_to_wait(&answer).is_some() {
            return Err(Silence::passing(format!(
                "{host} still refuses to answer for now ({status}): its limit of requests is reached; ask again later"
            )));
        }
        let lacks = answer.header("x-accepted-github-permissions").map_or_else(|| permission.to_owned(), shown);
        let token = kind.token();
        let why = match status {
            200 => return Ok(answer),
            401 => format!(
                "{host} does not take the token in {token} (401): it has expired, was revoked, or is for another host"
            ),
            403 => format!(
                "the token in {token} may not read {what} of {project} (403): it needs the permission `{lacks}`"
            ),
            404 => format!(
                "{host} has no {what} of {project} for the token in {token} (404): the project is called otherwise, the token may not \
                 see it (`{permission}`), the commit was not pushed, or the address of the API is another ({})",
                self.place.base
            ),
            422 => format!(
                "{host} does not know the commit (422): push it, or ask the project that has it with --ci-project"
            ),
            500.. => format!("{host} failed ({status} {}); ask again", answer.response.status_text()),
            _ => format!("{host} answered {what} with status {status} ({}), not 200", answer.response.status_text()),
        };
        Err(Silence { why, status: Some(status), may_pass: status >= 500 })
    }
}

/// Asks two things at once.
pub(super) fn both<A: Send, B: Send>(
    one: impl FnOnce() -> Result<A, Silence>,
    other: impl FnOnce() -> Result<B, Silence> + Send,
) -> (Result<A, Silence>, Result<B, Silence>) {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, other.join().unwrap_or_else(|_| Err(stopped())))
    })
}

fn stopped() -> Silence {
    Silence::lasting("a request stopped unexpectedly; this is a defect in delivery-gate")
}

/// Whether a refusal speaks of limits, and not of permissions: a secondary limit may come without any header.
fn is_about_limits(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_ascii_lowercase();
    ["rate limit", "abuse detection"].iter().any(|words| text.contains(words))
}
