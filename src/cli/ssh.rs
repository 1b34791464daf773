//! Signing with an SSH key. Whatever the key needs, a passphrase, an agent, a touch, is the business of `ssh-keygen`: no private
//! key is read here.

use std::ffi::OsString;
use std::fs;
use std::io::IsTerminal;
use std::path::Path;
use std::time::Duration;

use super::output;
use crate::evidence::claims::NAMESPACE;
use crate::model::escape::visible;
use crate::proc::{self, End, Stop};
use crate::system::environment::Environment;
use crate::system::files::read_anywhere;

/// The program that signs.
pub(super) const PROGRAM: &str = "ssh-keygen";

/// How long it may take where nobody sits at a terminal: a security key waits to be touched.
const PATIENCE: Duration = Duration::from_secs(120);

/// The largest signature that is read, in bytes.
const SIGNATURE_LIMIT: u64 = 64 << 10;

/// The armoured signature over some bytes. Who sits at a terminal is told first what is signed.
///
/// # Errors
/// Why there is none, in one line.
pub(super) fn signature(bytes: &[u8], key: &Path, environment: &Environment, told: &str) -> Result<String, String> {
    find(key)?;
    let folder = tempfile::tempdir().map_err(|error| format!("a folder for the signature: {error}"))?;
    let message = folder.path().join("message");
    fs::write(&message, bytes).map_err(|error| format!("{}: {error}", message.display()))?;
    let key = std::path::absolute(key).map_err(|error| format!("--sign {}: {error}", key.display()))?;
    let words: [OsString; 8] = [
        "-q".into(),
        "-Y".into(),
        "sign".into(),
        "-n".into(),
        NAMESPACE.into(),
        "-f".into(),
        key.into(),
        message.into(),
    ];
    let command = proc::Command {
        program: PROGRAM.into(),
        args: words.into(),
        dir: folder.path().to_owned(),
        env: Vec::new(),
        timeout: PATIENCE,
    };
    if has_terminal() {
        output::complain_in_lines(&format!("About to be signed:\n{told}"));
        if !proc::run_attended(&command, environment)? {
            return Err(format!("{PROGRAM} did not sign it"));
        }
    } else {
        unattended(&command, environment)?;
    }
    let armour = read_anywhere(&folder.path().join("message.sig"), SIGNATURE_LIMIT);
    let armour = armour.map_err(|error| format!("{PROGRAM} left no signature: {error}"))?;
    String::from_utf8(armour).map_err(|_| format!("what {PROGRAM} wrote is no text"))
}

/// Whether a key that was named is there.
pub(super) fn find(key: &Path) -> Result<(), String> {
    if key.exists() { Ok(()) } else { Err(format!("--sign {}: there is no such file", key.display())) }
}

/// Whether a person sits at a terminal, be it that the streams lead elsewhere: a passphrase is asked there, and only of what runs
/// in its foreground.
fn has_terminal() -> bool {
    let is_there = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    is_there || cfg!(unix) && fs::File::open("/dev/tty").is_ok()
}

/// Runs the program where nobody sits at a terminal; its last words say why it did not sign.
fn unattended(command: &proc::Command, environment: &Environment) -> Result<(), String> {
    let finished = proc::run(command, environment, &Stop::new())?;
    match finished.end {
        End::Exit(0) => Ok(()),
        End::TimedOut => Err(format!("{PROGRAM} did not sign it in {} s", PATIENCE.as_secs())),
        _ => {
            let text = finished.stderr.masked(&proc::Secrets::of(environment));
            let last = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("it said nothing");
            Err(format!("{PROGRAM} did not sign it: {}", visible(last)))
        }
    }
}
