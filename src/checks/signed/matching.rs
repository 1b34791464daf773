//! How many persons signed, each with a key of their own.

/// The most pairs of a person and a key in which nobody and no key is there twice.
pub(super) fn pairs<P: PartialEq, K: PartialEq>(signed: &[(P, K)]) -> usize {
    // Each claim is an edge; ways are looked for by which one more person finds a key.
    let mut by_key: Vec<(usize, usize)> = Vec::new();
    let mut persons: Vec<usize> = Vec::new();
    for index in 0..signed.len() {
        if persons.iter().all(|other| signed[*other].0 != signed[index].0) {
            persons.push(index);
        }
    }
    persons.into_iter().filter(|person| finds(signed, *person, &mut by_key, &mut Vec::new())).count()
}

/// Whether a person finds a key, be it that somebody else takes another. `by_key` has a claim of each key that is taken, and its
/// person's first claim.
fn finds<P: PartialEq, K: PartialEq>(
    signed: &[(P, K)],
    person: usize,
    by_key: &mut Vec<(usize, usize)>,
    seen: &mut Vec<usize>,
) -> bool {
    for (index, (other, key)) in signed.iter().enumerate() {
        if *other != signed[person].0 || seen.iter().any(|seen| signed[*seen].1 == *key) {
            continue;
        }
        seen.push(index);
        let taken = by_key.iter().position(|(claim, _)| signed[*claim].1 == *key);
        match taken {
            None => {
                by_key.push((index, person));
                return true;
            }
            Some(at) => {
                let holder = by_key[at].1;
                if finds(signed, holder, by_key, seen) {
                    by_key[at] = (index, person);
                    return true;
                }
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn nobody_and_no_key_counts_twice() {
        for (signed, expected) in [
            (vec![], 0),
            (vec![("a", 1)], 1),
            (vec![("a", 1), ("a", 2)], 1),
            (vec![("a", 1), ("b", 1)], 1),
            (vec![("a", 1), ("b", 2)], 2),
            (vec![("a", 1), ("a", 2), ("b", 1)], 2),
            (vec![("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1)], 2),
            (vec![("a", 1), ("a", 2), ("b", 2), ("b", 3), ("c", 1), ("c", 2)], 3),
        ] {
            assert_eq!(pairs(&signed), expected, "{signed:?}");
        }
    }
}
