//! Answers that are long, late, cut, limited or elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::hosts::{self, GitHub, GitLab, check_run, job, not_found, raw, reply, target};
use super::{BITBUCKET, DATA_CENTER, GITEA, GITHUB, GITLAB, asked, row};
use crate::common::Project;
use crate::server::{Answer, Server};

/// What a release's row says where every request gets an answer.
fn answered(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> (String, String) {
    let project = Project::released();
    row(asked(&project, &Server::start(answer), GITHUB))
}

/// The same for the list of check runs; everything else is empty.
fn check_runs(answer: impl Fn(&str, &str) -> Answer + Send + Sync + 'static) -> (String, String) {
    let project = Project::released();
    let commit = project.head();
    let empty = GitHub::at(&commit);
    let server = Server::start(move |request| match target(request).0.ends_with("/check-runs") {
        true => answer(request, &commit),
        false => empty.answer(request),
    });
    row(asked(&project, &server, GITHUB))
}

#[test]
fn every_page_is_read_on_every_forge() {
    for count in [0_usize, 1, 100, 101, 2000] {
        let project = Project::released();
        let commit = project.head();
        let ids = || 1..=count as u64;
        let github = GitHub {
            checks: ids().map(|id| check_run(&commit, id, &format!("c{id}"), "success", 1)).collect(),
            ..GitHub::at(&commit)
        };
        let gitlab = GitLab {
            commit: commit.clone(),
            pipelines: vec![json!({"id": 1, "sha": commit, "status": "success", "source": "push"})],
            jobs: vec![(
                "o%2Fn/1".to_owned(),
                ids().map(|id| job(&commit, 1, id, &format!("c{id}"), "success")).collect(),
            )],
            ..GitLab::default()
        };
        let statuses = ids().map(|id| json!({"id": id, "context": format!("c{id}"), "status": "success"})).collect();
        let builds: Vec<_> = ids().map(|id| json!({"key": format!("c{id}"), "state": "SUCCESSFUL"})).collect();
        let (github, gitlab) = (github.start(), gitlab.start());
        let (gitea, cloud, center) = (
            hosts::gitea(&commit, statuses),
            hosts::bitbucket(&commit, builds.clone()),
            hosts::data_center(&commit, builds),
        );
        let forges =
            [(&github, GITHUB), (&gitlab, GITLAB), (&gitea, GITEA), (&cloud, BITBUCKET), (&center, DATA_CENTER)];
        for (server, kind) in forges {
            let (status, detail) = row(asked(&project, server, kind));
            let requests = server.requests().len();
            // A page of Data Center has 25 here: 2,000 are more pages than are read.
            if count == 0 || (kind == DATA_CENTER && count == 2000) {
                assert_eq!(status, "UNPROVEN", "{kind:?} {detail}");
            } else {
                assert_eq!(status, "PASS", "{kind:?} {detail}");
                assert!(detail.starts_with(&format!("{count} of {count} checks passed")), "{kind:?} {detail}");
            }
            if count == 100 && kind == GITHUB {
                assert_eq!(requests, 3);
            }
        }
    }
}

#[test]
fn a_failure_on_the_last_page_is_found() {
    let project = Project::released();
    let commit = project.head();
    let outcome = |id| if id == 1 { "failure" } else { "success" };
    let checks = (1..=301).rev().map(|id| check_run(&commit, id, &format!("c{id}"), outcome(id), 1));
    let server = GitHub { checks: checks.collect(), ..GitHub::at(&commit) }.start();
    let (status, detail) = row(asked(&project, &server, GITHUB));
    assert_eq!(status, "FAIL");
    assert!(detail.contains("1 of 301 checks failed") && detail.contains("c1 (github-actions) failure"), "{detail}");
}

#[test]
fn a_list_that_moves_while_it_is_read_is_no_list() {
    // The second page repeats an entry of the first one.
    let (status, detail) = check_runs(|request, commit| {
        let start = if target(request).1.ends_with("page=2") { 100 } else { 1 };
        let checks: Vec<_> =
            (start..start + 100).map(|id| check_run(commit, id, &format!("c{id}"), "success", 1)).collect();
        reply("200 OK", &[], &json!({"total_count": 200, "check_runs": checks}))
    });
    assert_eq!(status, "UNPROVEN");
    assert_eq!(detail, "the list of check runs at 127.0.0.1 is not whole, or changed while it was read; ask again");
}

#[test]
fn more_pages_than_are_read_are_no_verdict() {
    let (status, detail) = check_runs(|_, commit| {
        let checks: Vec<_> = (0..100).map(|id| check_run(commit, id, &format!("c{id}"), "success", 1)).collect();
        reply("200 OK", &[], &json!({"total_count": 100_000, "check_runs": checks}))
    });
    assert_eq!(status, "UNPROVEN");
    assert_eq!(detail, "the answer has more than 50 pages: not all of it was read");
}

#[test]
fn a_limit_is_waited_for_once_where_the_time_allows() {
    for (status, headers) in [
        ("429 Too Many Requests", vec![("Retry-After", "1")]),
        ("403 Forbidden", vec![("Retry-After", "1")]),
        ("403 Forbidden", vec![("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1")]),
    ] {
        let asked = AtomicUsize::new(0);
        let once = headers.clone();
        let (verdict, detail) = check_runs(move |_, commit| match asked.fetch_add(1, Ordering::SeqCst) {
            0 => reply(status, &once, &json!({"message": "slow down"})),
            _ => reply(
                "200 OK",
                &[],
                &json!({"total_count": 1, "check_runs": [check_run(commit, 1, "c", "success", 1)]}),
            ),
        });
        assert_eq!(verdict, "PASS", "{status} {headers:?}: {detail}");
        let (verdict, detail) = check_runs(move |_, _| reply(status, &headers, &json!({"message": "slow down"})));
        assert_eq!(verdict, "UNPROVEN");
        assert!(detail.contains("its limit of requests is reached; ask again later"), "{detail}");
    }
}

#[test]
fn a_limit_beyond_the_time_is_told_at_once() {
    for headers in [vec![], vec![("Retry-After", "120")]] {
        let wait = if headers.is_empty() { 60 } else { 120 };
        let (status, detail) = check_runs(move |_, _| reply("429 Too Many Requests", &headers, &json!({})));
        assert_eq!(status, "UNPROVEN");
        let expected = format!(
            "127.0.0.1 asks to wait {wait} s before it answers more (its limit of requests is reached); ask again then"
        );
        assert_eq!(detail, expected);
    }
}

#[test]
fn no_other_status_is_an_answer() {
    for status in [
        "201 Created",
        "204 No Content",
        "400 Bad",
        "401 Unauthorized",
        "403 No",
        "404 No",
        "409 No",
        "410 Gone",
        "418 Tea",
        "422 No",
        "451 No",
        "500 Broken",
        "502 Bad",
        "503 Away",
        "599 Odd",
    ] {
        let (verdict, detail) = answered(move |_| reply(status, &[], &json!({"total_count": 0, "check_runs": []})));
        assert_eq!(verdict, "UNPROVEN", "{status}: {detail}");
        assert!(detail.contains(&status[..3]), "{status}: {detail}");
    }
}

#[test]
fn a_permission_that_the_forge_names_is_named() {
    let headers = [("X-Accepted-GitHub-Permissions", "checks=read")];
    let (_, detail) =
        answered(move |_| reply("403 Forbidden", &headers, &json!({"message": "Resource not accessible"})));
    assert_eq!(
        detail,
        "the token in GITHUB_TOKEN may not read check runs of o/n (403): it needs the permission `checks=read`"
    );
}

#[test]
fn what_is_no_sound_answer_is_none() {
    let sound =
        |commit: &str| json!({"total_count": 1, "check_runs": [check_run(commit, 1, "c", "success", 1)]}).to_string();
    let json = [("Content-Type", "application/json")];
    let bodies: [fn(String) -> String; 6] = [
        |text| text[..text.len() - 2].to_owned(),
        |text| text.replacen("{", "{\"total_count\":1,", 1),
        |text| text.replace("\"conclusion\":\"success\"", "\"conclusion\":\"success\",\"conclusion\":\"failure\""),
        |text| text + "{}",
        |_| "[]".to_owned(),
        |_| String::new(),
    ];
    for body in bodies {
        let (status, detail) = check_runs(move |_, commit| raw("200 OK", &json, &body(sound(commit))));
        assert_eq!(status, "UNPROVEN");
        assert!(detail.starts_with("the answer of 127.0.0.1 for check runs is not what its API says: "), "{detail}");
    }
}

#[test]
fn a_redirect_takes_the_token_nowhere() {
    let elsewhere = Server::start(|_| not_found());
    let location = format!("{}/repositories/1", elsewhere.url());
    let (status, detail) = answered(move |_| raw("301 Moved Permanently", &[("Location", &location)], ""));
    assert_eq!(status, "UNPROVEN");
    let next = "the project or the address was moved; say it with --ci-project or --ci-url";
    assert_eq!(detail, format!("127.0.0.1 was not asked for check runs: redirect (301), not followed: {next}"));
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_next_page_elsewhere_is_not_asked() {
    let elsewhere = Server::start(|_| not_found());
    let next = format!("{}/2.0/next", elsewhere.url());
    let project = Project::released();
    let server = Server::start(move |_| reply("200 OK", &[], &json!({"values": [], "size": 0, "next": next})));
    let (status, detail) = row(asked(&project, &server, BITBUCKET));
    assert_eq!(status, "UNPROVEN");
    assert_eq!(detail, "the next page of the answer leads away from 127.0.0.1: it is not followed");
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn a_token_that_the_forge_repeats_is_not_shown() {
    let (status, detail) = check_runs(|_, commit| {
        let check = check_run(commit, 1, &format!("test {}", hosts::TOKEN), "failure", 1);
        reply("200 OK", &[], &json!({"total_count": 1, "check_runs": [check]}))
    });
    assert_eq!(status, "FAIL");
    assert!(detail.contains("test [secret]"), "{detail}");
}

#[test]
fn a_body_without_end_is_cut_off() {
    let project = Project::released();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    let server = Server::start(|_| Answer::Endless(head.as_bytes().to_vec()));
    let (status, detail) = row(asked(&project, &server, GITHUB));
    assert_eq!(status, "UNPROVEN");
    assert!(detail.starts_with("127.0.0.1 was not asked for check runs: body over 32 MiB"), "{detail}");
}

#[test]
fn what_a_forge_calls_a_check_cannot_break_the_report() {
    let (status, detail) = check_runs(|_, commit| {
        let check = check_run(commit, 1, "a\u{1b}[2J\n::error::b\u{202e}", "failure", 1);
        reply("200 OK", &[], &json!({"total_count": 1, "check_runs": [check]}))
    });
    assert_eq!(status, "FAIL");
    assert!(!detail.chars().any(char::is_control) && !detail.contains('\u{202e}'), "{detail:?}");
}

/// The requests, byte for byte but for the token and the port.
#[test]
fn requests_are_these() {
    let project = Project::released();
    let commit = project.head();
    let server = GitHub::at(&commit).check(1, "test", "success").start();
    assert_eq!(row(asked(&project, &server, GITHUB)).0, "PASS");
    let mut requests = server.requests();
    requests.sort();
    let version = env!("CARGO_PKG_VERSION");
    let (host, bearer) = (format!("127.0.0.1:{}", server.port), hosts::TOKEN);
    let expected = ["/actions/runs?head_sha=@&per_page=100&page=1", "/commits/@/check-runs?filter=latest&per_page=100&page=1",
        "/commits/@/status?per_page=100&page=1"]
    .map(|path| {
        format!(
            "GET /repos/o/n{} HTTP/1.1\r\naccept-encoding: identity\r\naccept: application/json\r\nauthorization: Bearer {bearer}\r\n\
             host: {host}\r\nuser-agent: delivery-gate/{version}\r\nx-github-api-version: 2022-11-28\r\n\r\n",
            path.replace('@', &commit)
        )
    });
    let ordered = |request: &String| {
        let mut lines: Vec<_> = request.trim_end().split("\r\n").skip(1).map(str::to_owned).collect();
        lines.sort();
        format!("{}\r\n{}\r\n\r\n", request.lines().next().expect("a line"), lines.join("\r\n"))
    };
    assert_eq!(requests.iter().map(ordered).collect::<Vec<_>>(), expected);
}

#[test]
fn unknown_words_are_no_verdict() {
    for word in ["", "Success", "succeeded", "passed", "null", "new_word"] {
        let (status, detail) = check_runs(move |_, commit| {
            let check: Value = check_run(commit, 1, "c", word, 1);
            reply("200 OK", &[], &json!({"total_count": 1, "check_runs": [check]}))
        });
        assert_eq!(status, "UNPROVEN", "{word}: {detail}");
    }
}

#[test]
fn a_limit_is_no_missing_permission() {
    let project = Project::released();
    let commit = project.head();
    let limited = [
        (vec![("Retry-After", "300")], "{}"),
        (vec![("Retry-After", "Sun, 06 Nov 2094 08:49:37 GMT")], "{}"),
        (vec![], "{\"message\": \"You have exceeded a secondary rate limit.\"}"),
        (vec![("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "99999999999")], "{}"),
        (vec![("Retry-After", "18446744073709551615")], "{}"),
        (vec![("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "18446744073709551615")], "{}"),
    ];
    for (headers, body) in limited {
        let rest = GitHub::at(&commit).check(1, "test", "success");
        let json = [&[("Content-Type", "application/json")], &headers[..]].concat();
        let server = Server::start(move |request| match request.contains("/actions/runs") {
            true => raw("403 Forbidden", &json, body),
            false => rest.answer(request),
        });
        let (status, detail) = row(asked(&project, &server, GITHUB));
        assert_eq!(status, "UNPROVEN", "{headers:?}");
        assert!(detail.contains("its limit of requests is reached"), "{headers:?}: {detail}");
    }
}

#[test]
fn a_count_that_cannot_be_is_no_crash() {
    for total in [1_000_000_000_u64, 1_000_000_000_000_000, u64::MAX] {
        let (status, detail) = check_runs(move |_, commit| {
            reply(
                "200 OK",
                &[],
                &json!({"total_count": total, "check_runs": [check_run(commit, 1, "c", "success", 1)]}),
            )
        });
        assert_eq!((status.as_str(), detail.contains("more than 50 pages")), ("UNPROVEN", true), "{total}: {detail}");
    }
}

#[test]
fn a_token_is_nowhere_that_a_forge_puts_it() {
    let token = hosts::TOKEN;
    let content = [("Content-Type", "text/tok_5up3r-s3cret")];
    answered(move |_| raw("200 OK", &content, "{}"));
    let permissions = [("X-Accepted-GitHub-Permissions", token)];
    answered(move |_| reply("403 Forbidden", &permissions, &json!({})));
    let project = Project::released();
    let mut forge = GitHub::at(&project.head()).check(1, "test", "failure");
    forge.checks[0]["app"]["slug"] = json!(token);
    forge.checks[0]["html_url"] = json!(format!("https://github.com/{token}"));
    let server = forge.run(1, &format!(".github/workflows/{token}.yml"), token, "completed", Some(token)).start();
    // `row` looks for it in everything that is printed.
    assert_eq!(row(asked(&project, &server, GITHUB)).0, "FAIL");
    let other = check_runs(|_, _| {
        reply("200 OK", &[], &json!({"total_count": 1, "check_runs": [check_run(hosts::TOKEN, 1, "c", "success", 1)]}))
    });
    assert_eq!(other.0, "UNPROVEN");
}
