//! What wgpu objects to later. A popped error scope tells natively at once, in a browser only when the page has let go of its
//! thread: until then, what it will say is kept here. For wasm alone.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use super::refusal::error_of;
use super::wgpu;
use crate::error::Error;

type Answer = Pin<Box<dyn Future<Output = Option<wgpu::Error>>>>;

/// Answers that are not there yet, each with what it is about.
#[derive(Default)]
pub(crate) struct Late {
    waiting: Mutex<Vec<(&'static str, Answer)>>,
}

impl Late {
    /// Keeps what the scopes will say. Forgets those that have said that all is well, so that who never asks piles up nothing.
    pub(crate) fn keep(
        &self,
        what: &'static str,
        scopes: impl IntoIterator<Item = impl Future<Output = Option<wgpu::Error>> + 'static>,
    ) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain_mut(|(_, answer)| {
            match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => true,
                Poll::Ready(None) => false,
                Poll::Ready(error) => {
                    *answer = Box::pin(std::future::ready(error));
                    true
                }
            }
        });
        waiting.extend(scopes.into_iter().map(|scope| -> (_, Answer) { (what, Box::pin(scope)) }));
    }

    /// Waits for all that is kept; the first error, if there is one.
    pub(crate) async fn settle(&self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        let mut first = Ok(());
        for (what, answer) in waiting {
            if let (Some(error), Ok(())) = (answer.await, &first) {
                first = Err(error_of(what, &error));
            }
        }
        first
    }
}

impl std::fmt::Debug for Late {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Late")
    }
}
