//! A flag that takes one of a few words. Help lists the words in one line, which keeps it on one screen.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Parses the words of `T`.
pub(super) fn words<T: ValueEnum + Send + Sync + 'static>() -> impl TypedValueParser<Value = T> {
    let known = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let undescribed = known.map(|word| word.help(None::<&'static str>));
    PossibleValuesParser::new(undescribed).try_map(|word| T::from_str(&word, false))
}

/// The words of `T`.
pub(super) fn names<T: ValueEnum>() -> Vec<String> {
    let known = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    known.map(|word| word.get_name().to_owned()).collect()
}
