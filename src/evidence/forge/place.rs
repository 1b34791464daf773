//! Which forge is asked, where, about which project, and with whose token. Nothing of it comes from a file of the release: a
//! change could send the token elsewhere, or borrow the green of another project.

use super::judge::Own;
use crate::config::ci::ForgeKind;
use crate::model::secret::Secret;
use crate::net::{BaseUrl, EndpointPath, Request, Url};
use crate::system::environment::Environment;
use crate::world::ci_systems::{self, CiSystem};
use crate::world::settings::{CHECK_RUN_ID, CI_URL};

/// Where a forge is asked.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// Which forge.
    pub kind: ForgeKind,
    /// The address of its API.
    pub base: BaseUrl,
    /// Its host, as people know it: `github.com`.
    pub host: String,
    /// The project: `owner/name`.
    pub project: String,
    /// Whether only a remote of this clone says which project it is.
    pub is_by_remote: bool,
    /// The token.
    pub token: Secret,
    /// How the token is called in a request.
    pub scheme: &'static str,
}

/// What the command line says of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// Which forge; none is the one that is around.
    pub kind: Option<ForgeKind>,
    /// `--ci-url`.
    pub url: Option<String>,
    /// `--ci-project`.
    pub project: Option<String>,
}

/// A forge's own facts.
struct Facts {
    kind: ForgeKind,
    /// Its public hosts, and the address of the API there.
    public: &'static [(&'static str, &'static str)],
    /// The variable of its token.
    token: &'static str,
    /// How the token is called in a request.
    scheme: &'static str,
    /// The variable that names the address of the API in its own CI.
    url: Option<&'static str>,
    /// What stands behind the host of one's own in the address of the API.
    path: &'static str,
}

const FACTS: [Facts; 4] = [
    Facts {
        kind: ForgeKind::GitHub,
        public: &[("github.com", "https://api.github.com")],
        token: "GITHUB_TOKEN",
        scheme: "Bearer",
        url: Some("GITHUB_API_URL"),
        path: "/api/v3",
    },
    Facts {
        kind: ForgeKind::GitLab,
        public: &[("gitlab.com", "https://gitlab.com/api/v4")],
        token: "GITLAB_TOKEN",
        scheme: "Bearer",
        url: Some("CI_API_V4_URL"),
        path: "/api/v4",
    },
    Facts {
        kind: ForgeKind::Gitea,
        public: &[("codeberg.org", "https://codeberg.org/api/v1"), ("gitea.com", "https://gitea.com/api/v1")],
        token: "GITEA_TOKEN",
        scheme: "token",
        // The variable is GitHub's: it counts where the CI system is Gitea's.
        url: None,
        path: "/api/v1",
    },
    Facts {
        kind: ForgeKind::Bitbucket,
        public: &[("bitbucket.org", "https://api.bitbucket.org/2.0")],
        token: "BITBUCKET_TOKEN",
        scheme: "Bearer",
        url: None,
        path: "/rest",
    },
];

impl ForgeKind {
    fn facts(self) -> &'static Facts {
        let [github, others @ ..] = &FACTS;
        others.iter().find(|facts| facts.kind == self).unwrap_or(github)
    }

    /// The variable of its token.
    pub(super) fn token(self) -> &'static str {
        self.facts().token
    }

    /// The request with what this forge wants in every one.
    pub(super) fn headers(self, request: Request) -> Request {
        match self {
            Self::GitHub => request.header("x-github-api-version", "2022-11-28"),
            Self::GitLab | Self::Gitea | Self::Bitbucket => request,
        }
    }
}

impl Place {
    /// The place that is asked. `remotes` are the addresses of this clone's remotes, each with its name.
    ///
    /// # Errors
    /// What is not known of it, and how to say it.
    pub(crate) fn find(said: &Said, environment: &Environment, remotes: &[(String, String)]) -> Result<Self, String> {
        let around = ci_systems::around(environment).filter(|system| system.forge.is_some());
        let kind = kind(said, around, remotes)?;
        let facts = kind.facts();
        let own_ci = around.filter(|system| system.forge == Some(kind.word()));
        let remotes: Vec<_> = remotes.iter().filter_map(|(name, url)| Remote::parse(name, url)).collect();
        let base = base(said, facts, own_ci, environment)?;
        let (base, host) = match base {
            Some(base) => {
                let host = host_of(&base, facts);
                (base, host)
            }
            None => by_remote(facts, &remotes, said.project.is_some())?,
        };
        let project = said.project.as_deref().or_else(|| environment.get(own_ci?.project?));
        let (project, is_by_remote) = match project {
            Some(project) => (sound(project)?, false),
            None => (project_of(&remotes, &host, kind)?, true),
        };
        Ok(Self { kind, base, host, project, is_by_remote, token: token(facts, environment)?, scheme: facts.scheme })
    }

    /// The address of something under the API's, by the segments of its path.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        self.base.join(&EndpointPath::of_segments(segments))
    }

    /// The parts of the project's name.
    pub(super) fn parts(&self) -> impl Iterator<Item = &str> {
        self.project.split('/')
    }

    /// As `github.com/owner/name`.
    pub(crate) fn shown(&self) -> String {
        format!("{}/{}", self.host, self.project)
    }
}

fn kind(said: &Said, around: Option<&CiSystem>, remotes: &[(String, String)]) -> Result<ForgeKind, String> {
    if let Some(kind) = said.kind.or_else(|| ForgeKind::of_word(around?.forge?)) {
        return Ok(kind);
    }
    let hosts = remotes.iter().filter_map(|(name, url)| Remote::parse(name, url)).map(|remote| remote.host);
    let known: Vec<_> = hosts.filter_map(|host| FACTS.iter().find(|facts| facts.is_public(&host))).collect();
    match known.as_slice() {
        [] => Err("which forge is to be asked is not known: no remote is at github.com, gitlab.com, codeberg.org or \
                   bitbucket.org; say it with --ci github, gitlab, gitea or bitbucket, and the address with --ci-url"
            .to_owned()),
        [first, others @ ..] if others.iter().all(|other| other.kind == first.kind) => Ok(first.kind),
        _ => Err("the remotes are at different forges; say which is to be asked with --ci".to_owned()),
    }
}

impl Facts {
    fn is_public(&self, host: &str) -> bool {
        self.public.iter().any(|(public, _)| *public == host)
    }
}

/// The address that somebody gave, by flag or variable.
fn base(
    said: &Said,
    facts: &Facts,
    own_ci: Option<&CiSystem>,
    environment: &Environment,
) -> Result<Option<BaseUrl>, String> {
    let variable = |name: &'static str| environment.get(name).map(|url| (name, url));
    let flag = said.url.as_deref().map(|url| ("--ci-url", url));
    let given =
        flag.or_else(|| variable(CI_URL.variable)).or_else(|| variable(facts.url?)).or_else(|| variable(own_ci?.api?));
    let Some((name, url)) = given else { return Ok(None) };
    BaseUrl::parse(url, false).map(Some).map_err(|why| format!("{name} is no address of an API: {why}"))
}

/// The host as people know it: that of the API, but for the forges that have one of its own for that.
fn host_of(base: &BaseUrl, facts: &Facts) -> String {
    let shown = base.to_string();
    let public = facts.public.iter().find(|(_, api)| *api == shown).map(|(host, _)| (*host).to_owned());
    public.unwrap_or_else(|| base.host())
}

/// Where the project was named, and no remote is at a host that could be the forge's own, it is at the public one.
fn by_remote(facts: &Facts, remotes: &[Remote], is_named: bool) -> Result<(BaseUrl, String), String> {
    let public = remotes.iter().find_map(|remote| facts.public.iter().find(|(host, _)| *host == remote.host));
    let remotes: Vec<_> =
        remotes.iter().filter(|remote| !FACTS.iter().any(|other| other.is_public(&remote.host))).collect();
    let usual = facts.public.first().filter(|_| is_named && remotes.is_empty());
    if let Some((host, api)) = public.or(usual) {
        return Ok((BaseUrl::parse(api, false)?, (*host).to_owned()));
    }
    let word = facts.kind.word();
    Err(match remotes.first() {
        Some(remote) => format!(
            "the remote {} is at {}, whose API's address is not known; say it with --ci-url https://{}{} (or DELIVERY_GATE_CI_URL), \
             if that is a {word} of yours",
            remote.name, remote.host, remote.host, facts.path
        ),
        None => format!("no remote says which project of {word} this is; say it with --ci-project and --ci-url"),
    })
}

/// Hosts for SSH behind a firewall, and the forge's own.
const SSH_HOSTS: [(&str, &str); 3] =
    [("ssh.github.com", "github.com"), ("altssh.gitlab.com", "gitlab.com"), ("altssh.bitbucket.org", "bitbucket.org")];

/// What a remote's address says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Remote {
    name: String,
    host: String,
    path: String,
}

impl Remote {
    fn parse(name: &str, url: &str) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_once('/')?;
        let port = authority.rfind(':').filter(|colon| !authority[*colon..].contains(']'));
        let host = authority[..port.unwrap_or(authority.len())].trim_matches(['[', ']']).to_ascii_lowercase();
        // Forges let SSH in on the port of HTTPS under another name.
        let host = SSH_HOSTS.iter().find(|(ssh, _)| *ssh == host).map_or(host, |(_, host)| (*host).to_owned());
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path).to_owned();
        Some(Self { name: name.to_owned(), host, path })
    }
}

/// The one project that the remotes at a host name.
fn project_of(remotes: &[Remote], host: &str, kind: ForgeKind) -> Result<String, String> {
    let is_there = |remote: &&Remote| remote.host == host || format!("api.{}", remote.host) == host;
    let mut there: Vec<_> = remotes.iter().filter(is_there).collect();
    there.sort_by(|a, b| a.path.cmp(&b.path));
    there.dedup_by(|a, b| a.path == b.path);
    match there.as_slice() {
        [] => Err(match remotes.first() {
            Some(remote) => format!(
                "{host} is asked, and the remote {} is at {}; say the project with --ci-project, or the right address with --ci-url",
                remote.name, remote.host
            ),
            None => format!("no remote says which project at {host} this is; say it with --ci-project"),
        }),
        [one] => sound(in_api(&one.path, kind)).map_err(|_| {
            format!(
                "the remote {} does not say a project ({}); say it with --ci-project",
                one.name,
                super::shown(&one.path)
            )
        }),
        several => {
            let names: Vec<_> = several.iter().map(|remote| format!("{} {}", remote.name, remote.path)).collect();
            Err(format!(
                "the remotes name several projects at {host} ({}); say which one releases with --ci-project",
                super::shown(&names.join(", "))
            ))
        }
    }
}

/// Bitbucket Data Center has `scm/` before the project in addresses of the web.
fn in_api(path: &str, kind: ForgeKind) -> &str {
    path.strip_prefix("scm/").filter(|_| kind == ForgeKind::Bitbucket).unwrap_or(path)
}

/// A project's name: two parts or more, of characters that every forge allows there.
pub(crate) fn sound(project: &str) -> Result<String, String> {
    let is_part = |part: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        !part.is_empty() && part.bytes().all(allowed) && !matches!(part, "." | "..")
    };
    let parts: Vec<_> = project.split('/').collect();
    if parts.len() >= 2 && parts.iter().all(|part| is_part(part)) {
        return Ok(project.to_owned());
    }
    Err(format!("`{}` is no project; write it as owner/name", super::shown(project)))
}

fn token(facts: &Facts, environment: &Environment) -> Result<Secret, String> {
    let name = facts.token;
    let why = match environment.get(name) {
        Some(text) => match Secret::new(text) {
            Ok(secret) => return Ok(secret),
            Err(why) => format!("{name} cannot be a token: {why}"),
        },
        None if environment.has(name) => {
            format!("{name} is set and empty: the job does not give the secret (a fork's does not get it)")
        }
        None => format!("{name} is not set: without a token a forge does not say everything"),
    };
    Err(format!("{why}; docs/ci.md says what it needs"))
}

/// The gate's own job, as the CI system that it runs in says.
pub(crate) fn own(kind: ForgeKind, environment: &Environment) -> Own {
    if let Some(id) = CHECK_RUN_ID.text(environment).map(str::trim).filter(|id| !id.is_empty()) {
        return Own::Job(id.to_owned());
    }
    let around = ci_systems::around(environment).filter(|system| system.forge == Some(kind.word()));
    let Some(system) = around else { return Own::Outside };
    let variable = |name: Option<&'static str>| name.and_then(|name| environment.get(name)).map(str::to_owned);
    match (variable(system.own_job), variable(system.own_run)) {
        (Some(job), _) => Own::Job(job),
        (None, Some(run)) => Own::Run(run),
        (None, None) => {
            Own::Nameless { help: "give its id in DELIVERY_GATE_CHECK_RUN_ID, of GitHub `${{ job.check_run_id }}`" }
        }
    }
}
