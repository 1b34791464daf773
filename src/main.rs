//! The `delivery-gate` program.
fn main() {}
