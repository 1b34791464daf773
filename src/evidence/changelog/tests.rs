use proptest::prelude::*;

use super::*;

fn names(title: &str, version: &str) -> bool {
    title::read(title, version).is_some_and(|release| release.wanted)
}

#[test]
fn titles_of_the_version() {
    let titles = [
        "1.2.3",
        "v1.2.3",
        "V1.2.3",
        "[1.2.3]",
        "[v1.2.3] - 2026-01-02",
        "[1.2.3][ref]",
        "[1.2.3](https://example.com/compare/v1.2.2...v1.2.3) (2026-01-02)",
        "1.2.3 (2026-01-02)",
        "1.2.3 - 2026-01-02",
        "1.2.3 / 2026-01-02",
        "1.2.3 — 2 January 2026",
        "1.2.3 - 2026.01.02",
        "1.2.3(2026-01-02)",
        "1.2.3, 2026-01-02",
        "1.2.3-- 2026-01-02",
        "[1.2.3]- 2026-01-02",
        "1.2.3— the quiet one",
        "1.2.3: the quiet one",
        "1.2.3 [YANKED]",
        "1.2.3 (unreleased)",
        "1.2.3 released 2026-01-02",
        "1.2.3 - Beta support for Windows",
        "1.2.3.",
        "1.2.3. (2026-01-02)",
        "🚀 1.2.3",
        "1.2.3 🎉",
        "1.2.3 Release notes",
        "\"1.2.3\"",
        "`1.2.3 <https://example.com>`_ - 2026-01-02",
        "(1.2.3)",
        "Version 1.2.3",
        "Version: 1.2.3",
        "Release v1.2.3",
        "Changes in 1.2.3",
        "What's new in version 1.2.3",
        "Release notes for 1.2.3",
        "Noteworthy changes in release 1.2.3 (2026-01-02) [stable]",
        "demo 1.2.3",
        "demo v1.2.3 (2026-01-02)",
        "Demo Kit 1.2.3",
        "The Demo 1.2.3",
        "demo-1.2.3",
        "demo-tools-v1.2.3",
        "demo/v1.2.3",
        "demo@1.2.3",
        "@scope/demo@1.2.3",
        "demo (1.2.3)",
        "demo 1.2.3, demo-core 0.4.1 (2026-01-02)",
        "2026-01-02 1.2.3",
        "2026-01-02, Version 1.2.3",
        "2026-01-02 - demo 1.2.3",
        "2026.01.02, Version 1.2.3 (Stable)",
        "2 January 2026: demo 1.2.3",
        "January 2, 2026 - 1.2.3",
    ];
    for title in titles {
        assert!(names(title, "1.2.3"), "{title}");
    }
}

#[test]
fn titles_of_something_else() {
    let titles = [
        "",
        "11.2.30",
        "11.2.3",
        "1.2.30",
        "0.1.2.3",
        "1.2.3.4",
        "1.2.3-rc1",
        "1.2.3rc1",
        "1.2.3 rc1",
        "1.2.3 RC 1",
        "1.2.3 (beta)",
        "1.2.3 - alpha (2026-01-02)",
        "1.2.3b2",
        "1.2.3 Release Candidate 2",
        "1.2.3 (Developer Preview)",
        "Beta 1.2.3",
        "rc-1.2.3",
        "Roadmap 1.2.3",
        "→ 1.2.3",
        "1.2.3+build",
        "1.2.3~",
        "1.2.3-",
        "1.2.3--",
        "1.2.3-- 1.2.5",
        "1.2.3-- rc1",
        "1.2.3--rc1 2026-01-02",
        "1.2.3_1",
        "1.2.3!",
        "1.2.3.*",
        "1.2.x",
        "~1.2.3",
        "^1.2.3",
        ">=1.2.3",
        "<1.2.3",
        "!=1.2.3",
        "1:1.2.3",
        "demo>=1.2.3",
        "[1.2.3]-rc1",
        "(1.2.3).4",
        "1․2․3",
        "１.2.3",
        "1.2․3",
        "1.2.3\u{200b}",
        "\u{200b}1.2.3",
        "1.2.3\u{301}",
        "1.2.3\u{fffd}",
        "vv1.2.3",
        "x1.2.3",
        "0.9-1.2.3",
        "1.2.2-1.2.3",
        "pre-1.2.3",
        "since-1.2.3",
        "Unreleased",
        "[Unreleased]",
        "Unreleased (after 1.2.3)",
        "Upgrading from 1.2.3",
        "Upgrading to 1.2.3",
        "Changes since 1.2.3",
        "Changes in demo since 1.2.3",
        "Migrating from 1.2.3 to 1.2.4",
        "1.2.4 (follows 1.2.3)",
        "1.2.2 → 1.2.3",
        "1.2.2 1.2.3",
        "demo 1.2.4, zlib 1.2.3",
        "1.2.3, zlib 1.2.4",
        "Not 1.2.3",
        "Before 1.2.3",
        "Fixed in 1.2.3",
        "Fixed: 1.2.3",
        "Removed in version 1.2.3",
        "Requires demo 1.2.3",
        "Will be in 1.2.3 maybe",
        "1.2.3 is broken",
        "1.2.3 and earlier",
        "1.2.3. Also fixed",
        "title: 1.2.3",
        "[1.2.3]: https://example.com",
        "[1.2.3]: <CHANGES.md> and more",
        "a b 1.2.3",
        "Vendored zlib 1.2.3",
        "A B C 1.2.3",
    ];
    for title in titles {
        assert!(!names(title, "1.2.3"), "{title}");
    }
}

#[test]
fn a_remark_in_brackets_does_not_make_it_another_version() {
    for title in ["v1.2.3 (release candidate)", "1.2.3 (beta)", "1.2.3 [Developer Preview] 2026-01-02"] {
        let text = format!("# Changes\n\n## {title}\n\n- x\n\n## 1.2.2\n\n- y\n");
        assert_eq!(markdown(&text), Entry::Mentioned { line: 3 }, "{title}");
    }
    for title in ["1.2.3 (rc 1)", "1.2.3 beta", "1.2.3 (beta 2)", "1.2.3-rc.1"] {
        assert_eq!(markdown(&format!("## {title}\n\n- x\n\n## 1.2.2\n\n- y\n")), Entry::Missing, "{title}");
    }
}

#[test]
fn the_mark_of_a_prerelease_may_be_words_of_its_own() {
    let cases = [
        ("1.2.3 beta", "1.2.3-beta"),
        ("1.2.3 (beta)", "1.2.3-beta"),
        ("v1.2.3 Beta - 2026-01-02", "1.2.3-beta"),
        ("demo 1.2.3 Beta 2 (2026-01-02)", "1.2.3-beta.2"),
        ("1.2.3 RC1", "1.2.3-rc.1"),
        ("1.2.3 Release Candidate 1", "1.2.3rc1"),
        ("1.2.3 beta 1", "1.2.3b1"),
        ("1.2.3.Final", "1.2.3"),
        ("1.2.3.RELEASE - 2026-01-02", "1.2.3"),
    ];
    for (title, version) in cases {
        assert!(names(title, version), "{title} {version}");
    }
    let others = [
        ("1.2.3 beta 2", "1.2.3-beta"),
        ("1.2.3 beta", "1.2.3-beta.2"),
        ("1.2.3 beta", "1.2.4-beta"),
        ("1.2.3 rc 12", "1.2.3-rc.1"),
        ("1.2.3 beta", "1.2.3+beta"),
        ("1.2.3 beta", "1.2.3-rc"),
        ("1.2.3.Finals", "1.2.3"),
        ("1.2.3.Final.1", "1.2.3"),
        ("1.2.3.CR1", "1.2.3"),
    ];
    for (title, version) in others {
        assert!(!names(title, version), "{title} {version}");
    }
    assert_eq!(find(Format::Markdown, "## 1.2.3\n\n- x\n", "1.2.3.Final", &[]), found(1));
}

#[test]
fn a_title_without_end_is_read() {
    for part in ["Release ", "1.2.3 ", "1.2.3-", "a-", "(", "v", "2026-", "Beta, ", "demo/"] {
        assert!(!names(&format!("1.2.3-{}", part.repeat(1 << 16)), "1.2.3"), "{part}");
        let _ = names(&format!("1.2.3 {}", part.repeat(1 << 16)), "1.2.3");
        let _ = names(&part.repeat(1 << 16), "1.2.3");
    }
}

#[test]
fn a_title_with_several_versions_is_the_entry_of_none() {
    for title in ["1.2.3 - 1.2.5", "1.2.3 and 1.2.4", "1.2.3, 1.2.4", "1.2.3 / 1.2.4", "1.2.3 to 1.2.5", "1.2.3–1.2.5"]
    {
        assert!(!names(title, "1.2.3"), "{title}");
    }
    assert!(!names("1.2.0 - 1.2.3", "1.2.3"));
}

#[test]
fn versions_of_other_shapes() {
    for (title, version) in [
        ("1.2.3-rc.1 (2026-01-02)", "1.2.3-rc.1"),
        ("demo-1.2.3-rc.1", "1.2.3-rc.1"),
        ("v1.2.3+build.5", "1.2.3+build.5"),
        ("2026.11.24", "2026.11.24"),
        ("2026-11-24", "2026-11-24"),
        ("2026.11", "2026.11"),
        ("Version 15", "15"),
        ("15 (2026-01-02)", "15"),
        ("1!2.0", "1!2.0"),
        ("r12", "r12"),
    ] {
        assert!(names(title, version), "{title}");
    }
    for (title, version) in [
        ("1.2.3", "1.2.3-rc.1"),
        ("1.2.3-rc.10", "1.2.3-rc.1"),
        ("1.2.3-RC.1", "1.2.3-rc.1"),
        ("1.2", "1.2.0"),
        ("1.2.0", "1.2"),
        ("2026-01-02", "2026"),
        ("14 January 2026", "14"),
        ("14 files changed", "14"),
        ("anything", ""),
    ] {
        assert!(!names(title, version), "{title}");
    }
}

fn markdown(text: &str) -> Entry {
    find(Format::Markdown, text, "1.2.3", &[])
}

fn rst(text: &str) -> Entry {
    find(Format::ReStructuredText, text, "1.2.3", &[])
}

fn plain(text: &str) -> Entry {
    find(Format::Plain, text, "1.2.3", &[])
}

const fn is_entry(entry: &Entry) -> bool {
    matches!(entry, Entry::Found { .. } | Entry::Empty { .. } | Entry::Unreleased { .. })
}

const fn mentioned(line: usize) -> Entry {
    Entry::Mentioned { line }
}

fn unreleased(line: usize, said: &str) -> Entry {
    Entry::Unreleased { line, said: said.to_owned() }
}

const fn found(line: usize) -> Entry {
    Entry::Found { line }
}

const fn empty(line: usize) -> Entry {
    Entry::Empty { line }
}

#[test]
fn markdown_headings() {
    assert_eq!(
        markdown("# Changelog\n\n## [1.2.3] - 2026-01-02\n\n### Added\n\n- x\n\n[1.2.3]: https://e.com\n"),
        found(3)
    );
    assert_eq!(markdown("Changelog\r\n===\r\n\r\n1.2.3\r\n-----\r\n\r\nText\r\n"), found(4));
    assert_eq!(markdown("<a name=\"1.2.3\"></a>\n## [1.2.3](https://e.com/1) (2026-01-02)\n* x\n"), found(2));
    assert_eq!(markdown("## <a id=x></a>`1.2.3` <small>January</small>\n\n> x\n"), found(1));
    assert_eq!(markdown("## ![badge](b.svg) **1.2.3**<br>Title\n\n    code\n"), found(1));
    assert_eq!(markdown("## 1\\.2.3 #\nx\n"), found(1));
    assert_eq!(markdown("---\ntitle: x\n---\n# 1.2.3\nx"), found(4));
}

#[test]
fn what_a_markdown_parser_does_not_take_for_a_heading() {
    for text in [
        "```\n## 1.2.3\n- x\n```\n",
        "~~~~ md\n## 1.2.3\n~~~\n- x\n",
        "    ## 1.2.3\n    - x\n",
        "<!--\n## 1.2.3\n- x\n-->\n",
        "<div>\n## 1.2.3\n- x\n</div>\n",
        "[1.2.3]: https://e.com\n\n- x\n",
        "- x\n  ## 1.2.3\n  x\n",
        "> ## 1.2.3\n> x\n",
        "#1.2.3\nx\n",
        "- 1.2.3\n- x\n",
        "1.2.3\n\n- x\n",
        "\\## 1.2.3\n\n- x\n",
        "## Unreleased\n\n- Will be in 1.2.3 maybe\n",
        "---\nversion: 1.2.3\n---\nx\n",
        "## 1.2.3<b>-rc1</b>\nx\n",
        "## 1.2.3&#8203;\nx\n",
        "## 1.2.3\0\nx\n",
        "## ~~1.2.3~~\nx\n",
    ] {
        assert!(!is_entry(&markdown(text)), "{text}");
    }
}

#[test]
fn an_entry_needs_words_of_its_own() {
    for body in [
        "",
        "\n\n",
        "### Added\n\n### Fixed\n",
        "<!-- write here -->\n",
        "<!--\n- write here\n-->\n<p></p>\n",
        "[1.2.3]: https://e.com\n",
        "---\n***\n",
        "-\n-\n",
        "- \u{200b}\n\u{3164}\n",
        "...\n",
        "<a name=\"1.2.2\"></a>\n",
        "Released 2026-11-29\n",
        "_2026-11-29_\n",
        "**Release date:** Sunday, November 29th, 2026\n",
        "(29 Nov. 2026)\n",
        "- 2026-11-29T12:30:00Z\n",
    ] {
        let text = format!("# C\n\n## 1.2.3\n{body}\n## 1.2.2\n\n- x\n");
        assert_eq!(markdown(&text), empty(3), "{body}");
    }
    for body in ["Released 2026-11-29 with a fix\n", "2026\n", "May 2\n", "_2026-11-29_\n\n- x\n"] {
        let text = format!("# C\n\n## 1.2.3\n{body}\n## 1.2.2\n\n- x\n");
        assert_eq!(markdown(&text), found(3), "{body}");
    }
    assert_eq!(rst("1.2.3\n-----\n\n*2026-11-29*\n\n1.2.2\n-----\n\n- x\n"), empty(1));
    assert_eq!(plain("1.2.3\n=====\nReleased on 2026-11-29\n\n1.2.2\n=====\n- x\n"), empty(1));
    assert_eq!(markdown("## 1.2.3\n\n<p>x</p>\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n\n```\nx\n```\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n## 1.2.2\nx\n## 1.2.3\nx\n"), found(4));
    assert_eq!(markdown("## 1.2.3\n## 1.2.2\nx\n## 1.2.3\n"), empty(1));
}

#[test]
fn an_entry_ends_at_a_heading_of_its_level_or_of_another_version() {
    assert_eq!(markdown("### 1.2.3\n## Older\nx\n"), empty(1));
    assert_eq!(markdown("## 1.2.3\n### 1.2.2 (2026-01-02)\n- x\n"), empty(1));
    assert_eq!(markdown("## 1.2.3\n### Python 3.15\n- x\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n## What's Changed\n- x\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n## What's Changed\n## 1.2.2\n## Fixed\n- x\n"), empty(1));
    assert_eq!(markdown("## 1.2.3\n# Fixed\n- x\n"), empty(1));
    assert_eq!(markdown("## 2.0.0\n### zlib 1.2.3\nx\n"), Entry::Missing);
    assert_eq!(markdown("# Demo 1\n## 2.0.0\nx\n## demo 1.2.3\nx\n"), found(4));
    assert_eq!(markdown("# 2.0.0\nx\n### 1.2.3\nx\n"), found(3));
}

#[test]
fn rst_titles() {
    assert_eq!(rst("Changes\n=======\n\n1.2.3 (2026-01-02)\n------------------\n\n* x\n"), found(4));
    assert_eq!(rst("=====\n1.2.3\n=====\nx\n"), found(1));
    assert_eq!(rst("=========\n  1.2.3  \n=========\nx\n"), found(1));
    assert_eq!(rst(".. _v1.2.3:\n\nVersion 1.2.3\n~~~~~\n\n.. note:: x\n"), found(3));
    assert_eq!(rst("1.2.3\n-----\n\nAdded\n+++++\n\n- x\n"), found(1));
    assert_eq!(rst("- x\n\n  y\n1.2.3\n-----\n:issue:`12`\n"), found(4));
}

#[test]
fn an_rst_file_without_titles_is_plain_text() {
    assert_eq!(rst("1.2.4 (2026-01-03)\n\n- y\n\n1.2.3 (2026-01-02)\n\n- x\n"), found(5));
    assert!(!is_entry(&rst("Code::\n\n  1.2.3\n\n  x\n\n.. 1.2.3\n\n- x\n")));
}

#[test]
fn what_is_no_rst_title() {
    for text in [
        "1.2.3\n\n- x\n",
        "1.2.3\n---\n\n- x\n",
        "Demo 1.2.3\n---\n\n- x\n",
        "1.2.3\n-=-=-\n\n- x\n",
        "See\n1.2.3\n-----\n\n- x\n",
        "1. x\n1.2.3\n-----\n\n- x\n",
        "See\n.. note::\n- y\n1.2.3\n-----\n\n- x\n",
        "Code::\n\n  1.2.3\n  -----\n\n  x\n",
        "..\n  1.2.3\n  -----\n  x\n",
        ".. 1.2.3\n\n- x\n",
        ".. _1.2.3: https://e.com\n\n- x\n",
        "* 1.2.3\n-------\n\nx\n",
        "=====\n1.2.3\n-----\nx",
    ] {
        let text = format!("Log\n===\n\n{text}");
        assert!(!is_entry(&rst(&text)), "{text}");
    }
}

#[test]
fn an_rst_entry_needs_words_of_its_own() {
    for body in [
        "\n",
        "Added\n~~~~~\n",
        ".. a comment\n   that goes on\n",
        ".. _target:\n\n__ anonymous\n",
        ".. contents::\n   :depth: 2\n",
        ":date: 2026-01-02\n",
        "----\n",
    ] {
        let text = format!("Log\n===\n\n1.2.3\n-----\n\n{body}\n1.2.2\n-----\n\n* x\n");
        assert_eq!(rst(&text), empty(4), "{body}");
    }
}

#[test]
fn plain_entries() {
    assert_eq!(plain("Changes\n=======\n\n1.2.3 (2026-01-02)\n------------------\n\n* x\n"), found(4));
    assert_eq!(plain("2.0\n * y\n1.2.3\n * x\n"), found(3));
    assert_eq!(plain("Version 1.2.3\n\n  x\n"), found(1));
    assert_eq!(plain("v1.2.4\n1. y\n2. z\nv1.2.3\n1. x\n"), found(4));
    assert_eq!(plain("1.2.4 - y\n1.2.3 - x\n1.2.2 - z\n"), found(2));
    assert_eq!(plain("v1.2.3, 2026-01-02 -- Initial release.\n"), found(1));
    assert_eq!(plain("# Changelog\n\n## 1.2.3\n\n- x\n"), found(3));
    assert_eq!(plain("=== 1.2.3 / 2026-01-02 ===\n\n* x\n"), found(1));
    assert_eq!(
        plain("GNU demo NEWS\n\n* Noteworthy changes in release 1.2.3 (2026-01-02) [stable]\n\n** x\n"),
        found(3)
    );
}

#[test]
fn what_is_no_plain_entry() {
    for text in [
        "1.2.30\n\n x\n",
        " 1.2.3\n\n x\n",
        "[1.2.3]: https://e.com\n\n x\n",
        "A regression of\n1.2.3\nwas fixed\n",
        "```\n1.2.3\n\n x\n```\n",
        "<!--\n1.2.3\n\n x\n-->\n",
        "* 1.2.3\n* x\n",
        "Versions\n\n- 1.2.3: x\n",
        "- x\n- 1.2.3: x\n",
        "- 1.2.3\n- x\n",
        "* Demo 1.2.3\n* x\n",
        "1.2.3 users are not affected\n\n x\n",
    ] {
        assert!(!is_entry(&plain(text)), "{text}");
    }
}

#[test]
fn a_plain_entry_needs_words_of_its_own() {
    for body in ["", "\nAdded\n-----\n", "\n---\n", "\n<!-- x -->\n", "\n[x]: https://e.com\n", "\n## Added\n"] {
        assert_eq!(plain(&format!("1.2.3 (January 2026)\n{body}\n1.2.2\n\n- x\n")), empty(1), "{body}");
    }
    assert_eq!(plain("1.2.3 - released 2026-01-02\n1.2.2 - x\n"), empty(1));
}

#[test]
fn the_version_is_taken_as_given_but_for_a_v() {
    assert_eq!(find(Format::Markdown, "## 1.2.3\nx\n", "v1.2.3", &[]), found(1));
    assert_eq!(find(Format::Markdown, "## v1.2.3\nx\n", "1.2.3", &[]), found(1));
    assert!(!is_entry(&find(Format::Markdown, "##\nx\n", "", &[])));
}

#[test]
fn another_package_of_the_changelog_is_another_matter() {
    let shared = "## demo-core 1.2.3\n\n- x\n\n## demo 1.2.2\n\n- y\n";
    let single = "## Some Title 1.2.3\n\n- x\n";
    let cases = [
        (shared, "demo", Entry::Missing),
        (shared, "@scope/demo", Entry::Missing),
        (shared, "Demo.Core", found(1)),
        (shared, "else", found(1)),
        (single, "demo", found(1)),
        ("## demo-core@1.2.3\n\n- x\n\n## demo@1.2.2\n\n- y\n", "demo", Entry::Missing),
        ("## 1.2.3\n\n- x\n\n## demo 1.2.2\n\n- y\n", "demo", found(1)),
    ];
    let scoped = [
        ("## @other/demo@1.2.3\n\n- x\n\n## @scope/demo@1.2.2\n\n- y\n", "@scope/demo", Entry::Missing),
        ("## demo@1.2.3\n\n- x\n\n## @scope/demo@1.2.2\n\n- y\n", "@scope/demo", found(1)),
    ];
    for (text, own, expected) in cases.into_iter().chain(scoped) {
        assert_eq!(find(Format::Markdown, text, "1.2.3", &[own]), expected, "{own}: {text}");
    }
}

#[test]
fn names_of_changelogs() {
    let names =
        ["news", "CHANGES.rst", "README.md", "Changelog", "CHANGELOG.md", "history.txt", "CHANGELOG.md.bak", "NEWS."];
    let ranked = candidates(names.map(String::from));
    assert_eq!(ranked, ["CHANGELOG.md", "Changelog", "CHANGES.rst", "history.txt", "news"]);
    assert_eq!(Format::of("docs/CHANGES.MD"), Format::Markdown);
    assert_eq!(Format::of("NEWS.rst"), Format::ReStructuredText);
    assert_eq!(Format::of("NEWS"), Format::Plain);
}

#[test]
fn an_entry_beyond_the_first_windows_has_its_line() {
    let filler = "## 9.9.9\n\n- x\n\n```\n## 1.2.3\n```\n\n".repeat(10_000);
    assert_eq!(markdown(&format!("{filler}## 1.2.3\n\n- x\n")), found(10_000 * 8 + 1));
    assert_eq!(markdown(&format!("````\n{filler}\n## 1.2.3\n\n- x\n")), Entry::NotUnderstood);
}

#[test]
fn a_block_without_end_is_unproven() {
    let text = format!("# C\n\n```\n{}```\n\n## 1.2.3\n\n- x\n", "x\n".repeat(3 << 20));
    assert_eq!(markdown(&text), Entry::Unproven("the block at line 3 is too large to be parsed".to_owned()));
    let text = format!("# 1.2.4\n\n{}\n\n# 1.2.3\n\n- x\n", "[".repeat(3 << 20));
    assert_eq!(markdown(&text), Entry::Unproven("the block at line 1 is too large to be parsed".to_owned()));
    assert_eq!(markdown(&format!("# 1.2.3\n\nx\n\n{text}")), found(1));
}

#[test]
fn a_title_may_say_that_the_version_is_not_released() {
    let titles = [
        "[1.2.3] - Unreleased",
        "1.2.3 (unreleased)",
        "1.2.3 (in development)",
        "1.2.3 - not yet released",
        "1.2.3 (TBA)",
        "1.2.3 - TBD",
        "1.2.3 (YYYY-MM-DD)",
        "1.2.3 - 20XX-XX-XX",
        "1.2.3 - 2019-XX-XX",
        "1.2.3 (2019/xx/xx)",
        "1.2.3 (2026-01-XX)",
        "1.2.3 - XX.XX.2019",
        "1.2.3 [2019-MM-DD]",
        "1.2.3 (????-??-??)",
        "1.2.3 (dev)",
        "Unreleased (1.2.3)",
        "Unreleased: 1.2.3",
        "Upcoming 1.2.3",
    ];
    for title in titles {
        assert_eq!(markdown(&format!("## {title}\n\n- x\n\n## 1.2.2\n\n- y\n")), unreleased(1, title), "{title}");
        assert_eq!(plain(&format!("{title}\n\n- x\n")), unreleased(1, title), "{title}");
    }
    for title in ["1.2.3 - Upcoming releases are signed", "1.2.3 - Development of Windows", "1.2.3 (next-gen parser)"] {
        assert_eq!(markdown(&format!("## {title}\n\n- x\n")), found(1), "{title}");
    }
    assert_eq!(markdown("## 1.2.3 - Unreleased\n- x\n## 1.2.3 - 2026-01-02\n- x\n"), found(3));
}

#[test]
fn an_entry_with_nothing_but_a_stand_in_is_not_written() {
    for body in ["TBD", "_No changes._", "- Nothing yet", "* Nothing changed yet.", "(none)", "N/A", "Work in progress"]
    {
        let said = body;
        let text = format!("Log\n===\n\n1.2.3\n-----\n\n{body}\n\n1.2.2\n-----\n\n* x\n");
        assert!(matches!(markdown(&text), Entry::Unreleased { line: 4, .. }), "{said}");
        assert_eq!(plain(&text), unreleased(4, said));
        assert_eq!(rst(&text), unreleased(4, said));
    }
    assert_eq!(markdown("## 1.2.3\n\n### Added\n\n- TBD\n- TODO\n\n## 1.2.2\n"), unreleased(1, "TBD"));
    assert_eq!(markdown("## 1.2.3\n\n### Added\n\n- none\n\n### Fixed\n\n- x\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n\n_Not released yet._\n\n- x\n"), unreleased(1, "Not released yet."));
    assert_eq!(markdown("## 1.2.3\n\nNo significant changes.\n"), found(1));
}

#[test]
fn a_heading_without_a_version_belongs_to_the_entry() {
    assert_eq!(markdown("### [1.2.3](u) (2026-01-02)\n\n### Performance Improvements\n\n* x\n"), found(1));
    assert_eq!(markdown("# v1.2.3\n\n# General\n\n- x\n"), found(1));
    assert_eq!(rst("1.2.3\n=====\n\nGeneral\n=======\n\n- x\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n\n### 1. Bug fixes\n\n- x\n"), found(1));
    assert_eq!(markdown("## 1.2.3\n\n## Unreleased\n\n- x\n"), empty(1));
    assert_eq!(markdown("## 1.2.3\n\n## License\n\nMIT\n"), empty(1));
    assert_eq!(markdown("## 1.2.3\n\n## Older releases\n\n- x\n"), empty(1));
    assert_eq!(markdown("# v1.2.4\n# General\n## zlib 1.2.3\nx\n"), Entry::Missing);
}

#[test]
fn a_section_of_another_package_is_another_matter() {
    let text = "# pkg-a\n\n## 1.2.3\n\n- x\n\n# pkg-b\n\n## 1.2.2\n\n- y\n";
    assert_eq!(find(Format::Markdown, text, "1.2.3", &["pkg-b"]), Entry::Missing);
    assert_eq!(find(Format::Markdown, text, "1.2.3", &["pkg-a"]), found(3));
    assert_eq!(find(Format::Markdown, text, "1.2.3", &["else"]), found(3));
    let titled = "# pkg-b changelog\n\n## Series 1\n\n### 1.2.3\n\n- x\n";
    assert_eq!(find(Format::Markdown, titled, "1.2.3", &["pkg-b"]), found(5));
    let text = "pkg-a\n=====\n\n1.2.3\n-----\n\n- x\n\npkg-b\n=====\n\n1.2.2\n-----\n\n- y\n";
    assert_eq!(find(Format::ReStructuredText, text, "1.2.3", &["pkg-b"]), Entry::Missing);
}

#[test]
fn hidden_text_is_none() {
    for text in [
        "<div hidden>\n\n## 1.2.3\n\n- x\n\n</div>\n\n## 1.2.2\n\n- y\n",
        "<div hidden>\n## 1.2.3\n- x\n</div>\n\n## 1.2.2\n\n- y\n",
        "<div style=\"display: none\"><div>\n\n</div>\n\n## 1.2.3\n\n- x\n\n</div>\n\n## 1.2.2\n\n- y\n",
        "<!--\n\n## 1.2.3\n\n- x\n\n-->\n\n## 1.2.2\n\n- y\n",
        "## <span hidden>1.2.3</span>\n\n- x\n\n## 1.2.2\n\n- y\n",
    ] {
        assert_eq!(markdown(text), Entry::Missing, "{text}");
    }
    assert_eq!(markdown("## 1.2.3\n\n<p hidden>x</p>\n\n<span hidden>x</span>\n\n## 1.2.2\n"), empty(1));
    assert_eq!(markdown("<details><summary>All</summary>\n\n## 1.2.3\n\n- x\n\n</details>\n"), found(3));
    assert_eq!(markdown("<div aria-hidden=\"true\">\n\n</div>\n\n## 1.2.3\n\n- x\n"), found(5));
}

#[test]
fn a_paragraph_with_its_day_is_an_entry_of_markdown() {
    let text = "v1.2.4 - January 3, 2026\n\n* y\n\nv1.2.3 - January 2, 2026\n\n* x\n";
    assert_eq!(markdown(text), found(5));
    assert_eq!(markdown("v1.2.3 - January 2, 2026\n\nv1.2.2 - January 1, 2026\n\n* x\n"), empty(1));
    assert_eq!(markdown("# Log\n\n**1.2.3**\n\n- x\n"), found(3));
    assert_eq!(markdown("Latest:\n\n1.2.3\n\nx\n"), mentioned(3));
    assert_eq!(markdown("## 1.2.4\n\nv1.2.3 - January 2, 2026\n\n* x\n"), mentioned(3));
}

#[test]
fn a_span_of_changes_is_the_entry_of_its_end() {
    assert_eq!(plain("CHANGES FROM 1.2.3 TO 1.2.4\n\n* y\n\nCHANGES FROM 1.2.2 TO 1.2.3\n\n* x\n"), found(5));
    assert_eq!(markdown("### Changes between 1.2.2 and 1.2.3 [2 Jan 2026]\n\n* x\n"), found(1));
    assert_eq!(plain("CHANGES FROM 1.2.3 TO 1.2.4\n\n* y\n"), mentioned(1));
}

#[test]
fn a_version_that_stands_elsewhere_is_mentioned() {
    for (text, line) in [
        ("## 1.2.4\n\n- 1.2.3: x\n", 3),
        ("## 1.2.4\n\n- y\n- broken\n  since v1.2.3.\n", 5),
        ("# Log\n\n> ## 1.2.3\n> x\n", 3),
        ("#1.2.3\nx\n", 1),
        ("| Version | Text |\n|---|---|\n| 1.2.3 | x |\n", 3),
        ("<h2>1.2.3</h2>\n<p>x</p>\n", 1),
        ("## 1.2.2, 1.2.3\n\n- x\n", 1),
    ] {
        assert_eq!(markdown(text), mentioned(line), "{text}");
    }
    for text in ["11.2.3", "1.2.30", "1.2.3-rc1", "1.2.3 rc 1", "1.2.3.4", "~1.2.3", ">=1.2.3", "0.9-1.2.3", "1.2.3+b"]
    {
        assert_eq!(markdown(&format!("## 1.2.4\n\n- {text}\n")), Entry::Missing, "{text}");
    }
    assert_eq!(find(Format::Markdown, "## 1.2\n\n- x\n", "1.2.0", &[]), mentioned(1));
    assert_eq!(find(Format::Markdown, "## 1.2.0\n\n- x\n", "1.2", &[]), mentioned(1));
    assert_eq!(find(Format::Markdown, "## 14\n\n- 15 files\n", "15", &[]), mentioned(3));
    assert_eq!(find(Format::Markdown, "## 14\n\n- of 15 files\n", "15", &[]), Entry::Missing);
}

#[test]
fn what_has_no_entry_that_was_understood_is_not_said_to_lack_one() {
    assert_eq!(markdown("# Log\n\nAll is new.\n"), Entry::NotUnderstood);
    assert_eq!(
        markdown("# Log\n\nSee the [releases](https://e.com/demo/releases) page.\n"),
        Entry::Elsewhere { line: 3 }
    );
    assert_eq!(rst("See `NEWS <https://e.com>`_.\n"), Entry::Elsewhere { line: 1 });
    assert_eq!(markdown("# Log\n\n## Unreleased\n\n- x\n"), Entry::Missing);
    assert_eq!(markdown(""), Entry::Missing);
}

#[test]
fn debian_changelogs() {
    let of = |version: &str, suite: &str, body: &str| {
        format!(
            "demo ({version}) {suite}; urgency=medium\n\n{body} -- Jane <j@e.com>  Sat, 28 Nov 2026 10:00:00 +0000\n\n\
             demo (1.2.2-1) unstable; urgency=low\n\n  * y\n\n -- Jane <j@e.com>  Fri, 27 Nov 2026 10:00:00 +0000\n"
        )
    };
    for version in ["1.2.3", "1.2.3-1", "1:1.2.3-1ubuntu2", "1.2.3+dfsg-1"] {
        assert_eq!(plain(&of(version, "unstable", "  * x\n\n")), found(1), "{version}");
    }
    assert_eq!(plain(&of("1.2.3", "unstable", "")), empty(1));
    assert!(matches!(plain(&of("1.2.3", "UNRELEASED", "  * x\n\n")), Entry::Unreleased { line: 1, .. }));
    let candidate = of("1.2.3~rc1-1", "unstable", "  * x\n\n");
    assert_eq!(plain(&candidate), Entry::Missing);
    for version in ["1.2.3-rc1", "1.2.3rc1", "1.2.3-rc.1"] {
        assert_eq!(find(Format::Plain, &candidate, version, &[]), found(1), "{version}");
    }
    assert_eq!(find(Format::Plain, &of("1.2.3-11", "unstable", "  * x\n"), "1.2.31", &[]), Entry::Missing);
}

#[test]
fn rpm_changelogs() {
    let entries =
        "* Sat Nov 28 2026 Jane Smith <j@e.com> - 1.2.3-1\n- x\n\n* Fri Nov 27 2026 Jane <j@e.com> 1.2.2-1\n- y\n";
    assert_eq!(plain(entries), found(1));
    assert_eq!(find(Format::Plain, entries, "1.2.2", &[]), found(4));
    let spec = format!("Name: demo\nVersion: 1.2.4\n\n%description\nx\n\n%changelog\n{entries}");
    assert_eq!(plain(&spec), found(8));
    assert_eq!(find(Format::Plain, &spec, "1.2.4", &[]), Entry::Missing);
    assert_eq!(
        plain("* Sat Nov 28 2026 Jane <j@e.com> - 1.2.3-1\n\n* Fri Nov 27 2026 Jane <j@e.com>\n- y\n"),
        empty(1)
    );
}

#[test]
fn asciidoc_titles() {
    let asciidoc = |text: &str| find(Format::AsciiDoc, text, "1.2.3", &[]);
    assert_eq!(asciidoc("= Log\n:toc:\n\n// x\n== 1.2.3 (2026-01-02)\n\n.Fixed\n* x\n\n== 1.2.2\n"), found(5));
    assert_eq!(asciidoc("Log\n===\n\n1.2.3\n-----\n\n* x\n"), found(4));
    assert_eq!(asciidoc("== 1.2.3\n\n////\n* x\n////\n\n[[a]]\n// x\n=== Fixed\n\n== 1.2.2\n\n* x\n"), empty(1));
    assert_eq!(asciidoc("////\n== 1.2.3\n\n* x\n////\n\n== 1.2.2\n\n* x\n"), Entry::Missing);
    assert_eq!(asciidoc("== 1.2.2\n\n----\n== 1.2.3\n----\n"), Entry::Missing);
    assert_eq!(asciidoc("== 1.2.2\n\n[comment]\n1.2.3\n\n* 1.2.3\n"), mentioned(6));
}

#[test]
fn org_headlines() {
    let org = |text: &str| find(Format::Org, text, "1.2.3", &[]);
    assert_eq!(org("#+TITLE: Log\n* 1.2.3 (2026-01-02)\n** Fixed\n   - x\n* 1.2.2\n"), found(2));
    assert_eq!(
        org("* 1.2.3\n# x\n:PROPERTIES:\n:A: x\n:END:\n#+begin_comment\nx\n#+end_comment\n* 1.2.2\nx\n"),
        empty(1)
    );
    assert_eq!(org("* 1.2.2\n#+begin_src sh\n* 1.2.3\n#+end_src\n"), Entry::Missing);
}

#[test]
fn a_file_named_after_the_version_needs_no_heading() {
    let of = |text: &str| find_in_file_of(Format::Markdown, text, "1.2.3");
    assert_eq!(of("# Fixed\n\n- x\n"), found(1));
    assert_eq!(of("# Demo 1.2.3\n\n- x\n"), found(1));
    assert_eq!(of("# Demo 1.2.3 (unreleased)\n\n- x\n"), unreleased(1, "Demo 1.2.3 (unreleased)"));
    assert_eq!(of("TBD\n"), unreleased(1, "TBD"));
    assert_eq!(of("<!-- x -->\n"), empty(1));
    let named = ["1.2.3.md", "v1.2.3.rst", "release-1.2.3.txt", "1.2.2.md", "1234.md", "README.md"];
    let expected = [(true, true), (true, true), (true, true), (true, false), (false, false), (false, false)];
    assert_eq!(named.map(|name| is_named_after(name, "1.2.3")), expected);
    let series = ["CHANGELOG-1.2.md", "CHANGELOG-1.x.md", "changes-1.txt", "CHANGELOG-1.1.md", "CHANGELOG.md"];
    assert_eq!(series.map(|name| is_of_series(name, "1.2.3")), [true, true, true, false, false]);
}

proptest! {
    #[test]
    fn neighbouring_versions_never_match(
        parts in prop::collection::vec(0u32..40, 2..4),
        put in prop::sample::select(vec!["{}0", "1{}", "0.{}", "{}.1", "{}-rc1", "{}rc1", "{}+b", "{}_1", "{} rc1", "~{}"]),
        around in prop::sample::select(vec!["{}", "v{}", "[{}]", "demo {}", "Version {}", "{} (2026-01-02)", "demo-{}"]),
    ) {
        let version = parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
        let title = around.replace("{}", &put.replace("{}", &version));
        for (format, text) in [
            (Format::Markdown, format!("# C\n\n## {title}\n\n- x\n")),
            (Format::ReStructuredText, format!("{title}\n{}\n\n- x\n", "-".repeat(80))),
            (Format::Plain, format!("{title}\n\n- x\n")),
        ] {
            prop_assert!(!is_entry(&find(format, &text, &version, &[])), "{}", text);
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "([#=*`<>!\\[\\]()v.\n 0-3-]|1\\.2\\.3|\\PC){0,200}") {
        for format in [Format::Markdown, Format::ReStructuredText, Format::Plain, Format::AsciiDoc, Format::Org] {
            let lines = text.lines().count().max(1);
            let entry = find(format, &text, "1.2.3", &[]);
            if let Entry::Found { line } | Entry::Empty { line } = entry {
                prop_assert!((1..=lines).contains(&line));
            }
        }
    }
}

#[test]
fn a_name_in_quotes_is_what_the_release_is_called() {
    for name in ["\"Future\"", "'Next'", "“Draft”", "«Pending»"] {
        assert_eq!(markdown(&format!("## 1.2.3 {name}\n\n- Fixed.\n")), Entry::Found { line: 1 }, "{name}");
    }
    assert!(matches!(markdown("## 1.2.3 Future\n\n- Fixed.\n"), Entry::Unreleased { .. }));
}

#[test]
fn whoever_finds_an_entry_of_one_version_finds_one_of_any() {
    let dashes = ["# 1.2.3- x\n\n- y\n", "# 1.2.3-- x\ny\n", "# 1.2.3- 2026-01-02\ny\n", "# 1.2.3.Final- x\ny\n"];
    for text in ["## ![badge](b.svg) **1.2.3**<br>Title\n\n    code\n", "# 1.2.3 Title\nx\n"].into_iter().chain(dashes)
    {
        assert_eq!(markdown(text), found(1), "{text}");
        assert!(has_entries(Format::Markdown, text), "{text}");
    }
    // The number of a section is no version.
    assert!(!has_entries(Format::Markdown, "# 1 Title\nx\n"));
    assert_eq!(find(Format::Markdown, "# 5\n# 1.2.3 Title\nx\n", "5", &[]), Entry::Empty { line: 1 });
}
