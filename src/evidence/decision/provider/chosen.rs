//! The providers of a run. With both, decision records are looked up in the repository, every other reference in the
//! service.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::adr::{AdrProvider, AdrSettings};
use super::http::HttpProvider;
use super::{Approval, Known, Provider};
use crate::config::decision::ProviderKind;
use crate::evidence::decision::Reference;
use crate::evidence::decision::range::ChangeRange;
use crate::evidence::decision::settings::Settings;
use crate::git::Repository;
use crate::net::Client;

/// Who is asked; a provider that cannot be asked approves nothing and says why.
pub(crate) struct Chosen<'a> {
    http: Option<Result<HttpProvider, String>>,
    adr: Option<Result<AdrProvider<'a>, String>>,
    /// Whether the records are here for their scopes alone (`decision.scoped`), and approve nothing.
    only_known: bool,
}

impl<'a> Chosen<'a> {
    /// The providers that the settings name, for the change between two ends.
    #[must_use]
    pub(crate) fn new(
        settings: &Settings,
        repository: &'a Repository,
        now: Timestamp,
        client: &Client,
        ends: &ChangeRange,
    ) -> Self {
        let asks = |kind| settings.providers.contains(&kind);
        let http = asks(ProviderKind::Http).then(|| {
            settings.service.clone().map(|service| HttpProvider {
                client: client.clone(),
                base: service.base,
                path: settings.validate_path.clone(),
                token: service.token,
                timeout: settings.timeout,
                head: ends.head.clone(),
                now,
            })
        });
        let only_known = !asks(ProviderKind::Adr);
        let adr = (!only_known || settings.policy.scoped).then(|| {
            let folders = Some(settings.policy.adr.clone()).filter(|folders| !folders.is_empty());
            let places = AdrSettings { folders, from_head: settings.policy.adr_from_head, today: Some(today(now)) };
            AdrProvider::load(repository, &ends.trusted, &ends.head, &places)
        });
        Self { http, adr, only_known }
    }

    /// The records, where they approve changes.
    fn approving(&self) -> Option<&Result<AdrProvider<'a>, String>> {
        self.adr.as_ref().filter(|_| !self.only_known)
    }
}

impl Provider for Chosen<'_> {
    fn name(&self) -> &'static str {
        match (&self.http, self.approving()) {
            (Some(_), Some(_)) => "http, adr",
            (Some(_), None) => "http",
            _ => "adr",
        }
    }

    fn validate(&self, reference: &Reference) -> Result<Approval, String> {
        match (&self.http, self.approving(), reference) {
            (_, Some(adr), Reference::Adr(_)) | (None, Some(adr), _) => {
                adr.as_ref().map_err(Clone::clone)?.validate(reference)
            }
            (Some(http), _, _) => http.as_ref().map_err(Clone::clone)?.validate(reference),
            (None, None, _) => Err("no provider of decisions is configured".to_owned()),
        }
    }

    fn known(&self) -> Result<Known, String> {
        let Some(adr) = &self.adr else { return Ok(Known::default()) };
        let known = adr.as_ref().map_err(Clone::clone)?.known()?;
        Ok(Known { approve: !self.only_known, ..known })
    }
}

/// The day of a time, in UTC.
fn today(now: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(now).date()
}
