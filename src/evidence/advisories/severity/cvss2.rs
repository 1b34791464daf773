//! The base score of CVSS 2, which the crate for the later versions does not have.
//! <https://www.first.org/cvss/v2/guide>, section 3.2.1.

/// The base score of a vector like `AV:N/AC:L/Au:N/C:P/I:P/A:P`. Temporal and environmental metrics change nothing.
pub(super) fn base_score(vector: &str) -> Option<f64> {
    let vector = vector.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(vector);
    let value = |name: &str, weights: &[(&str, f64)]| {
        let mut given = vector.split('/').filter_map(|metric| metric.split_once(':')).filter(|(key, _)| *key == name);
        let (_, value) = given.next().filter(|_| given.next().is_none())?;
        weights.iter().find(|(word, _)| *word == value).map(|(_, weight)| *weight)
    };
    let vector = value("AV", &[("L", 0.395), ("A", 0.646), ("N", 1.0)])?;
    let complexity = value("AC", &[("H", 0.35), ("M", 0.61), ("L", 0.71)])?;
    let authentication = value("Au", &[("M", 0.45), ("S", 0.56), ("N", 0.704)])?;
    let loss = |name| value(name, &[("N", 0.0), ("P", 0.275), ("C", 0.66)]);
    let kept = (1.0 - loss("C")?) * (1.0 - loss("I")?) * (1.0 - loss("A")?);
    let impact = 10.41 * (1.0 - kept);
    let exploitability = 20.0 * vector * complexity * authentication;
    let weight = if impact == 0.0 { 0.0 } else { 1.176 };
    Some((((0.6 * impact + 0.4 * exploitability - 1.5) * weight) * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the guide's section 3.3, and its extremes.
    #[test]
    fn scores_are_those_of_the_guide() {
        for (vector, score) in [
            ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
            ("AV:N/AC:L/Au:N/C:C/I:C/A:C", 10.0),
            ("(AV:L/AC:H/Au:N/C:C/I:C/A:C)", 6.2),
            ("AV:N/AC:L/Au:N/C:P/I:P/A:P/E:H/RL:OF", 7.5),
            ("AV:N/AC:L/Au:N/C:N/I:N/A:N", 0.0),
        ] {
            assert_eq!(base_score(vector), Some(score), "{vector}");
        }
        for other in ["", "AV:N", "AV:N/AV:L/AC:L/Au:N/C:P/I:P/A:P", "AV:X/AC:L/Au:N/C:P/I:P/A:P", "CVSS:3.1/AV:N/AC:L"]
        {
            assert_eq!(base_score(other), None, "{other}");
        }
    }
}
