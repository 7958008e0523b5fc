//! `junctionbox backup list --target` and `backup fetch`: what lies off-site, seen and brought here by the configuration
//! alone. Nothing of an appliance that is here is touched.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{Global, Outcome, print, runtime};
use crate::backup::{Depot, words};
use crate::server::{Opening, depot};

fn open(global: &Global) -> Result<Depot, String> {
    depot(&global.load()?, Opening::standard()).map_err(|error| error.to_string())
}

pub fn list(global: &Global) -> Outcome {
    let runtime = runtime()?;
    let stored = runtime.block_on(async { open(global)?.list().await.map_err(|error| error.to_string()) })?;
    if global.json {
        let rows = stored.iter().map(|one| json!({"name": one.name, "bytes": one.bytes, "instance": one.instance()}));
        print::line(&json!({"data": rows.collect::<Vec<_>>()}).to_string());
    } else if stored.is_empty() {
        print::line("No backup lies there.");
    } else {
        stored.iter().for_each(|one| print::line(&format!("{}  {:>9}", one.name, words(one.bytes))));
    }
    Ok(0)
}

pub fn fetch(global: &Global, name: Option<&str>, into: Option<PathBuf>) -> Outcome {
    let into = into.unwrap_or_else(|| Path::new(".").to_owned());
    if !into.is_dir() {
        return Err(format!("{} is no folder; make it first, or name another: --into DIR", into.display()));
    }
    let runtime = runtime()?;
    let fetched =
        runtime.block_on(async { open(global)?.fetch(name, &into).await.map_err(|error| error.to_string()) })?;
    let manifest = &fetched.manifest;
    if global.json {
        let value = json!({
            "path": fetched.path, "erasure_list": fetched.erasure_list, "created_at": manifest.created_at,
            "version": manifest.version, "instance_id": manifest.instance_id,
        });
        print::line(&value.to_string());
        return Ok(0);
    }
    print::line(&format!(
        "{}  made {} by Junctionbox {}; its checksum holds.",
        fetched.path.display(),
        manifest.created_at,
        manifest.version
    ));
    print::line(&match &fetched.erasure_list {
        Some(path) => format!("{}  the erasure list; keep it beside the backup.", path.display()),
        None => "No erasure list lies there: no customer was ever deleted.".into(),
    });
    print::line(&format!("Next: junctionbox restore {} --recovery-kit FILE", fetched.path.display()));
    Ok(0)
}
