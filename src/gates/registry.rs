//! The types of gates that a file may name.

use std::sync::Arc;

use super::file::COMMON_KEYS;
use super::gate::GateType;

/// Types by name, in the order in which they are shown.
#[derive(Clone, Default)]
pub struct Registry {
    gates: Vec<Arc<dyn GateType>>,
}

impl Registry {
    /// The types that come with the crate.
    #[must_use]
    pub fn builtin() -> Self {
        super::types::all().into()
    }

    /// Adds a type of the caller's own.
    ///
    /// # Errors
    /// A type of that name is there, or one of its keys is common to all gates.
    pub fn add(&mut self, gate: Box<dyn GateType>) -> Result<(), String> {
        let name = gate.name();
        if self.get(name).is_some() {
            return Err(format!("a type of gate named `{name}` is there already"));
        }
        if let Some(key) = gate.keys().iter().find(|key| COMMON_KEYS.iter().any(|common| common.name == key.name)) {
            return Err(format!("the key `{}` of the type `{name}` is common to all gates", key.name));
        }
        self.gates.push(gate.into());
        Ok(())
    }

    /// The type of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&dyn GateType> {
        self.gates().find(|gate| gate.name() == name)
    }

    /// The names, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.gates().map(GateType::name).collect()
    }

    /// The types, in order.
    pub fn gates(&self) -> impl Iterator<Item = &dyn GateType> {
        self.gates.iter().map(AsRef::as_ref)
    }
}

impl From<Vec<Box<dyn GateType>>> for Registry {
    fn from(gates: Vec<Box<dyn GateType>>) -> Self {
        Self { gates: gates.into_iter().map(Arc::from).collect() }
    }
}
