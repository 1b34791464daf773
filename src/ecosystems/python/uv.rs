//! `[tool.uv]`: where it takes packages from, and what it puts in the place of requirements.

use std::collections::BTreeMap;
use std::path::Path;

use super::declared::{At, Declared, Wants, loose, normalized};
use super::url::judge;
use crate::ecosystems::fixed::is_commit;
use crate::ecosystems::{Pin, Scope};
use crate::model::path::within;
use crate::structured::decode::{Decoder, Fields};
use crate::structured::node::Node;

/// `[tool.uv.sources]` and `[tool.uv] override-dependencies`, by normalised name.
#[derive(Debug, Default, Clone)]
pub(super) struct Uv {
    sources: BTreeMap<String, Vec<Origin>>,
    overrides: BTreeMap<String, Pin>,
    /// The addresses of the indexes by their names.
    indexes: BTreeMap<String, String>,
}

/// One source of a package.
#[derive(Debug, Clone)]
struct Origin {
    /// What the source makes of the requirement; `None` leaves it as it is.
    replaced: Option<(Pin, Wants)>,
    /// It holds only under a marker, or for one extra or group.
    conditional: bool,
    /// The name of the index that it comes from.
    index: Option<String>,
}

impl Uv {
    /// Reads `[tool.uv]` of a manifest in `folder`; `above` are the settings of the workspace, which it inherits.
    pub(super) fn read<'t>(decoder: &mut Decoder<'_>, table: Fields<'t>, folder: &Path, above: Option<&Self>) -> Self {
        let mut settings = above.cloned().unwrap_or_default();
        let sources = decoder.table_at(table, "sources");
        for source in sources.into_iter().flat_map(|sources| sources.entries()) {
            let nodes = source.value.one_or_many();
            let origins = nodes.iter().filter_map(|node| origin(decoder, node, folder)).collect();
            settings.sources.insert(normalized(&source.key), origins);
        }
        for item in decoder.list_at(table, "index") {
            let index = decoder.table(item, "index");
            let named = index.and_then(|index| Some((decoder.text_at(index, "name")?, decoder.text_at(index, "url")?)));
            settings.indexes.extend(named.map(|(name, url)| (name.to_owned(), url.to_owned())));
        }
        for item in decoder.list_at(table, "override-dependencies") {
            if let Some(text) = decoder.any_text(item, "override-dependencies") {
                let line = Some(decoder.line(&item.span));
                let at = At { scope: Scope::Runtime, group: String::new(), path: decoder.path().to_owned(), line };
                let replacing = Declared::parse(text, at);
                settings.overrides.insert(replacing.key(), replacing.exact);
            }
        }
        settings
    }

    /// Puts the sources in the place of what requirements say: uv takes the package from there, whatever they pin.
    pub(super) fn apply(&self, declared: &mut [Declared]) {
        for one in declared.iter_mut().filter(|one| one.wants != Wants::Nothing) {
            let key = one.key();
            if let Some(Pin::Loose(why)) = self.overrides.get(&key) {
                one.exact = loose(format!("[tool.uv] override-dependencies replaces it: {why}"));
            }
            for origin in self.sources.get(&key).into_iter().flatten() {
                if let Some(index) = origin.index.as_ref().filter(|_| !origin.conditional) {
                    one.index = self.indexes.get(index).cloned();
                }
                match &origin.replaced {
                    Some((Pin::Pinned, wants)) if !origin.conditional => {
                        (one.exact, one.wants) = (Pin::Pinned, wants.clone());
                    }
                    Some((Pin::Pinned, _)) | None => {}
                    Some((pin, _)) => one.exact = pin.clone(),
                }
            }
        }
    }
}

fn origin<'t>(decoder: &mut Decoder<'_>, node: &'t Node<'t>, folder: &Path) -> Option<Origin> {
    let table = decoder.table(node, "sources")?;
    let conditional = ["marker", "extra", "group"].iter().any(|key| table.has(key));
    let [git, rev, url, path] = ["git", "rev", "url", "path"].map(|key| decoder.text_at(table, key));
    let replaced = match (git, url, path) {
        (Some(_), _, _) => Some(match rev.filter(|rev| is_commit(rev)) {
            Some(rev) => (Pin::Pinned, Wants::Direct(Some(rev.to_ascii_lowercase()))),
            None => (loose("[tool.uv.sources] names no full commit id in `rev`"), Wants::Direct(None)),
        }),
        (None, Some(url), _) => Some(match judge(url).pin {
            Pin::Pinned => (Pin::Pinned, Wants::Direct(None)),
            _ => (loose("[tool.uv.sources] takes it from a URL that has no hash"), Wants::Direct(None)),
        }),
        (None, None, Some(path)) => Some(match within(folder, path) {
            Some(path) => (Pin::Pinned, Wants::Local(path)),
            None => (loose("[tool.uv.sources] takes it from outside the repository"), Wants::Direct(None)),
        }),
        (None, None, None) if decoder.boolean_at(table, "workspace") == Some(true) => {
            Some((Pin::Pinned, Wants::Local(folder.to_owned())))
        }
        // An index says where to look, not for which version.
        (None, None, None) => None,
    };
    let index = decoder.text_at(table, "index").map(str::to_owned);
    Some(Origin { replaced, conditional, index })
}
