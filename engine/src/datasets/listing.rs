//! The objects of a bucket, as `ListObjectsV2` gives them.

use super::Item;
use serde_json::{Value, json};

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its bucket.
    pub bucket: String,
    /// Its name.
    pub key: String,
}

impl Object {
    /// Its address, as `$states.context.Map.Item.Source` has it.
    pub fn address(&self) -> String {
        format!("s3://{}/{}", self.bucket, self.key)
    }

    /// The object at an address.
    pub fn at(address: &str) -> Option<Self> {
        let (bucket, key) = address.strip_prefix("s3://")?.split_once('/')?;
        let is_whole = !bucket.is_empty() && !key.is_empty();
        is_whole.then(|| Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// The items of one page of a bucket's listing: what it says of each object.
pub fn listed(bucket: &str, page: &Value) -> Vec<Item> {
    let item = |object: &Value| {
        let value = json!({
            "Etag": object.get("ETag"),
            "Key": object.get("Key"),
            "LastModified": object.get("LastModified").map(seconds),
            "Size": object.get("Size"),
            "StorageClass": object.get("StorageClass"),
        });
        Item { key: None, value, source: Some(format!("s3://{bucket}")) }
    };
    contents(page).map(item).collect()
}

/// The objects of one page of a bucket's listing that hold something. A folder made in the console is an empty object.
pub fn objects(bucket: &str, page: &Value) -> Vec<Object> {
    let keys = contents(page).filter_map(|object| object.get("Key")?.as_str());
    let object = |key: &str| Object { bucket: bucket.to_owned(), key: key.to_owned() };
    keys.filter(|key| !key.ends_with('/')).map(object).collect()
}

fn contents(page: &Value) -> impl Iterator<Item = &Value> {
    page.get("Contents").and_then(Value::as_array).into_iter().flatten()
}

/// A time in seconds since 1970, as items have it: a number with a point, measured on AWS and published by others.
fn seconds(time: &Value) -> Value {
    let parsed = time.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    parsed.map_or_else(|| time.clone(), |at| Value::from(at.as_second() as f64))
}
