//! Certificates of a test.

use super::process::{Server, find};

/// Makes an authority and a certificate for `host`, signed by it, in the folder of `server`: files
/// `ca.crt`, `server.crt` and `server.key`. Also an authority that has signed nothing: `other.crt`.
pub fn make_certificates(server: &Server, host: &str) {
    let openssl = find("openssl", "openssl", &[]);
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30";
    let script = format!(
        "set -e; openssl() {{ \"$0\" \"$@\"; }}
        openssl req -x509 {key} -keyout ca.key -out ca.crt -subj /CN=tests
        openssl req -x509 {key} -keyout other.key -out other.crt -subj /CN=others
        openssl req {key} -keyout server.key -out server.csr -subj /CN=server
        echo subjectAltName=DNS:{host} > names
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 \
            -extfile names -out server.crt
        chmod 600 server.key"
    );
    server.run(&["sh", "-c", &script, &openssl]);
}
