//! Where the server is, as a URL tells.

use std::collections::HashMap;

use redis::{ClientTlsConfig, ConnectionInfo, IntoConnectionInfo, TlsCertificates};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::trouble::{not_understood, why};
use crate::{ErrorKind, StoreError};

/// What a URL tells of a server, or of a cluster.
pub(super) struct Place {
    /// The servers that are asked first.
    pub(super) nodes: Vec<ConnectionInfo>,
    pub(super) is_cluster: bool,
    /// Certificates other than those that everybody knows.
    pub(super) certificates: Option<TlsCertificates>,
    /// What every key begins with.
    pub(super) prefix: Option<String>,
}

impl Place {
    /// Understands `url`, and reads the files that it names.
    pub(super) fn of(url: &str) -> Result<Self, StoreError> {
        let (scheme, rest) = url.split_once("://").ok_or_else(not_understood)?;
        let (scheme, is_cluster) = match scheme.strip_suffix("-cluster") {
            Some(scheme) => (scheme, true),
            None => (scheme, false),
        };
        if !["redis", "rediss", "valkey", "valkeys"].contains(&scheme) {
            return Err(not_understood());
        }
        let ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (servers, path) = rest.split_at_checked(ends).ok_or_else(not_understood)?;
        let (credentials, servers) = match servers.rsplit_once('@') {
            Some((credentials, servers)) => (format!("{credentials}@"), servers),
            None => (String::new(), servers),
        };
        let mut nodes = Vec::new();
        let mut parameters = HashMap::new();
        for server in servers.split(',') {
            let url = format!("{scheme}://{credentials}{server}{path}");
            let url = redis::parse_redis_url(&url).ok_or_else(not_understood)?;
            // The only ones that there are would have certificates ignored.
            if url.fragment().is_some() || url.host_str().is_none_or(str::is_empty) {
                return Err(not_understood());
            }
            parameters = url.query_pairs().into_owned().collect();
            let node = url.into_connection_info();
            nodes.push(node.map_err(|error| not_understood().because(why(&error)))?);
        }
        let has_database = nodes.iter().any(|node| node.redis_settings().db() != 0);
        if is_cluster && has_database {
            return Err(not_understood().because("a cluster has one database, of number 0"));
        }
        if nodes.len() > 1 && !is_cluster {
            return Err(not_understood().because("only a cluster has several servers"));
        }
        Self::with(nodes, is_cluster, parameters)
    }

    fn with(
        nodes: Vec<ConnectionInfo>,
        is_cluster: bool,
        mut parameters: HashMap<String, String>,
    ) -> Result<Self, StoreError> {
        let prefix = parameters.remove("prefix");
        let _known_to_the_client = parameters.remove("protocol");
        let mut file = |name: &str| parameters.remove(name).map(|path| read(&path)).transpose();
        let (ca, cert, key) = (file("ca")?, file("cert")?, file("key")?);
        if !parameters.is_empty() {
            return Err(not_understood().because("it has a parameter that nobody knows"));
        }
        let has_certificate = |pem: &Vec<u8>| CertificateDer::pem_slice_iter(pem).next().is_some();
        if !ca.iter().all(has_certificate) {
            return Err(not_understood().because("the file of authorities has no certificate"));
        }
        let client_tls = match (cert, key) {
            (Some(client_cert), Some(client_key)) => Some(ClientTlsConfig {
                client_cert,
                client_key,
            }),
            (None, None) => None,
            _ => return Err(not_understood().because("a certificate and its key go together")),
        };
        let certificates = TlsCertificates {
            client_tls,
            root_cert: ca,
        };
        let has_any = certificates.client_tls.is_some() || certificates.root_cert.is_some();
        let is_tls = nodes.iter().all(|node| node.addr().tls_mode_is_on());
        if has_any && !is_tls {
            return Err(not_understood().because("certificates are for URLs with TLS"));
        }
        Ok(Self {
            nodes,
            is_cluster,
            certificates: has_any.then_some(certificates),
            prefix,
        })
    }
}

fn read(path: &str) -> Result<Vec<u8>, StoreError> {
    std::fs::read(path).map_err(|error| {
        StoreError::new(ErrorKind::Unavailable, "read a certificate of the store").because(error)
    })
}

/// Whether connections are encrypted.
trait Tls {
    fn tls_mode_is_on(&self) -> bool;
}

impl Tls for redis::ConnectionAddr {
    fn tls_mode_is_on(&self) -> bool {
        matches!(self, Self::TcpTls { .. })
    }
}
