//! Every second: the health engine starts what is due. It returns at once; the checks run by themselves.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn beat(app: Arc<App>) {
    app.pulse.beat();
    app.engine.tick().await;
}
