//! Python's manifests.

mod marker;
pub mod requirement;
#[cfg(test)]
mod requirement_tests;
pub mod pyproject {
    //! pyproject.toml.
    pub use crate::project::unread as load;
}
pub mod requirements_txt {
    //! requirements.txt.
    pub use crate::project::unread as load;
}
