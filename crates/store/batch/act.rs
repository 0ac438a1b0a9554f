//! Acts of any type on their way through the one queue: waiting, run, answered.

use crate::Conn;
use jiebang_store::{Act, BoxFuture, StoreError};
use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};
use tokio::sync::oneshot;

/// An act that waits for its turn.
pub(crate) trait Waiting: Send {
    /// Nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Runs the act on the connection, inside a savepoint that the caller has set.
    fn run<'a>(self: Box<Self>, connection: &'a mut Conn, time_max: Duration)
    -> BoxFuture<'a, Box<dyn Done>>;
    /// Answers without running it.
    fn refuse(self: Box<Self>, error: StoreError);
}

/// An act that has run and is not answered yet.
pub(crate) trait Done: Send {
    /// What it wrote is to stay.
    fn stands(&self) -> bool;
    /// Answers: with its own result, or with the failure of the batch.
    fn answer(self: Box<Self>, failure: Option<&StoreError>);
}

/// An act and the place for its answer.
pub(crate) struct WaitingAct<T, E> {
    pub(crate) act: Act<T, E>,
    pub(crate) answer: oneshot::Sender<Result<T, E>>,
}

struct DoneAct<T, E> {
    result: Result<T, E>,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E> Waiting for WaitingAct<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    fn is_abandoned(&self) -> bool {
        self.answer.is_closed()
    }

    fn run<'a>(
        self: Box<Self>,
        connection: &'a mut Conn,
        time_max: Duration,
    ) -> BoxFuture<'a, Box<dyn Done>> {
        Box::pin(async move {
            let Self { act, answer } = *self;
            connection.forget_failure();
            // The act is called inside the future, so that a panic before its first statement is caught as well.
            let run = unwinding(async { act(connection).await });
            let mut result = match tokio::time::timeout(time_max, run).await {
                Ok(Ok(result)) => result,
                Ok(Err(Panicked)) => {
                    tracing::error!("an act panicked and was undone");
                    Err(StoreError::Unavailable("the act panicked".to_owned()).into())
                }
                Err(_) => {
                    tracing::error!(?time_max, "an act took too long and was undone");
                    Err(StoreError::Unavailable("the act took too long".to_owned()).into())
                }
            };
            // It swallowed the failure of a statement; what it believes to have written may not be there.
            if let (true, Some(failure)) = (result.is_ok(), connection.failure()) {
                tracing::error!(%failure, "an act went on after a statement had failed and was undone");
                result = Err(failure.clone().into());
            }
            Box::new(DoneAct { result, answer }) as Box<dyn Done>
        })
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        // An error here means that nobody waits any more.
        drop(self.answer.send(Err(error.into())));
    }
}

impl<T, E> Done for DoneAct<T, E>
where
    T: Send,
    E: From<StoreError> + Send,
{
    fn stands(&self) -> bool {
        self.result.is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<&StoreError>) {
        let result = match failure {
            None => self.result,
            Some(failure) => Err(failure.clone().into()),
        };
        drop(self.answer.send(result));
    }
}

/// The future panicked.
struct Panicked;

/// Polls a future and catches its panics. What the panic interrupted is the act's own state and the connection; the first is
/// dropped, and the second is rolled back to the savepoint.
async fn unwinding<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = Box::pin(future);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => std::task::Poll::Ready(Err(Panicked)),
    })
    .await
}
