//! `[dependency-groups]` (PEP 735).

use std::collections::BTreeMap;

use super::declared::{At, Declared, normalized};
use crate::ecosystems::Scope;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::{Entry, Node};

/// An `include-group` item: the group that has it, the group that it names, and its place.
struct Include<'t> {
    from: usize,
    to: String,
    node: &'t Node<'t>,
}

/// Reads the groups. Each requirement counts once, in the group that has it; includes must lead somewhere and end.
pub(super) fn read<'t>(decoder: &mut Decoder<'_>, table: Fields<'t>) -> Vec<Declared> {
    let mut declared = Vec::new();
    let mut names = BTreeMap::new();
    let mut includes = Vec::new();
    for (index, Entry { key, span, value }) in table.entries().iter().enumerate() {
        let name = key.as_ref();
        if names.insert(normalized(name), index).is_some() {
            decoder.problem(span, format!("there is another group named `{name}`"), "rename one");
        }
        for item in decoder.list(value, name).unwrap_or_default() {
            if let Some(text) = item.text() {
                let (path, line) = (decoder.path().to_owned(), Some(decoder.line(&item.span)));
                declared.push(Declared::parse(text, At { scope: Scope::Dev, group: name.to_owned(), path, line }));
            } else if let Some(to) = included(decoder, item) {
                includes.push(Include { from: index, to: normalized(to), node: item });
            }
        }
    }
    check(decoder, &names, &includes);
    declared
}

fn included<'t>(decoder: &mut Decoder<'_>, item: &'t Node<'t>) -> Option<&'t str> {
    let table = decoder.table(item, "a group's item")?;
    let name = decoder.text_at(table, "include-group");
    if name.is_none() || table.entries().len() != 1 {
        decoder.problem(&item.span, "this is not an `include-group`", "write {include-group = \"NAME\"}");
    }
    name
}

/// Takes away groups that include nothing that is left; what remains includes itself.
fn check(decoder: &mut Decoder<'_>, names: &BTreeMap<String, usize>, includes: &[Include<'_>]) {
    let mut left = vec![0usize; names.len().max(includes.iter().map(|one| one.from + 1).max().unwrap_or(0))];
    let mut users: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for one in includes {
        match names.get(&one.to) {
            Some(to) => {
                left[one.from] += 1;
                users.entry(*to).or_default().push(one.from);
            }
            None => {
                decoder.problem(&one.node.span, format!("there is no group `{}`", one.to), "name a group of this table")
            }
        }
    }
    let mut done: Vec<usize> = (0..left.len()).filter(|index| left[*index] == 0).collect();
    while let Some(index) = done.pop() {
        for user in users.get(&index).into_iter().flatten() {
            left[*user] -= 1;
            if left[*user] == 0 {
                done.push(*user);
            }
        }
    }
    if let Some(one) =
        includes.iter().find(|one| left[one.from] > 0 && names.get(&one.to).is_some_and(|to| left[*to] > 0))
    {
        decoder.problem(&one.node.span, "this group includes itself", "remove one of the includes");
    }
}
