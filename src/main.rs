//! The `delivery-gate` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A panic is a defect that its check or the command line reports in its own words.
    std::panic::set_hook(Box::new(|_| {}));
    ExitCode::from(delivery_gate::internal::main())
}
