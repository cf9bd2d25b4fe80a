//! What a page shows once it knows what: drawn once on the server.
//!
//! A `Suspense` of leptos looks for further loads in what stands within it: it makes its contents, asks each part of them,
//! throws them away, makes them anew and asks each part once more whether it is ready; a table's rows are so made twice,
//! and a future for each of their cells. What follows an answer needs none of that: it has all it shows, and a load of its
//! own stands in a `Suspense` of its own. [`drawn`] says so.

use leptos::prelude::*;

/// The view, as one that is ready: made once, when the page is written.
///
/// A [`crate::load::Load`] that is awaited within has to stand in a `Suspense` or `Transition` of its own.
pub fn drawn<V: IntoView + 'static>(view: V) -> AnyView {
    #[cfg(feature = "ssr")]
    return ready::Ready(view.into_view()).into_any();
    #[cfg(not(feature = "ssr"))]
    view.into_any()
}

#[cfg(feature = "ssr")]
mod ready {
    use leptos::tachys::{
        html::attribute::{Attribute, any_attribute::AnyAttribute},
        hydration::Cursor,
        ssr::StreamBuilder,
        view::{Position, PositionState, Render, RenderHtml, add_attr::AddAnyAttr},
    };

    /// A view that is not asked whether it is ready.
    pub(super) struct Ready<V>(pub V);

    impl<V: Render> Render for Ready<V> {
        type State = V::State;

        fn build(self) -> Self::State {
            self.0.build()
        }

        fn rebuild(self, state: &mut Self::State) {
            self.0.rebuild(state);
        }
    }

    impl<V: RenderHtml> AddAnyAttr for Ready<V> {
        type Output<NewAttr: Attribute> = V::Output<NewAttr>;

        fn add_any_attr<NewAttr: Attribute>(self, attr: NewAttr) -> Self::Output<NewAttr>
        where
            Self::Output<NewAttr>: RenderHtml,
        {
            self.0.add_any_attr(attr)
        }
    }

    impl<V: RenderHtml + 'static> RenderHtml for Ready<V> {
        type AsyncOutput = Self;
        type Owned = Self;

        const MIN_LENGTH: usize = V::MIN_LENGTH;
        const EXISTS: bool = V::EXISTS;

        fn dry_resolve(&mut self) {}

        async fn resolve(self) -> Self {
            self
        }

        fn html_len(&self) -> usize {
            self.0.html_len()
        }

        fn to_html_with_buf(
            self,
            buf: &mut String,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_with_buf(buf, position, escape, mark_branches, extra_attrs);
        }

        fn to_html_async_with_buf<const OUT_OF_ORDER: bool>(
            self,
            buf: &mut StreamBuilder,
            position: &mut Position,
            escape: bool,
            mark_branches: bool,
            extra_attrs: Vec<AnyAttribute>,
        ) {
            self.0.to_html_async_with_buf::<OUT_OF_ORDER>(buf, position, escape, mark_branches, extra_attrs);
        }

        fn hydrate<const FROM_SERVER: bool>(self, cursor: &Cursor, position: &PositionState) -> Self::State {
            self.0.hydrate::<FROM_SERVER>(cursor, position)
        }

        fn into_owned(self) -> Self {
            self
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use std::{
        pin::pin,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::{Context, Poll, Waker},
    };

    use leptos::tachys::view::RenderHtml;

    use super::*;

    #[test]
    fn what_is_ready_is_made_once() {
        let owner = Owner::new();
        owner.set();
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let view = view! {
            <ul>
                {move || {
                    count.fetch_add(1, Ordering::Relaxed);
                    (0..2).map(|n| view! { <li>{n}</li> }).collect_view()
                }}
            </ul>
        };
        let mut view = drawn(view);
        view.dry_resolve();
        let Poll::Ready(view) = pin!(view.resolve()).poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits for something");
        };
        let html = view.to_html();
        assert!(html.contains("<li>0") && html.contains("<li>1"), "{html}");
        assert_eq!(made.load(Ordering::Relaxed), 1);
    }
}
