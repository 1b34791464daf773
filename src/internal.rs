//! What this repository's own tests, benches and fuzz targets look at beside the documented items. Anything here may change
//! with any version.

pub use crate::cli::main;

/// One claim in the text of a release.yaml.
pub mod attest {
    pub use crate::attest::{Claim, Refused, Unwritten, change, edit};
}

/// The keys that people may write.
pub mod config {
    pub use crate::config::Release;

    /// Under `ci:`.
    pub mod ci {
        pub use crate::config::ci::{Demand, KEYS, REQUIRED_KEYS, Required};
    }

    /// Under `decision:`.
    pub mod decision {
        pub use crate::config::decision::KEYS;
    }

    /// Under `claims:`.
    pub mod claims {
        pub use crate::config::claims::KEYS;
    }

    /// In delivery-gate.yaml.
    pub mod policy {
        pub use crate::config::policy::{ATTESTATION_KEYS, EXCEPTION_KEYS, KEYS, PINNING_KEYS, VERSION_KEYS};
    }

    /// In release.yaml.
    pub mod release {
        pub use crate::config::release::{ATTESTATION_KEYS, KEYS, Package, Released};
    }
}

/// Manifests and lock files.
pub mod ecosystems {
    /// What those of a folder declare.
    pub mod manifests {
        pub use crate::ecosystems::manifests::load;
    }

    /// PEP 508.
    pub mod requirement {
        pub use crate::ecosystems::python::requirement::parse;
    }

    /// All of them.
    pub mod table {
        pub use crate::ecosystems::table::{ALL, File, documented, manifests, names_looked_up};
    }
}

/// Looking and saying.
pub mod evidence {
    /// Known vulnerabilities.
    pub mod advisories {
        pub use crate::evidence::advisories::database::{look_up, look_up_in};
        pub use crate::evidence::advisories::lockfiles::parse;
        pub use crate::evidence::advisories::{Ecosystem, Package, Wanted};
    }

    /// Changelogs.
    pub mod changelog {
        pub use crate::evidence::changelog::{Entry, Format, find, find_in_file_of};
    }

    /// Signed claims.
    pub mod claims {
        pub use crate::evidence::claims::{
            About, Believed, Claim, Examined, Found, Moment, NAMESPACE, PublicKey, Signers, SshSig, Standing,
            Statement, Unfit, encoded, examine, folder_of, name_of, sealed,
        };
    }

    /// The decision gate.
    pub mod decision {
        pub use crate::evidence::decision::high_impact::{DATA, Policy};
        pub use crate::evidence::decision::judge::{Dialect, Judge, Llm, LocalJudge, Question, ServiceJudge, Verdict};
        pub use crate::evidence::decision::provider::adr::accepted_at;
        pub use crate::evidence::decision::provider::{AdrProvider, AdrSettings, HttpProvider};
        pub use crate::evidence::decision::reference::extract;
        pub use crate::evidence::decision::{Approval, Provider, Reference};
    }

    /// What a forge's CI says.
    pub mod forge {
        pub use crate::evidence::forge::judge::{Judgement, Own, Role, Verdict, judge};
        pub use crate::evidence::forge::look_at;
        pub use crate::evidence::forge::signal::{App, Flow, Signal, Source, State};
    }

    /// The scanner.
    pub mod secrets {
        pub use crate::evidence::secrets::content::Buffer;
        pub use crate::evidence::secrets::files::{Listed, Target, Which, open};
        pub use crate::evidence::secrets::{Baseline, Scan};
    }

    /// Audit records.
    pub mod trust {
        pub use crate::evidence::trust::{Question, Rules, evaluate};
    }
}

/// Gate files.
pub mod gates {
    pub use crate::gates::file::{COMMON_KEYS, FILE_KEYS};
    pub use crate::gates::variables::NAMES;
}

/// Repositories.
pub mod git {
    pub use crate::git::Repository;

    /// A table of a reftable.
    pub mod reftable {
        pub use crate::git::look_through;
    }
}

/// Rows and names.
pub mod model {
    pub use crate::model::escape::{is_blank, is_hidden, visible};
    pub use crate::model::names::{AUTO_IDS, STANDARD_ATTESTATIONS};
    pub use crate::model::secret::Secret;
    pub use crate::model::{Rule, verdict};
}

/// The HTTP client.
pub mod net {
    pub use crate::net::{BaseUrl, Client, EndpointPath, MAX_BODY, Request, Response};
}

/// Child processes.
pub mod proc {
    pub use crate::proc::{Command, End, Finished, KEPT, Secrets, masked, run};
}

/// Records.
pub mod records {
    pub use crate::records::next_id;
    pub use crate::records::verdicts::{read_verdict, seal_verdict};
}

/// Structured text.
pub mod structured {
    /// Tables of keys.
    pub mod keys {
        pub use crate::structured::keys::documented;
    }

    /// With places.
    pub mod yaml {
        pub use crate::structured::yaml::parse;
    }
}

/// Files and variables.
pub mod system {
    pub use crate::system::environment::Environment;
    pub use crate::system::files::Root;
}

/// Settings and CI systems.
pub mod world {
    /// Those that the gate knows.
    pub mod ci_systems {
        pub use crate::world::ci_systems::{ALL, documented};
    }

    /// All of them, and those that tests name.
    pub mod settings {
        pub use crate::world::settings::{
            ARTIFACT_DIR, PRRI_RED_THRESHOLD, RETENTION_DAYS, SECRETS_CONFIDENCE, Setting, Takes, Usual, all,
            documented,
        };
    }
}
