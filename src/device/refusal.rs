//! What wgpu refuses, as an error of ours.

use super::wgpu;
use crate::error::Error;

/// wgpu's own error, met while making `what`.
pub(crate) fn error_of(what: &'static str, error: &wgpu::Error) -> Error {
    let message = error.to_string();
    match error {
        wgpu::Error::OutOfMemory { .. } => Error::OutOfMemory { message },
        _ => Error::Refused { what, message },
    }
}

#[cfg(test)]
mod tests {
    use super::{error_of, wgpu};
    use crate::Error;

    /// No adapter without a GPU reports it: an upload beyond memory ends the process there.
    #[test]
    fn running_out_of_memory_is_an_error_of_its_own() {
        let source: Box<dyn std::error::Error + Send + Sync> = "no room".into();
        let error = error_of("values", &wgpu::Error::OutOfMemory { source });
        assert!(matches!(error, Error::OutOfMemory { .. }), "{error:?}");
        let source: Box<dyn std::error::Error + Send + Sync> = "not yours".into();
        let error = wgpu::Error::Validation { source, description: "a buffer of another device".to_owned() };
        let expected = Error::Refused {
            what: "values",
            message: "Validation Error: a buffer of another device".to_owned(),
        };
        assert_eq!(
            error_of("values", &error).to_string().split(':').next(),
            expected.to_string().split(':').next()
        );
    }
}
