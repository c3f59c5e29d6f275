//! README.md and ARCHITECTURE.md name files, tests and targets of the Makefile that exist.

use crate::tree::{files, is_there, names, text};
use tests::{Result, Trouble};

/// The pages that are checked.
const PAGES: &[&str] = &["ARCHITECTURE.md", "README.md"];

/// The folders with the tests of a target, for `target::test`.
const TARGETS: &[(&str, &[&str])] = &[
    ("architecture", &["tests/architecture"]),
    ("clients", &["tests/clients"]),
    ("contract", &["tasks/contract/src"]),
    ("contracts", &["tests/contracts"]),
    ("end_to_end", &["tests/end_to_end"]),
    ("engine", &["engine/src"]),
    ("growth", &["tests/growth"]),
    ("laws", &["tests/laws"]),
    ("policy", &["tests/policy"]),
    ("tasks", &["tasks/src"]),
];

/// Starts of paths that are in no checkout: files that `make` builds, and other machines.
const ELSEWHERE: &[&str] = &["target/", "http://", "https://", "/", "~/", "../"];

#[test]
fn every_file_that_the_pages_name_exists() -> Result<()> {
    let mut wrong = Vec::new();
    for page in PAGES {
        for path in code(&lines(&read(page)?, false).join("\n")).into_iter().filter(|span| is_path(span)) {
            if !found(path)? {
                wrong.push(format!("{page} names `{path}`, which does not exist"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_test_that_the_pages_name_exists() -> Result<()> {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for page in PAGES {
        let page_text = lines(&read(page)?, false).join("\n");
        for (target, test) in code(&page_text).into_iter().filter_map(test_of) {
            count += 1;
            if !is_test(target, test)? {
                wrong.push(format!("{page} names `{target}::{test}`, and there is no such test"));
            }
        }
    }
    assert!(
        count > 0,
        "ARCHITECTURE.md names no test: each invariant is kept by one, written `target::test`"
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// An invariant is a row of a table below a heading that speaks of invariants; its last cell names its tests.
#[test]
fn every_invariant_names_the_test_that_keeps_it() -> Result<()> {
    let page = read("ARCHITECTURE.md")?;
    let (mut wrong, mut rows, mut inside) = (Vec::new(), 0, false);
    for (n, line) in page.lines().enumerate() {
        if line.starts_with('#') {
            inside = line.to_lowercase().contains("invariant");
        }
        let is_rule = line.chars().all(|c| "|-: ".contains(c));
        let next_is_rule =
            page.lines().nth(n + 1).is_some_and(|line| line.starts_with("|-") || line.starts_with("| -"));
        if !inside || !line.starts_with('|') || is_rule || next_is_rule {
            continue;
        }
        rows += 1;
        let cell = line.trim_end().trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        if code(cell).into_iter().filter_map(test_of).next().is_none() {
            wrong.push(format!("ARCHITECTURE.md:{}: the last cell names no test: {line}", n + 1));
        }
    }
    assert!(rows > 0, "ARCHITECTURE.md has no table of invariants");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_make_target_that_the_pages_name_exists() -> Result<()> {
    let makefile = text("Makefile")?;
    let mut wrong = Vec::new();
    for page in PAGES {
        let page_text = read(page)?;
        let commands =
            lines(&page_text, true).into_iter().flat_map(|line| line.trim_start_matches("$ ").split("&&"));
        for command in commands.chain(code(&lines(&page_text, false).join("\n"))) {
            let Some(words) = command.trim().strip_prefix("make ") else { continue };
            let is_target = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            for target in words.split_whitespace().take_while(is_target) {
                if !makefile.lines().any(|line| line.starts_with(&format!("{target}:"))) {
                    wrong.push(format!("{page} says `make {words}`, and the Makefile has no `{target}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

fn read(page: &str) -> Result<String> {
    if is_there(page) { text(page) } else { Err(Trouble(format!("{page} is missing"))) }
}

/// The lines of a page inside of ``` blocks, or outside.
fn lines(page: &str, inside: bool) -> Vec<&str> {
    let (mut fenced, mut lines) = (false, Vec::new());
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced == inside {
            lines.push(line);
        }
    }
    lines
}

/// The texts between backticks outside of ``` blocks, and the targets of links.
fn code(text: &str) -> Vec<&str> {
    let spans = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    spans.chain(links.filter(|link| !link.starts_with('#'))).collect()
}

/// `tests/laws/main.rs`, `statemachines/*/rules/`; not `a / b`, `lambda:invoke` or `application/json`.
fn is_path(span: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "._-/*{},".contains(c);
    span.contains('/')
        && span.chars().all(letters)
        && !ELSEWHERE.iter().any(|start| span.starts_with(start))
        && !span.starts_with("application/")
}

/// Whether a path, with `*` for any name, exists: from the root, from a response's folder or from a package.
fn found(path: &str) -> Result<bool> {
    let workflows = names("statemachines")?.into_iter().map(|name| format!("statemachines/{name}"));
    let packages =
        ["", "engine/src/", "tasks/", "tasks/src/", "tasks/src/kinds/", "tests/"].map(str::to_owned);
    for base in packages.into_iter().chain(workflows) {
        if matches(&base, path.trim_end_matches('/'))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether there is a file or a folder of that pattern below a folder.
fn matches(folder: &str, pattern: &str) -> Result<bool> {
    let (first, rest) = pattern.split_once('/').map_or((pattern, None), |(first, rest)| (first, Some(rest)));
    let Some((before, after)) = first.split_once('*') else {
        let path = format!("{folder}{first}");
        return Ok(is_there(&path) && rest.map_or(Ok(true), |rest| matches(&(path + "/"), rest))?);
    };
    for name in names(&format!("./{folder}"))? {
        let name = name.trim_end_matches('/');
        let fits =
            name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after);
        if fits && rest.map_or(Ok(true), |rest| matches(&format!("{folder}{name}/"), rest))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `target::test` as its two halves.
fn test_of(span: &str) -> Option<(&str, &str)> {
    let (target, test) = span.split_once("::")?;
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let known = TARGETS.iter().any(|(name, _)| *name == target);
    (known && is_name(test) && test.contains('_')).then_some((target, test))
}

/// Whether one of a target's files has a test of that name.
fn is_test(target: &str, test: &str) -> Result<bool> {
    let folders = TARGETS.iter().find(|(name, _)| *name == target).map_or(&[][..], |(_, folders)| folders);
    for folder in folders {
        for file in files(folder)?.iter().filter(|file| file.ends_with(".rs")) {
            let source = text(file)?;
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            let starts = |line: &str| line.contains(&format!("fn {test}("));
            let marked = |n: usize| {
                let above = lines
                    .iter()
                    .take(n)
                    .rev()
                    .take_while(|line| line.starts_with('#') || line.starts_with("//"));
                above.into_iter().any(|line| line.contains("test]") || line.contains("test("))
            };
            if lines.iter().enumerate().any(|(n, line)| starts(line) && marked(n)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
