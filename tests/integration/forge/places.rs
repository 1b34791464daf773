//! Whom the gate asks, about what, with whose token; and what it says where that is not known.

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use super::hosts::{GitHub, GitLab, TOKEN, job, raw};
use super::{GITHUB, GITLAB, asked, row, text};
use crate::common::{Gate, Project, result};
use crate::server::Server;

fn remote(project: &Project, name: &str, url: &str) {
    project.git(&["remote", "add", name, url]);
}

/// `check --ci WORD` and nothing else.
fn plain(project: &Project, word: &str) -> Gate {
    project.check().args(&["--ci", word])
}

fn unproven(gate: Gate) -> String {
    let (status, detail) = row(gate);
    assert_eq!(status, "UNPROVEN", "{detail}");
    detail
}

#[test]
fn no_token_and_an_empty_one_have_words_of_their_own() {
    let project = Project::released();
    remote(&project, "origin", "https://github.com/o/n.git");
    assert_eq!(
        unproven(plain(&project, "github")),
        "GITHUB_TOKEN is not set: without a token a forge does not say everything; docs/ci.md says what it needs"
    );
    assert_eq!(
        unproven(plain(&project, "github").env("GITHUB_TOKEN", "")),
        "GITHUB_TOKEN is set and empty: the job does not give the secret (a fork's does not get it); docs/ci.md says what it needs"
    );
    assert_eq!(
        unproven(plain(&project, "github").env("GITHUB_TOKEN", " \n")),
        "GITHUB_TOKEN cannot be a token: it is empty; docs/ci.md says what it needs"
    );
    let broken = unproven(plain(&project, "github").env("GITHUB_TOKEN", "a\nX-Evil: 1"));
    assert!(
        broken.starts_with("GITHUB_TOKEN cannot be a token: it has white space") && !broken.contains("Evil"),
        "{broken}"
    );
}

#[test]
fn a_remote_says_the_project_where_it_is_the_forges() {
    let project = Project::released();
    let gate = |word: &str| plain(&project, word).env("GITHUB_TOKEN", TOKEN).env("GITLAB_TOKEN", TOKEN);
    let named = unproven(gate("github").args(&["--ci-project", "o/n", "--ci-url", "https://localhost:1"]));
    assert!(named.starts_with("localhost was not asked for check runs"), "{named}");
    let nothing = "no remote says which project of github this is; say it with --ci-project and --ci-url";
    assert_eq!(unproven(gate("github")), nothing);
    let unknown = "which forge is to be asked is not known: no remote is at github.com, gitlab.com, codeberg.org or bitbucket.org; \
                   say it with --ci github, gitlab, gitea or bitbucket, and the address with --ci-url";
    assert_eq!(unproven(gate("auto")), unknown);
    remote(&project, "origin", "git@git.example.com:o/n.git");
    assert_eq!(
        unproven(gate("github")),
        "the remote origin is at git.example.com, whose API's address is not known; say it with --ci-url \
         https://git.example.com/api/v3 (or DELIVERY_GATE_CI_URL), if that is a github of yours"
    );
    assert_eq!(unproven(gate("auto")), unknown);
    let server = GitHub::at(&project.head()).check(1, "test", "success").start();
    assert_eq!(
        unproven(gate("github").args(&["--ci-url", &server.url()])),
        "127.0.0.1 is asked, and the remote origin is at git.example.com; say the project with --ci-project, or the right address \
         with --ci-url"
    );
    // The port that GitHub lets SSH in on, and an address of IPv6.
    project.git(&["remote", "set-url", "origin", "ssh://git@ssh.github.com:443/o/n.git"]);
    assert!(!unproven(plain(&project, "auto")).contains("not known"));
    project.git(&["remote", "set-url", "origin", "http://[::1]:3000/o/n.git"]);
    assert!(unproven(gate("github")).starts_with("the remote origin is at ::1, whose API's address is not known"));
    // A host that only begins like a known one is another.
    for url in ["https://github.com.example.com/o/n", "https://user@github.co/o/n", "ssh://git@notgithub.com/o/n"] {
        project.git(&["remote", "set-url", "origin", url]);
        assert!(unproven(gate("auto")).starts_with("which forge is to be asked is not known"), "{url}");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn several_remotes_are_no_project() {
    let project = Project::released();
    let server = GitHub::at(&project.head()).check(1, "test", "success").start();
    let gate = || plain(&project, "github").args(&["--ci-url", &server.url()]).env("GITHUB_TOKEN", TOKEN);
    remote(&project, "origin", "https://127.0.0.1/o/n.git");
    assert_eq!(row(gate()).0, "PASS");
    remote(&project, "again", "git@127.0.0.1:o/n.git");
    assert_eq!(row(gate()).0, "PASS");
    remote(&project, "upstream", "https://127.0.0.1/org/n.git");
    assert_eq!(
        unproven(gate()),
        "the remotes name several projects at 127.0.0.1 (again o/n, upstream org/n); say which one releases with --ci-project"
    );
    assert_eq!(row(gate().args(&["--ci-project", "o/n"])).0, "PASS");
    let project = Project::released();
    remote(&project, "origin", "https://github.com/o/n");
    remote(&project, "other", "https://gitlab.com/o/n");
    let different = unproven(plain(&project, "auto"));
    assert_eq!(different, "the remotes are at different forges; say which is to be asked with --ci");
}

#[test]
fn a_forks_remote_is_not_taken_for_the_project() {
    let project = Project::released();
    remote(&project, "origin", "https://127.0.0.1/o/n.git");
    let server = GitHub { fork: true, ..GitHub::at(&project.head()).check(1, "test", "success") }.start();
    let gate = || plain(&project, "github").args(&["--ci-url", &server.url()]).env("GITHUB_TOKEN", TOKEN);
    let fork = "127.0.0.1/o/n is a fork: its CI is not that of the project it comes from; say which of the two releases with \
                --ci-project (--ci-project o/n, if it is this one)";
    assert_eq!(unproven(gate()), fork);
    assert_eq!(row(gate().args(&["--ci-project", "o/n"])).0, "PASS");
    assert_eq!(row(gate().env("GITHUB_ACTIONS", "true").env("GITHUB_REPOSITORY", "o/n")).0, "PASS");
    let forge = GitLab {
        commit: project.head(),
        pipelines: vec![json!({"id": 1, "sha": project.head(), "status": "success", "source": "push"})],
        jobs: vec![("o%2Fn/1".to_owned(), vec![job(&project.head(), 1, 1, "build", "success")])],
        fork: true,
        ..GitLab::default()
    };
    let server = forge.start();
    let url = format!("{}/api/v4", server.url());
    assert_eq!(unproven(plain(&project, "gitlab").args(&["--ci-url", &url]).env("GITLAB_TOKEN", TOKEN)), fork);
}

#[test]
fn the_ci_system_says_forge_address_and_project() {
    let project = Project::released();
    let commit = project.head();
    let server = GitHub::at(&commit).check(1, "test", "success").start();
    let actions = project.check().args(&["--ci", "auto"]).env("GITHUB_ACTIONS", "true").env("GITHUB_TOKEN", TOKEN);
    let actions = actions.env("GITHUB_API_URL", &server.url()).env("GITHUB_REPOSITORY", "o/n");
    assert_eq!(row(actions).0, "PASS");
    let forge = GitLab {
        commit: commit.clone(),
        pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
        jobs: vec![("g%2Fsub%2Fn/1".to_owned(), vec![job(&commit, 1, 1, "build", "success")])],
        ..GitLab::default()
    };
    let server = forge.start();
    let ci = project.check().args(&["--ci", "auto"]).env("GITLAB_CI", "true").env("GITLAB_TOKEN", TOKEN);
    let ci = ci.env("CI_API_V4_URL", &format!("{}/api/v4", server.url())).env("CI_PROJECT_PATH", "g/sub/n");
    assert_eq!(row(ci).0, "PASS");
}

#[test]
fn an_address_that_shows_the_token_to_the_network_is_refused() {
    let project = Project::released();
    let gate = |url: &str| {
        plain(&project, "github").args(&["--ci-url", url, "--ci-project", "o/n"]).env("GITHUB_TOKEN", TOKEN)
    };
    for (url, why) in [
        ("http://github.example.com/api/v3", "https is required"),
        ("https://user:pass@github.example.com", "it has a user name or password"),
        ("ftp://github.example.com", "only https://"),
        ("github.example.com", "it does not begin with https://"),
    ] {
        let detail = unproven(gate(url));
        assert!(detail.starts_with("--ci-url is no address of an API: ") && detail.contains(why), "{detail}");
    }
}

#[test]
fn flags_that_say_nothing_are_usage_errors() {
    let project = Project::released();
    let refused = |arguments: &[&str]| project.check().args(arguments).run().refusal();
    assert!(refused(&["--ci", "githib"]).contains("github"));
    assert!(refused(&["--ci", "auto", "--ci-project", "n"]).contains("`n` is no project; write it as owner/name"));
    assert!(refused(&["--ci", "auto", "--ci-project", "../n"]).contains("is no project"));
    for wait in ["0s", "soon", "-5m", "48h"] {
        assert!(
            refused(&["--ci", "auto", &format!("--ci-wait={wait}")]).contains("write it as 90s, 45m or 1h30m"),
            "{wait}"
        );
    }
    let vain = "the forge is not asked: beside --ci-wait, --ci-url or --ci-project say --ci, or `ci: {from: forge}` in the policy";
    assert!(refused(&["--ci-status", "success", "--ci-wait", "5m"]).contains(vain));
    assert!(refused(&["--ci-status", "success", "--ci-project", "o/n"]).contains(vain));
}

#[test]
fn a_commit_that_was_not_pushed_is_told() {
    let project = Project::released();
    let server = GitHub::at(&"b".repeat(40)).start();
    let detail = unproven(asked(&project, &server, GITHUB));
    assert!(detail.contains("(404)") && detail.contains("the commit was not pushed"), "{detail}");
    let server = GitLab { commit: project.head(), ..GitLab::default() }.start();
    let detail = unproven(asked(&project, &server, GITLAB));
    assert!(detail.contains("no check has reported yet; if the commit is pushed and CI runs for it"), "{detail}");
}

#[test]
fn without_a_commit_nothing_is_asked() {
    let project = Project::drafted();
    let server = GitHub::at("").start();
    assert_eq!(row(asked(&project, &server, GITHUB)).0, "UNPROVEN");
    assert!(server.requests().is_empty());
}

#[test]
fn a_clock_that_is_wrong_is_told() {
    let project = Project::released();
    let commit = project.head();
    let forge = GitHub::at(&commit).check(1, "test", "success");
    let of = |date: String| {
        let forge = forge.clone();
        let server = Server::start(move |request| {
            let crate::server::Answer::Whole(bytes) = forge.answer(request) else { return raw("500 No", &[], "") };
            let text = String::from_utf8(bytes).expect("UTF-8");
            let body = text.split("\r\n\r\n").nth(1).expect("a body");
            let status = text.lines().next().and_then(|line| line.split_once(' ')).expect("a status").1;
            raw(status, &[("Content-Type", "application/json"), ("Date", &date)], body)
        });
        row(asked(&project, &server, GITHUB))
    };
    let (status, detail) = of("Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
    assert_eq!(status, "UNPROVEN");
    assert!(
        detail.starts_with("this machine's clock is ") && detail.ends_with(" min ahead of that of 127.0.0.1; set it"),
        "{detail}"
    );
    let (status, detail) = of("Sat, 06 Nov 2094 08:49:37 GMT".to_owned());
    assert_eq!(status, "UNPROVEN");
    assert!(detail.ends_with(" min behind that of 127.0.0.1; set it"), "{detail}");
    // One that cannot be read says nothing of this machine's.
    assert_eq!(of("yesterday".to_owned()).0, "PASS");
}

#[test]
fn a_certificate_for_another_host_gets_no_token() {
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let roots = authority.self_signed(&key).expect("a certificate").pem();
    let issuer = Issuer::new(authority, key);
    let key = KeyPair::generate().expect("a key");
    let other = CertificateParams::new(vec!["other.example.com".to_owned()]).expect("parameters");
    let certificate = other.signed_by(&key, &issuer).expect("a certificate").der().clone();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config =
        Arc::new(builder.with_no_client_auth().with_single_cert(vec![certificate], key).expect("a configuration"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut secured =
                StreamOwned::new(ServerConnection::new(Arc::clone(&config)).expect("a connection"), stream);
            assert!(!matches!(secured.read(&mut [0]), Ok(1..)), "a request came");
        }
    });
    let project = Project::released();
    let file = project.path("roots.pem");
    std::fs::write(&file, roots).expect("a file");
    let gate =
        plain(&project, "github").args(&["--ci-url", &format!("https://localhost:{port}"), "--ci-project", "o/n"]);
    let detail = unproven(gate.env("GITHUB_TOKEN", TOKEN).env("SSL_CERT_FILE", file.to_str().expect("UTF-8")));
    assert_eq!(detail, "localhost was not asked for check runs: TLS: the server's certificate is for another host");
}

#[test]
fn a_tag_is_peeled_and_the_whole_id_is_sent() {
    let project = Project::released();
    let server = GitHub::at(&project.head()).check(1, "test", "success").start();
    let gate = asked(&project, &server, GITHUB).args(&["--rev", "v1.2.3"]);
    let (_, report) = gate.json();
    assert_eq!(text(&result(&report, "ci_status")["status"]), "PASS");
    assert!(server.requests().iter().all(|request| request.contains(&project.head())));
}
