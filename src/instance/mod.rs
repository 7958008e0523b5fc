//! The installation itself: its id, name, region, and whether it is real or a demo. Owns the row that says so; refuses
//! a change of what the configuration names. Every customer lives in its region.

mod branding;
mod stand_by;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::RwLock;

use crate::access::Forbidden;
pub use branding::{Accent, Branding, ChangeBranding, Colour, ColourError, LARGEST_LOGO, Logo, LogoChange, LogoError};

use crate::base::Timestamp;
use crate::store::{Kind, Store, StoreError, Tx};

pub use stand_by::{Restoration, StandBy, note_restored};
pub use store::{identity, is_demo};

/// What is known of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `ins_` and 26 letters and digits; stays for ever.
    pub id: String,
    pub name: String,
    pub region: String,
    /// The configuration names it: pages may show it, not change it.
    pub name_is_fixed: bool,
    pub region_is_fixed: bool,
    pub is_demo: bool,
    pub created_at: Timestamp,
}

/// Name and region as the configuration has them.
#[derive(Debug, Clone, Default)]
pub struct Given {
    pub name: Option<String>,
    pub region: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    #[error("{dir} holds the data of a demo and is thrown away with it; `serve` does not open it. Name another directory with --data-dir", dir = dir.display())]
    Demo { dir: PathBuf },
    #[error("{dir} holds a real installation; the demo does not touch it", dir = dir.display())]
    NotDemo { dir: PathBuf },
    #[error("the {what} is set in the configuration; change it there and start again")]
    Fixed { what: &'static str },
    #[error("the name must have 1 to 100 characters")]
    Name,
    #[error("a region has 1 to 32 lower-case letters, digits and hyphens, like eu-central")]
    Region,
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub const DEFAULT_NAME: &str = "Junctionbox";
pub const DEFAULT_REGION: &str = "local";

/// The installation, in memory and in the store. Cloning gives another handle.
#[derive(Clone)]
pub struct Instances {
    given: Given,
    current: Arc<RwLock<Instance>>,
    stand_by: StandBy,
    branding: Arc<RwLock<Arc<Branding>>>,
}

/// What a first start writes down.
pub struct Birth {
    pub id: String,
    pub kind: Kind,
    pub at: Timestamp,
}

impl Instances {
    /// Reads the installation's row, or writes it at the first start. `birth.kind` is what the caller wants to open.
    pub async fn open(store: &Store, dir: &Path, birth: Birth, given: Given) -> Result<Self, InstanceError> {
        let wanted = birth.kind;
        let (row, unconfirmed) = store
            .write(move |tx| -> Result<_, StoreError> {
                if let Some(row) = store::read(tx)? {
                    return Ok((row, store::unconfirmed(tx)?));
                }
                store::insert(tx, &birth)?;
                let row = store::read(tx)?.map(|row| (row, None));
                row.ok_or_else(|| StoreError::Unreadable("the instance's row is missing after it was written".into()))
            })
            .await?;
        let is_demo = row.kind == Kind::Demo.as_str();
        match (is_demo, wanted) {
            (true, Kind::Standard) => return Err(InstanceError::Demo { dir: dir.into() }),
            (false, Kind::Demo) => return Err(InstanceError::NotDemo { dir: dir.into() }),
            _ => {}
        }
        let current = Arc::new(RwLock::new(row.into_instance(&given)));
        let branding = store.read::<_, StoreError, _>(|reader| branding::read(reader)).await?;
        let branding = Arc::new(RwLock::new(Arc::new(branding)));
        Ok(Self { given, current, stand_by: StandBy::new(unconfirmed), branding })
    }

    pub fn current(&self) -> Instance {
        self.current.read().clone()
    }

    /// Whether this store came from a backup and waits for a word.
    pub fn stand_by(&self) -> StandBy {
        self.stand_by.clone()
    }

    /// Sets name and region in the transaction of the caller; memory follows after the commit.
    pub fn rename(&self, tx: &Tx<'_>, name: Option<&str>, region: Option<&str>) -> Result<(), InstanceError> {
        let current = self.current();
        let name = name.map(str::trim).filter(|name| *name != current.name);
        let region = region.map(str::trim).filter(|region| *region != current.region);
        if name.is_some() && current.name_is_fixed {
            return Err(InstanceError::Fixed { what: "name" });
        }
        if region.is_some() && current.region_is_fixed {
            return Err(InstanceError::Fixed { what: "region" });
        }
        if name.is_some_and(|name| !is_name(name)) {
            return Err(InstanceError::Name);
        }
        if region.is_some_and(|region| !is_region(region)) {
            return Err(InstanceError::Region);
        }
        store::update(tx, name, region)?;
        if let Some(row) = store::read(tx)? {
            let (shared, fresh) = (Arc::clone(&self.current), row.into_instance(&self.given));
            tx.on_commit(move || *shared.write() = fresh);
        }
        Ok(())
    }
}

fn is_name(text: &str) -> bool {
    (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{DirectoryLock, InstanceKey};

    fn birth(kind: Kind) -> Birth {
        Birth { id: "ins_1".into(), kind, at: Timestamp::from_millis(5) }
    }

    #[tokio::test]
    async fn the_configuration_wins_and_a_demo_is_no_installation() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path();
        let store = Store::open(path, &InstanceKey::from_bytes([1; 32]), DirectoryLock::take(path).unwrap()).unwrap();
        let given = Given { name: None, region: Some("eu".into()) };
        let instances = Instances::open(&store, path, birth(Kind::Standard), given).await.unwrap();
        assert_eq!((instances.current().name.as_str(), instances.current().region.as_str()), ("Junctionbox", "eu"));
        let rename = |name: &'static str, region: Option<&'static str>| {
            let (store, instances) = (store.clone(), instances.clone());
            async move { store.write(move |tx| instances.rename(tx, Some(name), region)).await }
        };
        assert!(matches!(rename("Plant", Some("us")).await, Err(InstanceError::Fixed { what: "region" })));
        assert!(matches!(rename("", None).await, Err(InstanceError::Name)));
        rename("Plant", Some("eu")).await.unwrap();
        assert_eq!(instances.current().name, "Plant");
        let again = Instances::open(&store, path, birth(Kind::Standard), Given::default()).await.unwrap();
        assert_eq!((again.current().name.as_str(), again.current().region.as_str()), ("Plant", "local"));
        let demo = Instances::open(&store, path, birth(Kind::Demo), Given::default()).await;
        assert!(matches!(demo.err(), Some(InstanceError::NotDemo { .. })));
    }
}
