//! Requests are heard out: a browser sends all of a form before it reads the answer, and where the server hangs up in the middle
//! it shows a broken connection instead of the page that says what is wrong.
//!
//! ```text
//! request ──▶ handler, which may answer before it has read everything ──▶ answer
//!                 └── the rest of the body ──▶ read and thrown away, within limits
//! ```

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;
use futures_core::Stream;
use tokio::sync::oneshot;

/// Most bytes of a request that are thrown away; it is more than any form may hold.
const THROWN_AWAY_BYTES_MAX: usize = 256 << 20;
/// Longest time that somebody is heard out.
const HEARING_TIME_MAX: Duration = Duration::from_secs(60);

/// Reads what a handler left of a request, while the answer is on its way.
pub async fn hear_out(request: Request, next: Next) -> Response {
    // Who asks before sending is told by the answer and sends nothing more.
    if request.method().is_safe() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let (give_back, mut left) = oneshot::channel();
    let heard = Heard { rest: Some(body.into_data_stream()), give_back: Some(give_back) };
    let response = next.run(Request::from_parts(parts, Body::from_stream(heard))).await;
    if let Ok(rest) = left.try_recv() {
        tokio::spawn(tokio::time::timeout(HEARING_TIME_MAX, throw_away(rest)));
    }
    response
}

async fn throw_away(mut rest: BodyDataStream) {
    let mut bytes = 0;
    while bytes <= THROWN_AWAY_BYTES_MAX {
        match std::future::poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await {
            Some(Ok(piece)) => bytes += piece.len(),
            Some(Err(_)) | None => return,
        }
    }
}

/// A body that is given back when it is dropped before its end.
struct Heard {
    rest: Option<BodyDataStream>,
    give_back: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Heard {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(rest) = self.rest.as_mut() else { return Poll::Ready(None) };
        let polled = Pin::new(rest).poll_next(context);
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.rest = None;
        }
        polled
    }
}

impl Drop for Heard {
    fn drop(&mut self) {
        if let (Some(rest), Some(give_back)) = (self.rest.take(), self.give_back.take()) {
            drop(give_back.send(rest));
        }
    }
}
