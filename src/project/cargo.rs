//! Not read yet.
pub use super::unread as load;
