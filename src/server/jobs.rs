//! The clockwork: housekeeping by the calendar, driven by tokio-cron-scheduler. One file and one line per job. It does
//! not hold a job per connection: due times of checks are a heap in the health engine.

mod audit_head;
mod ends;
mod history;
mod integrity;
mod mail;
mod sessions;
mod tick;
mod webhooks;

use std::future::Future;
use std::sync::Arc;

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

use super::wire::App;

/// The running clockwork.
pub struct Jobs {
    scheduler: JobScheduler,
}

impl Jobs {
    pub async fn start(app: &Arc<App>) -> Result<Self, JobSchedulerError> {
        let scheduler = JobScheduler::new().await?;
        // second minute hour day month weekday, in UTC
        add(&scheduler, app, "* * * * * *", tick::beat).await?;
        add(&scheduler, app, "* * * * * *", webhooks::beat).await?;
        add(&scheduler, app, "50 17 * * * *", webhooks::prune).await?;
        add(&scheduler, app, "20 * * * * *", history::roll_up).await?;
        add(&scheduler, app, "40 7 * * * *", history::prune).await?;
        add(&scheduler, app, "50 */10 * * * *", sessions::prune).await?;
        add(&scheduler, app, "10 */15 * * * *", ends::warn).await?;
        add(&scheduler, app, "* * * * * *", mail::work).await?;
        add(&scheduler, app, "30 * * * * *", mail::housekeep).await?;
        add(&scheduler, app, "0 0 * * * *", audit_head::note).await?;
        add(&scheduler, app, "0 10 3 * * Sun", integrity::verify).await?;
        scheduler.start().await?;
        Ok(Self { scheduler })
    }

    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the clockwork did not stop in order");
        }
    }
}

async fn add<F>(
    scheduler: &JobScheduler,
    app: &Arc<App>,
    when: &str,
    work: fn(Arc<App>) -> F,
) -> Result<(), JobSchedulerError>
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = Arc::downgrade(app);
    let job = Job::new_async(when, move |_, _| {
        let app = app.upgrade();
        Box::pin(async move {
            if let Some(app) = app {
                work(app).await;
            }
        })
    })?;
    scheduler.add(job).await?;
    Ok(())
}
