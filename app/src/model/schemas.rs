//! JSON Schemas of what is written as a word: permissions, roles and places.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Permission, PermissionSet, RoleRef, Scope};

impl JsonSchema for Permission {
    fn schema_name() -> Cow<'static, str> {
        "Permission".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<_> = Self::ALL.into_iter().map(Self::as_str).collect();
        json_schema!({ "type": "string", "description": "Something that can be allowed.", "enum": names })
    }
}

impl JsonSchema for PermissionSet {
    fn schema_name() -> Cow<'static, str> {
        "PermissionSet".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Permission>();
        json_schema!({ "type": "array", "description": "Some permissions.", "items": one, "uniqueItems": true })
    }
}

impl JsonSchema for RoleRef {
    fn schema_name() -> Cow<'static, str> {
        "RoleRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A built-in role by its name, or a tenant's own by its id.",
            "examples": ["developer"],
        })
    }
}

impl JsonSchema for Scope {
    fn schema_name() -> Cow<'static, str> {
        "Scope".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A place where a role holds, with all that is in it.",
            "pattern": "^(platform|(tenant|cluster|namespace|app)/[0-9a-fA-F-]{36})$",
        })
    }
}
