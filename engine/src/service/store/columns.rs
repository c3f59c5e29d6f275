//! ARNs and statuses in columns: texts that are read again as what they were.

use crate::arn::{ActivityArn, ExecutionArn, MapRunArn, StateMachineArn};
use crate::status::{ExecutionStatus, MapRunStatus};
use rusqlite::ToSql;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};

macro_rules! column {
    ($($name:ident)*) => {$(
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(FromSqlError::other)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }
    )*};
}

column!(ActivityArn ExecutionArn MapRunArn StateMachineArn);

/// A status in a column, with what it is a status of.
macro_rules! status {
    ($name:ident, $of:literal) => {
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let text = value.as_str()?;
                let unknown = || FromSqlError::Other(format!("`{text}` is no status of {}", $of).into());
                Self::read(text).ok_or_else(unknown)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.as_str().into())
            }
        }
    };
}

status!(ExecutionStatus, "an execution");
status!(MapRunStatus, "a map run");
