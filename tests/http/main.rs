//! The HTTP client, the decision service and the judges against real servers on loopback.

// A test that cannot go on says where it stands.
#![allow(clippy::expect_used, clippy::panic)]

mod client;
mod judge;
mod proxy;
mod server;
mod tls;
mod validate;
