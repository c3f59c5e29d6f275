//! How members are called in parameters and results.
//!
//! Source: Step Functions developer guide, "AWS SDK service integrations": parameters are in Pascal case. Which Pascal
//! case that is, its examples show: the names are those of the AWS SDK for Java (`DbInstanceIdentifier` for the API's
//! `DBInstanceIdentifier`).

use super::model::{Member, Shape};

/// Whose names the members have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Casing {
    /// Those of `aws-sdk:`: of the AWS SDK for Java, with a capital.
    Sdk,
    /// Those of optimized integrations: of the API, with a capital.
    Api,
}

/// The words of Java that a name can be, as the code of the AWS SDK for Java lists them. Seen on AWS: the member `static`
/// of `verifiedpermissions:createPolicy` is refused as `Static`.
const JAVA: &[&str] = &[
    "abstract",
    "assert",
    "boolean",
    "break",
    "byte",
    "case",
    "catch",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "extends",
    "false",
    "final",
    "finally",
    "float",
    "for",
    "goto",
    "if",
    "implements",
    "import",
    "instanceof",
    "int",
    "interface",
    "long",
    "native",
    "new",
    "null",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "short",
    "static",
    "strictfp",
    "super",
    "switch",
    "synchronized",
    "this",
    "throw",
    "throws",
    "transient",
    "true",
    "try",
    "void",
    "volatile",
    "while",
];

impl Casing {
    /// The name of a member whose name in the model this is.
    pub(crate) fn of(self, member: &str) -> String {
        let name = match self {
            // A name that is a word of Java's own has another one there.
            Self::Sdk if member == "NULL" => "nul".to_owned(),
            Self::Sdk => match uncapitalized(member) {
                name if JAVA.contains(&name.as_str()) => name + "Value",
                name => name,
            },
            Self::Api => member.to_owned(),
        };
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().to_string() + letters.as_str())
    }

    /// The member that has this name.
    pub(crate) fn find<'s>(self, shape: &'s Shape, name: &str) -> Option<(&'s str, &'s Member)> {
        let found = shape.members.iter().find(|(member, _)| self.of(member) == name);
        found.map(|(member, of)| (member.as_str(), of))
    }
}

/// `DBInstanceIdentifier` becomes `dbInstanceIdentifier`, `ETag` becomes `eTag`: the capitals at the beginning become
/// small, but for the one that begins a word.
fn uncapitalized(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut small = 1;
    while letters.get(small).is_some_and(|letter| letter.is_uppercase())
        && letters.get(small + 1).is_none_or(|after| !after.is_lowercase())
    {
        small += 1;
    }
    let lower = letters.iter().take(small).flat_map(|letter| letter.to_lowercase());
    lower.chain(letters.iter().skip(small).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_called_as_step_functions_calls_them() {
        for (member, sdk, api) in [
            ("DBInstanceIdentifier", "DbInstanceIdentifier", "DBInstanceIdentifier"),
            ("KMSMasterKeyID", "KmsMasterKeyID", "KMSMasterKeyID"),
            ("SSEAlgorithm", "SseAlgorithm", "SSEAlgorithm"),
            ("ETag", "ETag", "ETag"),
            ("stateMachineArn", "StateMachineArn", "StateMachineArn"),
            ("SS", "Ss", "SS"),
            ("BOOL", "Bool", "BOOL"),
            ("NULL", "Nul", "NULL"),
            ("S", "S", "S"),
            ("ACL", "Acl", "ACL"),
            ("VpcId", "VpcId", "VpcId"),
            ("static", "StaticValue", "Static"),
            ("Default", "DefaultValue", "Default"),
            ("", "", ""),
        ] {
            assert_eq!((Casing::Sdk.of(member), Casing::Api.of(member)), (sdk.to_owned(), api.to_owned()));
        }
    }
}
