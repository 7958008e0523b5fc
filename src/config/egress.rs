//! `[egress]`: which addresses the appliance may reach. The entries are read by the egress policy itself; here they are text.

use url::Url;

use super::section::Section;
use crate::base::Secret;

/// Has no `Debug`: it may hold the proxy's password.
#[derive(Clone)]
pub struct Egress {
    /// Empty: everything but loopback, link-local and metadata addresses. Given: nothing else.
    pub allow: Vec<String>,
    pub deny: Vec<String>,
    /// A forward proxy (CONNECT).
    pub proxy: Option<Url>,
    pub proxy_username: Option<String>,
    pub proxy_password: Option<Secret>,
    pub no_proxy: Vec<String>,
    /// Where plain HTTP may go.
    pub plaintext: Vec<String>,
}

pub fn read(section: &mut Section<'_>) -> Egress {
    let allow = section.or("allow", Vec::new());
    let deny = section.or("deny", Vec::new());
    let proxy: Option<Url> = section.optional("proxy");
    if let Some(url) = &proxy
        && (!url.username().is_empty() || url.password().is_some())
    {
        let remedy = "Use proxy_username and proxy_password or proxy_password_file";
        section.problem("proxy", "a user or password stands inside the address", remedy);
    }
    let proxy_username = section.optional("proxy_username");
    let proxy_password = section.secret("proxy_password");
    if proxy.is_none() && (proxy_username.is_some() || proxy_password.is_some()) {
        section.problem(
            "proxy",
            "a proxy's user or password is given, but no proxy",
            "Name the proxy, or take them out",
        );
    }
    let no_proxy = section.or("no_proxy", Vec::new());
    let plaintext = section.or("plaintext", vec!["127.0.0.0/8".to_owned()]);
    Egress { allow, deny, proxy, proxy_username, proxy_password, no_proxy, plaintext }
}
