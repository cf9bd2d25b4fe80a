//! The shared floor of Longshore: the model, the service traits, the server functions and the pages.
//!
//! It compiles twice: with `ssr` into the server, with `hydrate` into the browser's module. It never names
//! the cluster's client, the database or the server: those stand behind the traits of [`service`].

#[expect(missing_docs, reason = "the macro makes public fields of arguments that the functions document")]
pub mod api;
pub mod assets;
pub mod components;
pub mod drawn;
pub mod error;
pub mod i18n;
pub mod lazy;
pub mod live;
pub mod load;
pub mod model;
pub mod pages;
pub mod pause;
#[cfg(feature = "ssr")]
pub mod reference;
pub mod routes;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod webauthn;

pub use error::{ErrorKind, FieldError, UiError};
