//! What a mistyped word was meant to be.

/// The next step after an unknown word: the nearest known one, and all of them.
pub(crate) fn suggestion<'k>(word: &str, known: impl Iterator<Item = &'k str>) -> String {
    let known: Vec<_> = known.collect();
    let all = known.join(", ");
    match nearest(word, &known) {
        Some(near) => format!("did you mean `{near}`? Known: {all}"),
        None => format!("known: {all}"),
    }
}

/// The known word that a mistyped one is closest to, if any is close.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    // A hostile file may know very many.
    let known = known.iter().take(1000);
    let lower: String = word.chars().take(80).collect::<String>().to_lowercase();
    let scored = known.map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), *name));
    scored
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.len().div_ceil(3))
        .map(|(_, name)| name)
}
