//! Finding the entry of one version in a changelog.
