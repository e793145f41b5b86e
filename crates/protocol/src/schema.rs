//! Schemas of forms that have no type of their own.

use utoipa::ToSchema;

/// 32 bytes as unpadded base64url.
#[derive(Debug, ToSchema)]
#[schema(min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{43}$")]
pub struct Base64Of32(pub String);
