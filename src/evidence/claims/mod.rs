//! Signed claims: what a person's key says of the content of a release. A signature shows who claimed, and of exactly which
//! content; whether it is true it does not show.

use sha2::{Digest as _, Sha256};

use crate::config::release::Released;
use crate::ecosystems::versions::{Rule, same};
use crate::model::escape::visible_up_to;

mod envelope;
mod key;
mod pattern;
mod signers;
mod sshsig;
mod statement;
mod validity;
mod wire;

pub use envelope::encoded;
pub use key::{PublicKey, Unfit};
pub use signers::{Moment, Signers};
pub use sshsig::SshSig;
pub use statement::{Claim, Statement};

pub(crate) use crate::model::names::CLAIMS_FOLDER as FOLDER;
use envelope::Envelope;

/// What claims are signed for. A signature of git's has another namespace, so that none is ever the other.
pub const NAMESPACE: &str = "delivery-gate";

/// The largest envelope that is read, in bytes.
pub(crate) const ENVELOPE_LIMIT: u64 = 64 << 10;

/// The most envelopes that are read of one release.
pub(crate) const ENVELOPES_LIMIT: usize = 1000;

/// The largest `allowed_signers` that is read, in bytes.
pub(crate) const SIGNERS_LIMIT: u64 = 1 << 20;

/// How many characters of a fingerprint stand in a file's name.
const SHORT: usize = 12;

/// How many hex digits of a hash stand for several packages in a folder's name.
const PACKAGES_DIGITS: usize = 12;

/// How much of a name is shown, in characters.
const SHOWN_LIMIT: usize = 80;

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Holds,
    /// It is shown not to, and why.
    Wrong(String),
    /// Nobody can tell, and why.
    Unproven(String),
}

/// What the claims of a release must be about.
#[derive(Debug, Clone)]
pub struct About<'a> {
    /// What the project is called; nothing where nobody can tell.
    pub project: Option<&'a str>,
    /// Whether the content itself says so. A name that a clone has from its remote may be another elsewhere.
    pub is_named_in_content: bool,
    /// The id of the release's tree without its signed claims, or why nobody can tell.
    pub tree: Result<&'a str, &'a str>,
    /// What is released.
    pub released: &'a Released,
}

/// An envelope as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its file, as people know it.
    pub shown: String,
    /// The name of that file.
    pub name: String,
    /// Its bytes, or why they could not be read.
    pub bytes: Result<Vec<u8>, String>,
}

/// What an envelope came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// Its file, as people know it.
    pub shown: String,
    /// The name of that file.
    pub name: String,
    /// What it says. Unless it holds, nobody may have said so.
    pub statement: Option<Statement>,
    /// The key that it was signed with, where that can be read.
    pub key: Option<PublicKey>,
    /// Whether it is a claim about this release, signed by a key that counts.
    pub standing: Standing,
}

/// What an envelope may be believed by: whose keys count, or why nobody can tell, and the moments at which they must.
#[derive(Debug, Clone)]
pub struct Believed<'a> {
    /// Whose keys count.
    pub signers: Result<&'a Signers, &'a str>,
    /// When.
    pub moments: &'a [Moment],
}

impl Examined {
    /// The id of the attestation that it is, or would be, a claim of. What does not hold is told by what it says, else by its
    /// file's name.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        let said = self.statement.as_ref().map(|statement| statement.claim.id.as_str());
        said.or_else(|| id_in_name(&self.name))
    }

    /// As `ED25519 SHA256:…`.
    #[must_use]
    pub fn key_in_words(&self) -> String {
        self.key.as_ref().map(|key| format!("{} {}", key.label(), key.fingerprint())).unwrap_or_default()
    }
}

/// Verifies one envelope, in this order: what it is, its signature, what was signed, that it is about this release, and that
/// the key is that of whoever it says.
#[must_use]
pub fn examine(found: &Found, about: &About<'_>, believed: &Believed<'_>) -> Examined {
    let mut examined = Examined {
        shown: found.shown.clone(),
        name: found.name.clone(),
        statement: None,
        key: None,
        standing: Standing::Holds,
    };
    examined.standing = stages(found, about, believed, &mut examined).map_or_else(Standing::from, |()| Standing::Holds);
    examined
}

fn stages(found: &Found, about: &About<'_>, believed: &Believed<'_>, examined: &mut Examined) -> Result<(), Unfit> {
    let bytes = found.bytes.as_ref().map_err(|why| Unfit::Unread(why.clone()))?;
    let envelope = Envelope::read(bytes)?;
    let key = examined.key.insert(envelope.signature.key.clone());
    envelope.verify()?;
    let statement = Statement::read(&envelope.payload).map_err(Unfit::Wrong)?;
    let statement = examined.statement.insert(statement);
    is_about(statement, about)?;
    let claim = &statement.claim;
    if !is_named_for(&found.name, &claim.id) {
        let id = visible_up_to(&claim.id, SHOWN_LIMIT);
        return Err(Unfit::Wrong(format!("it claims `{id}`, and its file's name is for another check")));
    }
    let signers = believed.signers.map_err(|why| Unfit::Unread(why.to_owned()))?;
    signers.judge(key, &claim.by, believed.moments).into()
}

/// The content, the project and the version.
fn is_about(statement: &Statement, about: &About<'_>) -> Result<(), Unfit> {
    let named = visible_up_to(&statement.project, SHOWN_LIMIT);
    match about.project {
        Some(project) if project == statement.project => {}
        Some(project) if about.is_named_in_content => {
            let project = visible_up_to(project, SHOWN_LIMIT);
            return Err(Unfit::Wrong(format!("it is a claim about the project `{named}`, and this is `{project}`")));
        }
        _ => {
            let why = "nothing in the release says what it is called here: `project:` in delivery-gate.yaml does";
            return Err(Unfit::Unread(format!("it is a claim about the project `{named}`, and {why}")));
        }
    }
    let untold = |why| Unfit::Unread(format!("nobody can tell whether it is about this content: {why}"));
    let tree = about.tree.map_err(untold)?;
    let (made_for, released) = (&statement.claim.made_for, about.released);
    let is_for_it = made_for.is(released, |one, other| same(one, other, Rule::Semantic));
    let signed = visible_up_to(&statement.tree, SHOWN_LIMIT);
    let is_of_it = statement.tree == tree;
    match (is_of_it, is_for_it) {
        (true, true) => Ok(()),
        (true, false) => Err(Unfit::Wrong(format!("it was signed for {made_for}, and the release is {released}"))),
        (false, true) => {
            Err(Unfit::Wrong(format!("it was signed for other content (tree {signed}; the release's is {tree})")))
        }
        (false, false) => {
            let both = format!("for {made_for} and its content (tree {signed})");
            Err(Unfit::Wrong(format!("it was signed {both}; the release is {released} (tree {tree})")))
        }
    }
}

/// The text of an envelope: a statement as it is written, and the armour over [`encoded`] of it.
///
/// # Errors
/// The armour is no signature over it.
pub fn sealed(payload: &[u8], armour: &str) -> Result<(String, PublicKey), Unfit> {
    let signature = SshSig::read(armour)?;
    signature.verify(NAMESPACE, &encoded(payload))?;
    let fingerprint = signature.key.fingerprint();
    Ok((envelope::written(payload, armour, &fingerprint), signature.key))
}

/// The name of an envelope's file: `rollback_tested.Qpor4nSEa9X7.json`.
#[must_use]
pub fn name_of(id: &str, key: &PublicKey) -> String {
    let fingerprint = key.fingerprint();
    let bare = fingerprint.split_once(':').map_or("", |(_, bare)| bare);
    // What no file's name may have is no part of it.
    let short: String = bare.chars().filter(char::is_ascii_alphanumeric).take(SHORT).collect();
    format!("{id}.{short}.json")
}

/// The folder of a release's claims in `.delivery-gate/claims`: its version, or what stands for its packages.
#[must_use]
pub fn folder_of(released: &Released) -> String {
    match released {
        Released::One(version) => version.clone(),
        Released::Packages(packages) => {
            let mut lines: Vec<_> = packages.iter().map(|one| format!("{}: {}\n", one.folder, one.version)).collect();
            lines.sort();
            let digest = Sha256::digest(lines.concat());
            let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.chars().take(PACKAGES_DIGITS).collect()
        }
    }
}

fn is_named_for(name: &str, id: &str) -> bool {
    id_in_name(name) == Some(id)
}

/// `rollback_tested` of `rollback_tested.Qpor4nSEa9X7.json`.
fn id_in_name(name: &str) -> Option<&str> {
    let (id, _) = name.strip_suffix(".json")?.rsplit_once('.')?;
    (!id.is_empty()).then_some(id)
}

impl From<Unfit> for Standing {
    fn from(why: Unfit) -> Self {
        match why {
            Unfit::Wrong(why) => Self::Wrong(why),
            Unfit::Unread(why) => Self::Unproven(why),
        }
    }
}

impl From<Standing> for Result<(), Unfit> {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Holds => Ok(()),
            Standing::Wrong(why) => Err(Unfit::Wrong(why)),
            Standing::Unproven(why) => Err(Unfit::Unread(why)),
        }
    }
}
