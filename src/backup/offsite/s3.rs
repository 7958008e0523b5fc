//! S3-compatible storage: requests signed by rusty-s3, sent by our own way out. Larger files go in parts; a file counts as
//! sent when the storage lists it with its size.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::Url;

use super::{Listed, Shelf, Work};
use crate::base::Secret;
use crate::upstream::{Post, PostAnswer, TlsMaterial, Upstream};

/// Where, and by which keys. Has no `Debug`: it holds one.
#[derive(Clone)]
pub struct S3Target {
    pub endpoint: Url,
    pub bucket: String,
    pub prefix: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: Secret,
    /// PEM, beside the machine's authorities.
    pub authority: Option<String>,
}

/// Above this a file goes in parts, each as long.
const PART: usize = 8 * 1024 * 1024;
const SIGNED_FOR: Duration = Duration::from_secs(900);
const WITHIN: Duration = Duration::from_secs(300);
/// A page has up to a thousand files.
const MOST_PAGES: usize = 200;
const KEPT_OF_ANSWER: usize = 4 * 1024 * 1024;

pub(super) struct S3 {
    upstream: Upstream,
    bucket: Bucket,
    credentials: Credentials,
    prefix: String,
    tls: TlsMaterial,
}

impl S3 {
    pub fn new(upstream: Upstream, target: &S3Target) -> Result<Self, String> {
        let bucket = Bucket::new(target.endpoint.clone(), UrlStyle::Path, target.bucket.clone(), target.region.clone());
        Ok(Self {
            upstream,
            bucket: bucket.map_err(|error| format!("{}: {error}", target.endpoint))?,
            credentials: Credentials::new(target.access_key.clone(), target.secret_key.expose().to_owned()),
            prefix: target.prefix.clone(),
            tls: TlsMaterial { ca_certificate: target.authority.clone(), ..TlsMaterial::default() },
        })
    }

    fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    async fn ask(&self, method: &'static str, url: Url, body: Bytes) -> Result<PostAnswer, String> {
        self.send(method, Post { url, headers: Vec::new(), body, within: WITHIN, keep: KEPT_OF_ANSWER }).await
    }

    async fn send(&self, method: &'static str, message: Post) -> Result<PostAnswer, String> {
        let host = message.url.host_str().unwrap_or_default().to_owned();
        let answer = self.upstream.send_message(method, &self.tls, message).await.result;
        let answer = answer.map_err(|failure| failure.message().trim_end_matches('.').to_owned())?;
        match answer.status {
            200..=299 => Ok(answer),
            403 => Err(format!("{host} refused the access key ({})", said(&answer))),
            404 => Err(format!("{host} knows no such bucket or file in {} ({})", self.bucket.name(), said(&answer))),
            status => Err(format!("{host} answered {status} ({})", said(&answer))),
        }
    }

    /// The bytes from one place up to another.
    async fn piece(&self, key: &str, from: u64, to: u64) -> Result<Bytes, String> {
        let url = self.bucket.get_object(Some(&self.credentials), key).sign(SIGNED_FOR);
        let range = format!("bytes={from}-{}", to.saturating_sub(1));
        let headers = vec![("range".to_owned(), range)];
        let message = Post { url, headers, body: Bytes::new(), within: WITHIN, keep: PART };
        let answer = self.send("GET", message).await?;
        let length = u64::try_from(answer.body.len()).unwrap_or(0);
        // A storage that knows no pieces answers with all of it; some that do answer 200 all the same.
        let said = answer.header("content-range").is_some_and(|said| said.starts_with(&format!("bytes {from}-")));
        let begins_there = said || (from == 0 && answer.status == 200);
        if begins_there && !answer.truncated && length == to.saturating_sub(from) {
            return Ok(answer.body);
        }
        Err(format!("it gave {length} bytes of {key} where those from {from} to {to} were asked for"))
    }

    /// All pages of the list; a storage that always names another one is given up.
    async fn pages(&self) -> Result<Vec<Listed>, String> {
        let folder = if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let (mut found, mut next) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut action = self.bucket.list_objects_v2(Some(&self.credentials));
            action.with_prefix(folder.clone());
            if let Some(token) = next.take() {
                action.with_continuation_token(token);
            }
            let answer = self.ask("GET", action.sign(SIGNED_FOR), Bytes::new()).await?;
            let page = ListObjectsV2::parse_response(&String::from_utf8_lossy(&answer.body))
                .map_err(|error| format!("its list cannot be read: {error}"))?;
            found.extend(page.contents.into_iter().filter_map(|object| {
                let name = object.key.strip_prefix(&folder)?.to_owned();
                Some(Listed { name, bytes: object.size.unwrap_or(0) })
            }));
            next = page.next_continuation_token;
            if next.is_none() {
                return Ok(found);
            }
        }
        Err(format!("its list has more than {MOST_PAGES} pages; give the backups a prefix of their own"))
    }

    async fn put_whole(&self, key: &str, body: Bytes) -> Result<(), String> {
        let url = self.bucket.put_object(Some(&self.credentials), key).sign(SIGNED_FOR);
        self.ask("PUT", url, body).await.map(|_| ())
    }

    async fn put_in_parts(&self, key: &str, file: &mut tokio::fs::File, mut first: Vec<u8>) -> Result<(), String> {
        let url = self.bucket.create_multipart_upload(Some(&self.credentials), key).sign(SIGNED_FOR);
        let begun = self.ask("POST", url, Bytes::new()).await?;
        // Storages call the answer by different names; the id is what counts.
        let upload = inside(&String::from_utf8_lossy(&begun.body), "UploadId");
        let upload = upload.ok_or("its answer to an upload in parts holds no UploadId")?.replace("&amp;", "&");
        let sent = self.send_parts(key, &upload, file, &mut first).await;
        if sent.is_err() {
            let url = self.bucket.abort_multipart_upload(Some(&self.credentials), key, &upload).sign(SIGNED_FOR);
            if let Err(error) = self.ask("DELETE", url, Bytes::new()).await {
                tracing::warn!(error, "an upload that failed could not be taken back");
            }
        }
        sent
    }

    async fn send_parts(
        &self,
        key: &str,
        upload: &str,
        file: &mut tokio::fs::File,
        part: &mut Vec<u8>,
    ) -> Result<(), String> {
        let mut tags = Vec::new();
        for number in 1u16.. {
            let url = self.bucket.upload_part(Some(&self.credentials), key, number, upload).sign(SIGNED_FOR);
            let answer = self.ask("PUT", url, std::mem::take(part).into()).await?;
            let tag = answer.header("etag").ok_or("it took a part and gave no ETag")?;
            tags.push(tag.to_owned());
            *part = read_part(file).await?;
            if part.is_empty() {
                break;
            }
        }
        let action = self.bucket.complete_multipart_upload(
            Some(&self.credentials),
            key,
            upload,
            tags.iter().map(String::as_str),
        );
        let url = action.sign(SIGNED_FOR);
        let answer = self.ask("POST", url, action.body().into()).await?;
        // A failure may come inside a 200.
        match String::from_utf8_lossy(&answer.body).contains("<Error>") {
            true => Err(said(&answer)),
            false => Ok(()),
        }
    }
}

impl Shelf for S3 {
    fn put<'a>(&'a self, from: &'a Path, name: &'a str) -> Work<'a, ()> {
        Box::pin(async move {
            let failed = |error: std::io::Error| format!("{}: {error}", from.display());
            let mut file = tokio::fs::File::open(from).await.map_err(failed)?;
            let length = file.metadata().await.map_err(failed)?.len();
            let key = self.key(name);
            let first = read_part(&mut file).await?;
            if u64::try_from(first.len()).is_ok_and(|whole| whole == length) {
                self.put_whole(&key, first.into()).await?;
            } else {
                self.put_in_parts(&key, &mut file, first).await?;
            }
            let listed = self.list().await?.into_iter().find(|listed| listed.name == name);
            match listed {
                Some(listed) if listed.bytes == length => Ok(()),
                Some(listed) => Err(format!("it keeps {} of {length} bytes", listed.bytes)),
                None => Err("it took the file and does not list it".into()),
            }
        })
    }

    fn list(&self) -> Work<'_, Vec<Listed>> {
        Box::pin(async move {
            let listed = tokio::time::timeout(super::LISTING, self.pages()).await;
            listed.map_err(|_| "it did not end its list in time".to_owned())?
        })
    }

    fn fetch<'a>(&'a self, file: &'a Listed, to: &'a Path) -> Work<'a, ()> {
        Box::pin(async move {
            let failed = |error: std::io::Error| format!("{}: {error}", to.display());
            let (key, mut out, mut at) = (self.key(&file.name), super::fresh(to).await?, 0u64);
            // Piece by piece: a backup may be larger than the memory.
            while at < file.bytes {
                let end = at.saturating_add(u64::try_from(PART).unwrap_or(u64::MAX)).min(file.bytes);
                let piece = self.piece(&key, at, end).await?;
                out.write_all(&piece).await.map_err(failed)?;
                at = end;
            }
            out.sync_all().await.map_err(failed)
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> Work<'a, ()> {
        Box::pin(async move {
            let key = self.key(name);
            let url = self.bucket.delete_object(Some(&self.credentials), &key).sign(SIGNED_FOR);
            self.ask("DELETE", url, Bytes::new()).await.map(|_| ())
        })
    }
}

/// A part, or what is left of the file.
async fn read_part(file: &mut tokio::fs::File) -> Result<Vec<u8>, String> {
    let mut part = Vec::new();
    let most = u64::try_from(PART).unwrap_or(u64::MAX);
    file.take(most).read_to_end(&mut part).await.map_err(|error| format!("the backup cannot be read: {error}"))?;
    Ok(part)
}

/// The code and message inside an answer's XML, or its beginning.
fn said(answer: &PostAnswer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let inside = |tag| inside(&text, tag);
    match (inside("Code"), inside("Message")) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code,
        _ => text.chars().take(120).collect::<String>().trim().to_owned(),
    }
}

/// The text of the first element of this name.
fn inside(text: &str, tag: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{tag}>"))?;
    rest.split_once(&format!("</{tag}>")).map(|(found, _)| found.to_owned())
}
