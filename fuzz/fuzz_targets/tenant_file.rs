//! A tenant file. One that can be read says the same after it was written.
#![no_main]

use control_api::tenant::TenantFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(file) = TenantFile::from_toml("tenant.toml", text) {
        let again = TenantFile::from_json("tenant.toml", &file.to_json());
        assert_eq!(again.as_ref(), Ok(&file));
    }
});
