//! A hostile record of a verdict: no panic; what is taken is sealed, is called as the file, and is the same when it is written again.

#![no_main]

use delivery_gate::internal::records::{read_verdict, seal_verdict};
use delivery_gate::verdicts::VerdictRecord;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The file is called as the record wants to be, so that the seal is reached.
    let parsed: Result<VerdictRecord, _> = serde_json::from_slice(bytes);
    let id = parsed.as_ref().map_or_else(|_| Default::default(), |record| record.record_id);
    if let Ok(sealed) = read_verdict(bytes, id) {
        assert!(bytes.ends_with(format!(",\"content_sha256\":\"{}\"}}\n", sealed.record.content_sha256.0).as_bytes()));
    }
    // Nobody finds a digest by chance: what says what a record says is sealed here.
    if let Ok(record) = parsed {
        let line = seal_verdict(&record);
        match read_verdict(&line, id) {
            Ok(again) => {
                assert_eq!(seal_verdict(&again.record), line);
                assert_eq!(again.record.results, record.results);
            }
            Err(why) => assert!(why.contains("judged_at"), "{why}"),
        }
    }
});
