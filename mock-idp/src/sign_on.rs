//! One sign-on, as a chain of types of which each is made from the one before by a step that may stop it:
//!
//! `RequestParam -> UnverifiedRequest -> RoutedRequest -> AuthenticatedSignIn -> AuthorizedSignIn -> IssuedClaims
//! -> SignedResponse`
//!
//! What stops it is told to the user on a page, or to the SP by a `FailureResponse` of the `RoutedRequest` (3.6). A tile
//! enters at `RoutedRequest`. The steps follow the order of checks of entra-behaviour.md 7.3. None knows
//! HTTP; time and random values come in.

mod armed;
mod authenticated;
mod authorized;
mod failure;
mod issued;
mod policy;
mod reply_url;
mod request_param;
mod routed;
mod signature;
mod signed;
mod unverified;
mod victim;
mod window;
mod written;

pub(crate) use authenticated::AuthenticatedSignIn;
pub(crate) use authorized::{AuthorizedSignIn, Denied, roles};
pub(crate) use failure::FailureIds;
pub(crate) use issued::IssuedClaims;
pub(crate) use policy::Demands;
pub(crate) use request_param::{Binding, Decoded, RequestParam, SignOutRequest, login_hint};
pub(crate) use routed::{
    Refusal, Route, RoutedRequest, TEST_BUTTON_ID, Wishes, check_enabled as check_app_enabled, find_app,
};
pub(crate) use signed::{FaultContext, Reading, ResponseError, ResponseIds, SignedResponse};
pub(crate) use unverified::UnverifiedRequest;
pub(crate) use victim::another_user;
