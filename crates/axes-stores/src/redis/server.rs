//! Connecting to one server.

use std::time::Duration;

use redis::{Client, Connection, ConnectionAddr, ConnectionInfo, RedisResult, TlsCertificates};
use rustls::crypto::{CryptoProvider, ring};

use super::slots::Address;

/// A server, and what it takes to be let in.
#[derive(Clone)]
pub(super) struct Server {
    client: Client,
    timeout: Duration,
}

impl Server {
    /// The server of `info`, for whose answers nobody waits longer than `timeout`.
    pub(super) fn new(
        info: ConnectionInfo,
        certificates: Option<&TlsCertificates>,
        timeout: Duration,
    ) -> RedisResult<Self> {
        // It need not know what this client is called: that would be one more question.
        let settings = info.redis_settings().clone().set_skip_set_lib_name();
        let info = info.set_redis_settings(settings);
        let client = match certificates {
            Some(certificates) => Client::build_with_tls(info, certificates.clone()),
            None => Client::open(info),
        };
        Ok(Self {
            client: client?,
            timeout,
        })
    }

    /// The server at `address` that lets in whom this one lets in.
    pub(super) fn at(&self, address: &Address) -> Self {
        let (host, port) = address.clone();
        let info = self.client.get_connection_info().clone();
        let addr = if let ConnectionAddr::TcpTls {
            insecure,
            tls_params,
            ..
        } = info.addr().clone()
        {
            ConnectionAddr::TcpTls {
                host,
                port,
                insecure,
                tls_params,
            }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        // What was understood once is understood again.
        let client = Client::open(info.set_addr(addr)).unwrap_or_else(|_| self.client.clone());
        Self {
            client,
            timeout: self.timeout,
        }
    }

    pub(super) fn connect(&self) -> RedisResult<Connection> {
        choose_cryptography();
        let connection = self.client.get_connection_with_timeout(self.timeout)?;
        connection.set_read_timeout(Some(self.timeout))?;
        connection.set_write_timeout(Some(self.timeout))?;
        Ok(connection)
    }

    /// Whether a database other than the first is asked for.
    pub(super) fn has_database(&self) -> bool {
        self.client.get_connection_info().redis_settings().db() != 0
    }

    pub(super) fn address(&self) -> Address {
        let addr = self.client.get_connection_info().addr();
        if let ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } = addr {
            (host.clone(), *port)
        } else {
            Address::default()
        }
    }
}

/// Where a program brings several, TLS would not know which to take.
fn choose_cryptography() {
    if CryptoProvider::get_default().is_none() {
        // Somebody else may be faster, and then it is theirs.
        let _ = ring::default_provider().install_default();
    }
}
