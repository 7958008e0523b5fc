//! Every second: what happened becomes mails, and mails that are due are sent; a round that is under way is not begun
//! again. Every minute: digests, what is given up, what is too old.

use std::sync::Arc;

use crate::server::wire::App;

pub async fn work(app: Arc<App>) {
    // A restored appliance tells nobody anything until it is known to be the only one.
    if !app.instances.stand_by().holds() {
        app.notifications.work().await;
    }
}

pub async fn housekeep(app: Arc<App>) {
    if !app.instances.stand_by().holds() {
        app.notifications.housekeep().await;
    }
}
