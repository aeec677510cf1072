# What the gate checks, one recipe each. `just` lists them.

set shell := ["bash", "-euo", "pipefail", "-c"]

# List the recipes
default:
    @just --list

# Everything the gate asks of a change
check: format lint test

# No difference to rustfmt
format:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check

# No warning from clippy
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The README's test command
test:
    $(.ci/readme-command 2)

# The README's main command
demo:
    $(.ci/readme-command 1)

# Write the generated tables of docs/ anew
regen:
    ENTRANT_REGENERATE=1 cargo test --package entrant-tests --test docs

# Follow the guides in Chromium and write docs/guides anew, with its pictures
walk-throughs:
    ENTRANT_REGENERATE=1 cargo test --package entrant-cli --test browser guides

# Run every fuzz target for a while, seconds of each
fuzz seconds="10":
    fuzz/brief {{seconds}}

# Install what the witnesses and the real service providers need (Debian, as root)
install:
    .ci/install

# Both README commands in a fresh clone with a new HOME
fresh-clone:
    .ci/fresh-clone

# Signed responses per second against the machine's raw RSA rate
bench:
    cargo bench --package entrant-tests
