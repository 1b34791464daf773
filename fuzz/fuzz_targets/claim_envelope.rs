//! A hostile envelope: no panic, and nothing holds by a key that is not listed.

#![no_main]

use delivery_gate::internal::config::release::Released;
use delivery_gate::internal::evidence::claims::{About, Believed, Found, Moment, Signers, Standing, examine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let released = Released::One("1.2.3".to_owned());
    let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let about = About { project: Some("demo"), is_named_in_content: true, tree: Ok(tree), released: &released };
    let moments = [Moment { called: "now".to_owned(), at: jiff::Timestamp::UNIX_EPOCH }];
    let signers = Signers::read("signers", b"").expect("nothing");
    let believed = Believed { signers: Ok(&signers), moments: &moments };
    let name = "approver_signed_off.x.json".to_owned();
    let found = Found { shown: name.clone(), name, bytes: Ok(bytes.to_vec()) };
    let examined = examine(&found, &about, &believed);
    assert_ne!(examined.standing, Standing::Holds);
    assert!(examined.id().is_some());
});
