//! How a connection to PostgreSQL is encrypted, and whom it trusts.

use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{ErrorKind, StoreError};

/// What is asked of the certificate of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing: whoever reads along cannot read, whoever stands in between can.
    None,
    /// That somebody trusted has signed it.
    Authority,
    /// Also that it is of the host that was connected to.
    Host,
}

/// How connections are encrypted.
pub(super) struct Tls {
    pub(super) proof: Proof,
    /// A file of certificates, in PEM, of those who are trusted; those that the system trusts where
    /// there is none.
    pub(super) trusted: Option<String>,
    /// What came of it, once it was needed.
    pub(super) made: RwLock<Option<Arc<ClientConfig>>>,
}

impl Tls {
    /// What connects with it.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, StoreError> {
        let made = self
            .made
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let config = if let Some(config) = made {
            config
        } else {
            let config = Arc::new(self.config()?);
            let mut made = self.made.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.insert(config))
        };
        Ok(MakeRustlsConnect::new((*config).clone()))
    }

    fn config(&self) -> Result<ClientConfig, StoreError> {
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = match self.proof {
            Proof::None => Arc::new(Unproven(Arc::clone(&provider))),
            Proof::Authority => Arc::new(OfAuthority(self.verifier(&provider)?)),
            Proof::Host => self.verifier(&provider)?,
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable("prepare TLS").because(error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(config)
    }

    fn verifier(
        &self,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<WebPkiServerVerifier>, StoreError> {
        let roots = Arc::new(self.roots()?);
        WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
            .build()
            .map_err(|error| unusable("find a certificate to trust").because(error))
    }

    fn roots(&self) -> Result<RootCertStore, StoreError> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.trusted {
            let read = || {
                let certificates = CertificateDer::pem_file_iter(Path::new(file))?;
                certificates.collect::<Result<Vec<_>, _>>()
            };
            let operation = "read the certificates to trust (sslrootcert)";
            for certificate in read().map_err(|error| unusable(operation).because(error))? {
                let added = roots.add(certificate);
                added.map_err(|error| unusable(operation).because(error))?;
            }
        } else {
            // Systems have some that nobody can read; what is missing is told when none can be used.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Ok(roots)
    }
}

fn unusable(operation: &'static str) -> StoreError {
    StoreError::new(ErrorKind::Unprepared, operation)
}

/// Trusts everybody.
#[derive(Debug)]
struct Unproven(Arc<CryptoProvider>);

impl ServerCertVerifier for Unproven {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, cert, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, cert, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Trusts whom an authority has signed, whatever its name is.
#[derive(Debug)]
struct OfAuthority(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for OfAuthority {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self
            .0
            .verify_server_cert(certificate, others, name, ocsp, now)
        {
            // The name is looked at last.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
