//! Reports: pure functions of events and results. They decide nothing.

mod console;
mod json;
mod junit;
mod sarif;
#[cfg(test)]
mod testing;

pub use console::Console;
pub use json::json;
pub use junit::junit;
pub use sarif::sarif;
