//! Through the router.
