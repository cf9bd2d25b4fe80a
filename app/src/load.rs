//! What a page asks the server for: loaded while the page is rendered, sent along with it, and loaded anew in the
//! browser whenever what it depends on changes.
//!
//! A [`Load`] is used like leptos' `Resource`, which does the work. It differs in that the machinery is compiled once
//! for all pages and not once for each type and each page, a twentieth of the browser's module
//! (docs/decisions/one-resource.md).

use std::{any::Any, future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use leptos::{
    prelude::*,
    server::codee::{Decoder, Encoder},
};
use serde::{Serialize, de::DeserializeOwned};

use crate::UiError;

type Erased = Arc<dyn Any + Send + Sync>;
type Source = Box<dyn Fn() -> u64 + Send + Sync>;
type Fetcher = Box<dyn Fn(u64) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// What was answered, whatever its type.
#[derive(Clone)]
enum Answer {
    /// As it was answered just now.
    Value {
        value: Erased,
        #[cfg(feature = "ssr")]
        to_json: fn(&Erased) -> serde_json::Result<String>,
    },
    /// As it came with the page.
    Json(Arc<str>),
}

/// How an answer travels with its page: its JSON as it is.
struct AsJson;

#[cfg(feature = "ssr")]
impl Encoder<Answer> for AsJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(answer: &Answer) -> Result<String, Self::Error> {
        match answer {
            Answer::Value { value, to_json } => to_json(value),
            Answer::Json(json) => Ok(json.to_string()),
        }
    }
}

/// Only a server sends pages.
#[cfg(not(feature = "ssr"))]
impl Encoder<Answer> for AsJson {
    type Error = std::convert::Infallible;
    type Encoded = String;

    fn encode(_: &Answer) -> Result<String, Self::Error> {
        Ok(String::new())
    }
}

impl Decoder<Answer> for AsJson {
    type Error = std::convert::Infallible;
    type Encoded = str;

    fn decode(json: &str) -> Result<Answer, Self::Error> {
        Ok(Answer::Json(json.into()))
    }
}

/// What can be loaded: something that can also say that it could not be.
pub trait Loadable: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// In the place of an answer that makes no sense, as of a server of another version.
    fn failed(error: UiError) -> Self;
}

impl<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Loadable for Result<T, UiError> {
    fn failed(error: UiError) -> Self {
        Err(error)
    }
}

/// What was asked for, with the answer to it.
impl<Q: Default, T> Loadable for (Q, Result<T, UiError>)
where
    Self: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    fn failed(error: UiError) -> Self {
        (Q::default(), Err(error))
    }
}

/// Something that is being loaded, or was. Await it within a `Suspense` or `Transition`.
pub struct Load<T> {
    resource: Resource<Answer, AsJson>,
    answers: PhantomData<fn() -> T>,
}

impl<T> Clone for Load<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Load<T> {}

impl<T: Loadable> Load<T> {
    /// Loads what `fetch` makes of the value of `source`, and again whenever that value changes.
    #[track_caller]
    pub fn new<S, F>(
        source: impl Fn() -> S + Send + Sync + 'static,
        fetch: impl Fn(S) -> F + Send + Sync + 'static,
    ) -> Self
    where
        S: Clone + PartialEq + Send + Sync + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let source = Memo::new(move |_| source());
        let changes = StoredValue::new(0);
        let turn: Source = Box::new(move || {
            // Read, not tracked alone: a memo that nobody has read yet passes for changed when it is looked at later, and
            // what came with the page would be loaded once more and drawn anew under whoever is typing already.
            source.with(|_| ());
            changes.update_value(|n| *n += 1);
            changes.get_value()
        });
        let fetch: Fetcher = Box::new(move |_| {
            let answer = fetch(source.get_untracked());
            Box::pin(async move { wrap(answer.await) })
        });
        Self { resource: Resource::new_with_options(turn, fetch, false), answers: PhantomData }
    }

    /// Loads it once more.
    pub fn refetch(&self) {
        self.resource.refetch();
    }
}

impl<T: Loadable> IntoFuture for Load<T> {
    type Output = T;
    type IntoFuture = Pin<Box<dyn Future<Output = T> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let answer = self.resource.into_future();
        Box::pin(async move { unwrap(&answer.await) })
    }
}

fn wrap<T: Loadable>(value: T) -> Answer {
    Answer::Value {
        value: Arc::new(value),
        #[cfg(feature = "ssr")]
        to_json: |value| match value.downcast_ref::<T>() {
            Some(value) => serde_json::to_string(value),
            None => Err(serde::ser::Error::custom("an answer of another type")),
        },
    }
}

fn unwrap<T: Loadable>(answer: &Answer) -> T {
    let value = match answer {
        Answer::Value { value, .. } => value.downcast_ref().cloned(),
        Answer::Json(json) => serde_json::from_str(json).ok(),
    };
    value.unwrap_or_else(|| T::failed(UiError::internal()))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Numbers = Result<Vec<u32>, UiError>;

    #[test]
    fn an_answer_is_the_same_at_once_and_after_its_way_to_the_browser() {
        let there = wrap::<Numbers>(Ok(vec![1, 2]));
        assert_eq!(unwrap::<Numbers>(&there), Ok(vec![1, 2]));
        assert_eq!(unwrap::<Numbers>(&Answer::Json(r#"{"Ok":[1,2]}"#.into())), Ok(vec![1, 2]));
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_an_error_and_no_panic() {
        assert_eq!(unwrap::<Numbers>(&Answer::Json("{".into())), Err(UiError::internal()));
        assert_eq!(unwrap::<Numbers>(&wrap::<Result<String, UiError>>(Ok("two".into()))), Err(UiError::internal()));
        let (asked, answer) = unwrap::<(u8, Numbers)>(&Answer::Json("[7]".into()));
        assert_eq!((asked, answer), (0, Err(UiError::internal())));
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn what_is_sent_is_plain_json() {
        let sent = AsJson::encode(&wrap::<Numbers>(Ok(vec![3]))).expect("JSON");
        assert_eq!(sent, r#"{"Ok":[3]}"#);
        assert!(matches!(AsJson::decode(&sent), Ok(Answer::Json(json)) if *json == *sent));
    }
}
