//! A bare way for a protocol that secures itself (SSH), through the same door as everything else: policy, names, proxy.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::address::Address;
use super::connector::Wire;
use super::{Failure, Upstream};

/// An open way; what is said on it is the caller's business.
pub struct BareWire(Box<dyn Wire>);

impl Upstream {
    /// Opens a way for a protocol that encrypts by itself and knows whom it talks to.
    pub async fn open_bare(&self, host: &str, port: u16, within: Duration) -> Result<BareWire, Failure> {
        let address = Address { https: true, host: host.to_owned(), port };
        let opened = self.core.connector.open(&self.core.policy(), &address, None, within).await;
        opened.map(|opened| BareWire(opened.wire)).map_err(|not| not.failure)
    }
}

impl AsyncRead for BareWire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for BareWire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, text: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, text)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
