//! The clockwork: housekeeping by the calendar, driven by tokio-cron-scheduler. One file and one line per job. It does
//! not hold a job per connection: due times of checks are a heap in the health engine.

mod audit_head;
mod backup;
mod contacts;
mod ends;
mod events;
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
        add(&scheduler, app, "55 27 * * * *", events::prune).await?;
        add(&scheduler, app, "20 * * * * *", history::roll_up).await?;
        add(&scheduler, app, "35 * * * * *", contacts::save).await?;
        add(&scheduler, app, "40 7 * * * *", history::prune).await?;
        add(&scheduler, app, "50 */10 * * * *", sessions::prune).await?;
        add(&scheduler, app, "25 * * * * *", sessions::sweep).await?;
        add(&scheduler, app, "10 */15 * * * *", ends::warn).await?;
        add(&scheduler, app, "* * * * * *", mail::work).await?;
        add(&scheduler, app, "30 * * * * *", mail::housekeep).await?;
        add(&scheduler, app, "0 0 * * * *", audit_head::note).await?;
        add(&scheduler, app, "0 10 3 * * Sun", integrity::verify).await?;
        if let Some(line) = &app.config.backup.schedule {
            add(&scheduler, app, &with_seconds(line), backup::make).await?;
        }
        add(&scheduler, app, "15 5 * * * *", backup::watch).await?;
        add(&scheduler, app, "*/10 * * * * *", backup::send_erasures).await?;
        scheduler.start().await?;
        Ok(Self { scheduler })
    }

    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "the clockwork did not stop in order");
        }
    }
}

/// A cron line with five fields begins in the first second of its minute.
fn with_seconds(line: &str) -> String {
    if line.split_whitespace().count() == 5 { format!("0 {line}") } else { line.to_owned() }
}

/// Whether the clockwork can read a line of the configuration.
pub fn check_schedule(line: &str) -> Result<(), String> {
    let job = Job::new(with_seconds(line), |_, _| {});
    job.map(|_| ()).map_err(|_| format!("“{line}” is no cron line that can come true; write it like “15 2 * * *”"))
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
