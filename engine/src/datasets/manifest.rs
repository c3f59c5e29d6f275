//! Manifests: objects that name the objects in which the items are.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)"; Amazon S3 user guide, "Locating your inventory list".

use super::listing::Object;
use super::{DatasetError, csv};
use crate::asl::state::item_reader::Format;
use serde::Deserialize;

/// An S3 inventory: the files that make it, and how they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// Its files.
    pub files: Vec<Object>,
    /// The format of each.
    pub format: Format,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    destination_bucket: Option<String>,
    file_format: Option<String>,
    file_schema: Option<String>,
    files: Option<Vec<File>>,
}

#[derive(Deserialize)]
struct File {
    key: String,
}

/// Reads the manifest of an inventory.
pub fn inventory(manifest: &[u8]) -> Result<Inventory, DatasetError> {
    let manifest: Manifest = serde_json::from_slice(manifest)
        .map_err(|error| DatasetError::Type { expected: "JSON", why: error.to_string() })?;
    let needs = DatasetError::NoInventory;
    let bucket = manifest.destination_bucket.ok_or(needs("destinationBucket"))?;
    let bucket = crate::arn::bucket(&bucket).to_owned();
    if manifest.file_format.as_deref().is_some_and(|format| !format.eq_ignore_ascii_case("CSV")) {
        return Err(DatasetError::Unreadable("S3 inventories in another format than CSV"));
    }
    let schema = manifest.file_schema.ok_or(needs("fileSchema"))?;
    let files = manifest.files.ok_or(needs("files"))?;
    Ok(Inventory {
        files: files.into_iter().map(|File { key }| Object { bucket: bucket.clone(), key }).collect(),
        format: Format::Csv {
            delimiter: ',',
            headers: Some(schema.split(',').map(|name| name.trim().to_owned()).collect()),
        },
    })
}

/// The objects that the manifest of an `UNLOAD` of Athena names: an address in each line.
pub fn athena(manifest: &[u8]) -> Result<Vec<Object>, DatasetError> {
    let text = String::from_utf8_lossy(manifest);
    let addresses = csv::records(&text, ',').flatten();
    addresses.map(|address| Object::at(&address).ok_or(DatasetError::NoAddress(address))).collect()
}
