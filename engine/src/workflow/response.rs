//! A response as its folder declares it: `response.json`, and `shape.json` of the shape that it names.

use super::parameters::{Fields, listed, merged};
use super::{DEFINITION, Functions, Parameter, RESPONSE, ResponseError, SHAPES, WorkflowError, read};
use crate::events::input::Transformer;
use crate::json;
use crate::placeholders;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file that says what a shape has.
const SHAPE: &str = "shape.json";

/// The rule of a response of older versions.
const OLD_RULE: &str = "rule.json";

/// What a response and its shape declare.
#[derive(Debug, Clone, Default)]
pub(crate) struct Response {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) kind: Option<String>,
    /// The folder of the shape.
    pub(crate) shape: Option<PathBuf>,
    /// The definition: the shape's, or the response's own.
    pub(crate) definition: PathBuf,
    pub(crate) parameters: BTreeMap<String, Parameter>,
    /// The input of the state machine for targets of rules that have none.
    pub(crate) input_template: Option<String>,
}

/// `response.json`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResponseFile {
    title: String,
    description: Option<String>,
    shape: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    parameters: BTreeMap<String, Fields>,
    input_template: Option<String>,
}

/// `shape.json`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ShapeFile {
    #[expect(dead_code, reason = "it is for people")]
    description: String,
    #[serde(default)]
    parameters: BTreeMap<String, Fields>,
    input_template: Option<String>,
}

impl Response {
    /// Reads what the folder of a response declares.
    pub(crate) fn read(folder: &Path, functions: &Functions) -> Result<Self, WorkflowError> {
        let old = folder.join(OLD_RULE);
        if old.is_file() {
            return Err(WorkflowError::Response { file: old, why: ResponseError::OldRule });
        }
        let (file, definition) = (folder.join(RESPONSE), folder.join(DEFINITION));
        let has_definition = definition.is_file();
        if !file.is_file() && has_definition {
            return Ok(Self { definition, ..Self::default() });
        }
        let wrong = |why: ResponseError| WorkflowError::Response { file: file.clone(), why };
        let declared: ResponseFile = parse(&file)?;
        let shape = match (&declared.shape, has_definition) {
            (Some(shape), false) => Some(shape_folder(folder, shape).map_err(wrong)?),
            (None, true) => None,
            (Some(shape), true) => return Err(wrong(ResponseError::ShapeAndDefinition(shape.clone()))),
            (None, false) => return Err(wrong(ResponseError::NoShape)),
        };
        match &declared.kind {
            Some(kind) if !functions.kinds().contains(kind.as_str()) => {
                let known = listed(functions.kinds().into_iter());
                return Err(wrong(ResponseError::UnknownKind { kind: kind.clone(), known }));
            }
            None if shape.is_some() => return Err(wrong(ResponseError::NoKind)),
            _ => {}
        }
        let mut of_shape: Option<ShapeFile> = None;
        if let Some(shape) = &shape {
            of_shape = Some(parse(&shape.join(SHAPE))?);
        }
        let parameters = merged(of_shape.as_ref().map(|shape| &shape.parameters), declared.parameters);
        let parameters = parameters.map_err(|why| wrong(why.into()))?;
        let input_template = match (declared.input_template, of_shape.and_then(|shape| shape.input_template))
        {
            (Some(own), _) => {
                check_template(&own, &parameters).map_err(wrong)?;
                Some(own)
            }
            (None, Some(template)) => {
                let file = shape.as_ref().map(|shape| shape.join(SHAPE)).unwrap_or_default();
                check_template(&template, &parameters)
                    .map_err(|why| WorkflowError::Response { file, why })?;
                Some(template)
            }
            (None, None) => None,
        };
        Ok(Self {
            title: Some(declared.title),
            description: declared.description,
            kind: declared.kind,
            definition: shape.as_ref().map_or(definition, |shape| shape.join(DEFINITION)),
            shape,
            parameters,
            input_template,
        })
    }
}

/// The folder of a shape: shapes are beside the folders of the responses.
fn shape_folder(response: &Path, shape: &str) -> Result<PathBuf, ResponseError> {
    let shapes = if response.file_name().is_some() {
        response.with_file_name(SHAPES)
    } else {
        response.join("..").join(SHAPES)
    };
    let folder = shapes.join(shape);
    if is_name(shape) && folder.join(DEFINITION).is_file() {
        return Ok(folder);
    }
    let mut known: Vec<String> = std::fs::read_dir(&shapes)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join(DEFINITION).is_file())
        .filter_map(|folder| Some(folder.file_name()?.to_string_lossy().into_owned()))
        .collect();
    known.sort();
    Err(ResponseError::UnknownShape { shape: shape.to_owned(), known: listed(known.iter()) })
}

/// Whether a shape's name is the name of a folder, and not a path to one.
fn is_name(shape: &str) -> bool {
    Path::new(shape).file_name().is_some_and(|name| name == shape)
}

fn check_template(template: &str, parameters: &BTreeMap<String, Parameter>) -> Result<(), ResponseError> {
    if let Some(name) = placeholders::names(template).find(|name| !parameters.contains_key(*name)) {
        let known = listed(parameters.keys());
        return Err(ResponseError::TemplateParameter { name: name.to_owned(), known });
    }
    let transformer = Transformer { input_paths_map: BTreeMap::new(), input_template: template.to_owned() };
    match transformer.unknown() {
        Some(name) => Err(ResponseError::TemplateVariable(name.to_owned())),
        None => Ok(()),
    }
}

/// Reads a JSON file in which no object has a member twice.
fn parse<T: DeserializeOwned>(file: &Path) -> Result<T, WorkflowError> {
    let text = read(file)?;
    parse_text(&text).map_err(|why| WorkflowError::Response { file: file.to_owned(), why })
}

/// Parses JSON in which no object has a member twice.
pub(crate) fn parse_text<T: DeserializeOwned>(text: &str) -> Result<T, ResponseError> {
    let parsed = serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => ResponseError::Member(error.to_string()),
        _ => ResponseError::NotJson(error.to_string()),
    })?;
    // serde_json keeps the last of two members of a map.
    let twice = json::parse(text).map(|(_, twice)| twice).unwrap_or_default();
    match twice.into_iter().next() {
        Some(problem) => Err(ResponseError::Twice(problem.pointer())),
        None => Ok(parsed),
    }
}
