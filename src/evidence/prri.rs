//! The Pre-Release Readiness Index: one score from 0 to 100, higher is riskier, against two thresholds and the limits of
//! its dimensions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::config::prri::PrriPolicy;
use crate::model::Metrics;
use crate::model::escape::visible_up_to;
use crate::world::settings::PRRI_RED_THRESHOLD;

/// From this score on a release is AMBER, where nothing else is said.
pub(crate) const AMBER_THRESHOLD: f64 = 30.0;

/// Scores of single dimensions, by name.
pub(crate) type Dimensions = BTreeMap<String, f64>;

/// The rules that a score is held against.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Policy {
    framework: String,
    amber: f64,
    red: f64,
    limits: BTreeMap<String, f64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            framework: "default".into(),
            amber: AMBER_THRESHOLD,
            red: PRRI_RED_THRESHOLD.default,
            limits: BTreeMap::new(),
        }
    }
}

impl Policy {
    /// The rules of a framework. The red threshold is `asked` (a key or a flag), else the file's, else `red` (the
    /// environment or the default). Where nobody says it, amber begins at 30, or at red if that is lower.
    ///
    /// # Errors
    /// Amber above red, and a file of another framework than the one asked for (unless that is `default`).
    pub(crate) fn new(
        framework: &str,
        asked: Option<f64>,
        file: Option<&PrriPolicy>,
        red: f64,
    ) -> Result<Self, String> {
        let red = asked.or(file.and_then(|file| file.red)).unwrap_or(red);
        let amber = file.and_then(|file| file.amber);
        if let Some(amber) = amber.filter(|amber| *amber > red) {
            return Err(format!("the amber threshold ({amber}) is above the red one ({red})"));
        }
        let limits = file.map(|file| file.dimensions.iter().cloned().collect()).unwrap_or_default();
        let framework = match file.and_then(|file| file.framework.as_deref()) {
            Some(named) if framework != "default" && framework != named => {
                let (named, framework) = (visible_up_to(named, 40), visible_up_to(framework, 40));
                return Err(format!("the policy file is for the framework `{named}`, not for `{framework}`"));
            }
            named => named.unwrap_or(framework).to_owned(),
        };
        Ok(Self { framework, amber: amber.unwrap_or(AMBER_THRESHOLD.min(red)), red, limits })
    }
}

/// What a score comes to. The order is that of risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// Ready.
    Green,
    /// Tolerable; it does not block.
    Amber,
    /// Blocks.
    Red,
}

impl Verdict {
    /// The word in records and reports.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::Red => "RED",
        }
    }

    /// The verdict of a word, in any case.
    #[must_use]
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Green, Self::Amber, Self::Red].into_iter().find(|verdict| verdict.word().eq_ignore_ascii_case(word))
    }
}

/// A score that was held against a policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prri {
    /// 0 to 100.
    pub score: f64,
    /// What it comes to.
    pub verdict: Verdict,
    /// Whether the release may go on: GREEN or AMBER.
    pub allow: bool,
    /// The threshold that held.
    pub red_threshold: f64,
    /// Whose rules.
    pub framework: String,
    /// As they came.
    pub dimensions: Dimensions,
    /// Why, in one line.
    pub reason: String,
}

/// Holds a score against a policy. RED is tested first.
///
/// # Errors
/// A score that is not a number from 0 to 100, a dimension that is not a number of 0 or more, and a dimension that the
/// policy limits and the score does not have.
pub(crate) fn evaluate(score: f64, dimensions: Dimensions, policy: &Policy) -> Result<Prri, String> {
    if !(0.0..=100.0).contains(&score) {
        return Err(format!("the score must be a number from 0 to 100; this is {score}"));
    }
    if let Some((name, value)) = dimensions.iter().find(|(_, value)| !value.is_finite() || **value < 0.0) {
        return Err(format!("the dimension `{}` must be a number of 0 or more; this is {value}", shown(name)));
    }
    if let Some(name) = policy.limits.keys().find(|name| !dimensions.contains_key(*name)) {
        return Err(format!("the policy limits the dimension `{}`, and the score comes without it", shown(name)));
    }
    let (verdict, reason) = verdict(score, &dimensions, policy);
    let allow = verdict != Verdict::Red;
    Ok(Prri {
        score,
        verdict,
        allow,
        red_threshold: policy.red,
        framework: policy.framework.clone(),
        dimensions,
        reason,
    })
}

fn verdict(score: f64, dimensions: &Dimensions, policy: &Policy) -> (Verdict, String) {
    let above = dimensions.iter().find_map(|(name, value)| {
        let max = policy.limits.get(name).filter(|max| value > max)?;
        Some(format!("the dimension {} is {value}, above its {max}", shown(name)))
    });
    if score >= policy.red {
        (Verdict::Red, format!("PRRI {score} is RED: {} or more", policy.red))
    } else if let Some(above) = above {
        (Verdict::Red, format!("PRRI {score} is RED: {above}"))
    } else if score >= policy.amber {
        (Verdict::Amber, format!("PRRI {score} is AMBER: from {} up to {}", policy.amber, policy.red))
    } else {
        (Verdict::Green, format!("PRRI {score} is GREEN: below {}", policy.amber))
    }
}

fn shown(name: &str) -> String {
    visible_up_to(name, 40)
}

impl Prri {
    /// By name, as gates and records have them.
    #[must_use]
    pub(crate) fn metrics(&self) -> Metrics {
        Metrics::from_iter([
            ("prri_score".to_owned(), json!(self.score)),
            ("verdict".to_owned(), json!(self.verdict.word())),
            ("allow".to_owned(), json!(self.allow)),
            ("prri_red_threshold".to_owned(), json!(self.red_threshold)),
            ("framework".to_owned(), json!(self.framework)),
            ("dimension_breakdown".to_owned(), json!(self.dimensions)),
        ])
    }

    /// Takes in what the tool that gave the score says of it: the worse of two verdicts holds.
    ///
    /// # Errors
    /// A `verdict` that is no known word, an `allow` that is not a boolean.
    pub(crate) fn heed(&mut self, said: &Metrics) -> Result<(), String> {
        let word = match said.get("verdict") {
            None => self.verdict,
            Some(Value::String(word)) => Verdict::of(word).ok_or("its `verdict` is neither GREEN, AMBER nor RED")?,
            Some(_) => return Err("its `verdict` is not a text".into()),
        };
        let allowed = match said.get("allow") {
            None => true,
            Some(Value::Bool(allow)) => *allow,
            Some(_) => return Err("its `allow` is neither true nor false".into()),
        };
        let worst = if allowed { word } else { Verdict::Red };
        if worst > self.verdict {
            let own = self.verdict.word();
            self.reason = format!("PRRI {} is {own} here; the tool that gave it says {}", self.score, worst.word());
            self.verdict = worst;
            self.allow = worst != Verdict::Red;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(text: &str) -> PrriPolicy {
        crate::config::prri::decode("p.yaml", text).expect(text)
    }

    fn dimensions(values: &[(&str, f64)]) -> Dimensions {
        values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
    }

    #[test]
    fn thresholds_belong_to_the_worse_side() {
        let cases = [
            (0.0, Verdict::Green),
            (29.999, Verdict::Green),
            (30.0, Verdict::Amber),
            (69.999, Verdict::Amber),
            (70.0, Verdict::Red),
            (100.0, Verdict::Red),
        ];
        for (score, verdict) in cases {
            let prri = evaluate(score, Dimensions::new(), &Policy::default()).unwrap();
            assert_eq!((prri.verdict, prri.allow), (verdict, verdict != Verdict::Red), "{score}");
        }
        for score in [-0.001, 100.001, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(evaluate(score, Dimensions::new(), &Policy::default()).is_err(), "{score}");
        }
    }

    #[test]
    fn a_dimension_above_its_limit_is_red() {
        let policy = Policy::new("default", None, Some(&file("dimensions: {bias: {max: 0.4}}")), 70.0).unwrap();
        let verdict = |values: &[(&str, f64)]| evaluate(10.0, dimensions(values), &policy).map(|prri| prri.verdict);
        assert_eq!(verdict(&[("bias", 0.4), ("drift", 9.0)]), Ok(Verdict::Green));
        assert_eq!(verdict(&[("bias", 0.41)]), Ok(Verdict::Red));
        assert!(verdict(&[]).expect_err("without it").contains("`bias`"));
        assert!(verdict(&[("bias", f64::NAN)]).is_err());
        assert!(verdict(&[("bias", 0.1), ("x", -1.0)]).is_err());
    }

    #[test]
    fn the_red_threshold_comes_from_the_nearest_place() {
        let eighty = file("thresholds: {red: 80}");
        let red = |asked, file: Option<&PrriPolicy>, environment| {
            Policy::new("default", asked, file, environment).map(|policy| (policy.amber, policy.red))
        };
        assert_eq!(red(None, None, 70.0), Ok((30.0, 70.0)));
        assert_eq!(red(None, None, 20.0), Ok((20.0, 20.0)));
        assert_eq!(red(None, Some(&eighty), 60.0), Ok((30.0, 80.0)));
        assert_eq!(red(Some(50.0), Some(&eighty), 60.0), Ok((30.0, 50.0)));
        assert!(red(Some(50.0), Some(&file("thresholds: {amber: 60}")), 70.0).is_err());
    }

    #[test]
    fn a_policy_of_another_framework_is_refused() {
        let file = file("framework: eu");
        let framework = |asked| Policy::new(asked, None, Some(&file), 70.0).map(|policy| policy.framework);
        assert_eq!(framework("default"), Ok("eu".to_owned()));
        assert_eq!(framework("eu"), Ok("eu".to_owned()));
        assert!(framework("us").is_err());
    }

    #[test]
    fn the_worse_verdict_holds() {
        let heed = |score, said: Value| {
            let mut prri = evaluate(score, Dimensions::new(), &Policy::default())?;
            prri.heed(said.as_object().unwrap())?;
            Ok::<_, String>((prri.verdict, prri.allow))
        };
        assert_eq!(heed(10.0, json!({})), Ok((Verdict::Green, true)));
        assert_eq!(heed(10.0, json!({"verdict": "amber"})), Ok((Verdict::Amber, true)));
        assert_eq!(heed(10.0, json!({"verdict": "GREEN", "allow": false})), Ok((Verdict::Red, false)));
        assert_eq!(heed(80.0, json!({"verdict": "GREEN", "allow": true})), Ok((Verdict::Red, false)));
        for said in [json!({"verdict": "OK"}), json!({"verdict": null}), json!({"allow": "true"}), json!({"allow": 1})]
        {
            assert!(heed(10.0, said).is_err());
        }
    }

    proptest! {
        #[test]
        fn at_or_above_red_nothing_is_allowed(
            score in 0.0..=100.0f64,
            red in 0.0..=100.0f64,
            max in 0.0..2.0f64,
            value in 0.0..2.0f64,
            said in prop::option::of(prop::sample::select(vec!["GREEN", "AMBER", "RED"])),
        ) {
            let limits = PrriPolicy { dimensions: vec![("d".into(), max)], ..PrriPolicy::default() };
            let policy = Policy::new("default", Some(red), Some(&limits), 70.0).unwrap();
            let mut prri = evaluate(score, dimensions(&[("d", value)]), &policy).unwrap();
            if let Some(word) = said {
                prri.heed(json!({"verdict": word, "allow": true}).as_object().unwrap()).unwrap();
            }
            prop_assert_eq!(prri.allow, prri.verdict != Verdict::Red);
            if score >= red || value > max || said == Some("RED") {
                prop_assert!(!prri.allow);
            } else {
                prop_assert!(prri.allow);
            }
        }
    }
}
