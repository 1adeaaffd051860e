//! Bodies pass through intact and bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axes_tower::{LoginRule, Username};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{exchange, post as posting};
use crate::site::{builder, serve};

const FORM: &str = "application/x-www-form-urlencoded";

/// An application that tells what it got: how many bytes, their sum, and trailers.
async fn echo() -> std::net::SocketAddr {
    let tell = |headers: HeaderMap, body: Body| async move {
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().map_or(0, HeaderMap::len);
        let bytes: Bytes = collected.to_bytes();
        let sum: u64 = bytes.iter().map(|byte| u64::from(*byte)).sum();
        let announced = headers.contains_key("content-length");
        let text = format!("{} {sum} {trailers} {announced}", bytes.len());
        (StatusCode::CREATED, text)
    };
    let guard = builder().failure_limit(1000).body_limit(1000);
    let guard = guard.build().unwrap();
    let readers = guard
        .layer(LoginRule::json("/json", "/username"))
        .rule(LoginRule::form("/form", "username"))
        .rule(LoginRule::new("/streams").username(Username::in_parts(|_| None)));
    let app = Router::new()
        .route("/json", post(tell))
        .route("/form", post(tell))
        .route("/streams", post(tell))
        .route("/other", post(tell))
        .layer(readers);
    serve(app).await
}

fn told(body: &[u8], trailers: usize, announced: bool) -> String {
    let sum: u64 = body.iter().map(|byte| u64::from(*byte)).sum();
    format!("{} {sum} {trailers} {announced}", body.len())
}

#[tokio::test]
async fn the_application_gets_the_same_bytes() {
    let address = echo().await;
    let json = "{\"username\": \"ad\u{e9}\"}";
    let form = "username=ada&password=%F0%9F%98%80";
    for (path, content_type, body) in [
        ("/json", "application/json", json),
        ("/form", FORM, form),
        ("/streams", "text/plain", ""),
        ("/streams", FORM, json),
        ("/other", "", ""),
        ("/other", "application/json", form),
    ] {
        let answer = exchange(address, posting(path, content_type, body)).await;
        assert_eq!(answer.body, told(body.as_bytes(), 0, true), "{path}");
    }
}

#[tokio::test]
async fn bad_utf8_and_nul_bytes_are_harmless() {
    let address = echo().await;
    for (path, content_type) in [
        ("/form", FORM),
        ("/streams", "application/json"),
        ("/streams", "\u{fffd}"),
        ("/streams", ""),
    ] {
        let mut request = posting(path, content_type, "").into_bytes();
        let body = b"username=\xff\xfe\0&\x80=\xc3";
        let head = request.len() - "0\r\n\r\n".len();
        request.truncate(head);
        request.extend(format!("{}\r\n\r\n", body.len()).bytes());
        request.extend(body);
        let answer = exchange(address, request).await;
        assert_eq!(answer.body, told(body, 0, true), "{content_type}");
    }
}

#[tokio::test]
async fn a_body_in_chunks_comes_whole_with_its_trailers() {
    let address = echo().await;
    for path in ["/form", "/streams", "/other"] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {FORM}\r\n\
             Transfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n\
             5\r\nusern\r\n7\r\name=ada\r\n0\r\nx-sum: 7\r\n\r\n"
        );
        let answer = exchange(address, request).await;
        assert_eq!(answer.body, told(b"username=ada", 1, false), "{path}");
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_goes_nowhere() {
    let address = echo().await;
    let fits = format!("username=ada&x={}", "y".repeat(985));
    assert_eq!(fits.len(), 1000);
    assert_eq!(
        exchange(address, posting("/form", FORM, &fits)).await.body,
        told(fits.as_bytes(), 0, true)
    );
    let large = fits + "y";
    for _ in 0..5 {
        assert_eq!(
            exchange(address, posting("/form", FORM, &large))
                .await
                .status,
            413
        );
    }
    let chunks = "1f4\r\n".to_owned() + &"y".repeat(500) + "\r\n";
    let chunked = format!(
        "POST /json HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
         {}0\r\n\r\n",
        chunks.repeat(3)
    );
    assert_eq!(exchange(address, chunked).await.status, 413);
    // What the guard need not read may be of any size.
    let answer = exchange(address, posting("/streams", FORM, &large)).await;
    assert_eq!(answer.body, told(large.as_bytes(), 0, true));
    let answer = exchange(address, posting("/other", FORM, &large)).await;
    assert_eq!(answer.body, told(large.as_bytes(), 0, true));
}

#[tokio::test]
async fn a_huge_announcement_is_refused_before_it_comes() {
    let address = echo().await;
    let head = "POST /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                Content-Length: 9999999999999\r\n\r\n";
    assert_eq!(exchange(address, head).await.status, 413);
}

#[tokio::test]
async fn an_encoded_body_is_not_guessed_at() {
    let address = echo().await;
    let encoded =
        |path| posting(path, FORM, "username=").replace("Host:", "Content-Encoding: gzip\r\nHost:");
    assert_eq!(exchange(address, encoded("/form")).await.status, 415);
    assert_eq!(exchange(address, encoded("/other")).await.status, 201);
    let plain = encoded("/form").replace("gzip", "Identity");
    assert_eq!(exchange(address, plain).await.status, 201);
}

#[tokio::test]
async fn a_body_that_ends_early_is_no_attempt() {
    let guard = builder().failure_limit(1).build().unwrap();
    let app = Router::new()
        .route("/login", post(|| async { StatusCode::UNAUTHORIZED }))
        .layer(guard.layer(LoginRule::form("/login", "username")));
    let address = serve(app).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = posting("/login", FORM, "username=ada").replace("Length: 12", "Length: 99");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    let (failures, refusal) = peek(&guard).await;
    assert_eq!((failures, refusal), (0, false));
    // Nor does one in flight stand in the way.
    let answer = exchange(address, posting("/login", FORM, "username=ada")).await;
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn no_username_is_hidden_from_the_guard_alone() {
    /// What an application reads, however it is put.
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "that they are read is enough")]
    struct Login {
        username: String,
        password: String,
    }
    let guard = builder().failure_limit(1).build().unwrap();
    let read = Arc::<AtomicUsize>::default();
    let (of_form, of_json) = (Arc::clone(&read), Arc::clone(&read));
    let form = move |axum::Form(_): axum::Form<Login>| async move {
        of_form.fetch_add(1, Ordering::SeqCst);
        StatusCode::UNAUTHORIZED
    };
    let json = move |axum::Json(_): axum::Json<Login>| async move {
        of_json.fetch_add(1, Ordering::SeqCst);
        StatusCode::UNAUTHORIZED
    };
    let app = Router::new()
        .route("/form", post(form.clone()))
        .route("/json", post(json))
        .route("/both", post(form))
        .layer(
            guard
                .layer(LoginRule::form("/form", "username"))
                .rule(LoginRule::json("/json", "/username"))
                .rule(LoginRule::json("/both", "/username"))
                .rule(LoginRule::form("/both", "username")),
        );
    let address = serve(app).await;
    let form = "username=ada&password=guess";
    let json = r#"{"username": "ada", "password": "guess"}"#;
    let with = |more: &str| json.replace('}', &format!(", \"z\": {more}}}"));
    let deep = with(&("[".repeat(200) + &"]".repeat(200)));
    for (path, content_type, body, status) in [
        ("/form", "application/x-www-form-urlencodedX", form, 415),
        ("/form", "application/json", json, 415),
        ("/form", FORM, "password=guess", 400),
        ("/json", "application/json+x", json, 415),
        ("/json", "application/json", r#"["ada", "guess"]"#, 400),
        ("/json", "application/json", &with("1e999"), 400),
        ("/json", "application/json", &with(r#""\ud800""#), 400),
        ("/json", "application/json", &deep, 400),
        ("/json", "application/json", "", 400),
        ("/both", FORM, form, 415),
    ] {
        let answer = exchange(address, posting(path, content_type, body)).await;
        assert_eq!(answer.status, status, "{path} {content_type} {body}");
    }
    assert_eq!(read.load(Ordering::SeqCst), 0, "an application read one");
    assert_eq!(peek(&guard).await, (0, false), "nothing is counted");
    // An empty one hides nothing, and is counted.
    let empty = posting("/form", FORM, "username=&password=guess");
    assert_eq!(exchange(address, empty).await.status, 429);
    assert_eq!(read.load(Ordering::SeqCst), 1);
}

async fn peek(guard: &axes_tower::Guard) -> (u32, bool) {
    let attempt = axes_tower::Attempt::new("127.0.0.1".parse().ok());
    let peeked = tokio::time::timeout(Duration::from_secs(60), guard.peek(&attempt)).await;
    let (failures, refusal) = peeked.unwrap().unwrap();
    (failures, refusal.is_some())
}
