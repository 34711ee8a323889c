//! `-o custom-columns`.
//!
//! Models kubectl pkg/cmd/get/customcolumn.go.

use super::{JsonPath, align};
use crate::api::Value;
use crate::api::go_value;

/// Columns that the reader named.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomColumns {
    columns: Vec<(String, JsonPath)>,
}

impl CustomColumns {
    /// Reads `NAME:.metadata.name,PORT:.spec.ports[0].port`; the error is worded as kubectl prints it.
    pub fn parse(spec: &str) -> Result<CustomColumns, String> {
        if spec.is_empty() {
            return Err("custom-columns format specified but no custom columns given".to_owned());
        }
        let column = |part: &str| {
            let (header, path) = part
                .split_once(':')
                .ok_or_else(|| format!("unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"))?;
            Ok((header.to_owned(), JsonPath::parse_relaxed(path)?))
        };
        spec.split(',').map(column).collect::<Result<_, String>>().map(|columns| CustomColumns { columns })
    }

    /// Reads a template file: a line of headers, a line of paths.
    pub fn parse_file(text: &str) -> Result<CustomColumns, String> {
        let mut lines = text.lines();
        let headers: Vec<&str> = lines.next().unwrap_or("").split_whitespace().collect();
        let paths: Vec<&str> = lines.next().unwrap_or("").split_whitespace().collect();
        if headers.len() != paths.len() {
            let counts = format!("number of headers ({}) and field specifications ({})", headers.len(), paths.len());
            return Err(format!("{counts} don't match"));
        }
        let column = |(header, path): (&str, &str)| Ok((header.to_owned(), JsonPath::parse_relaxed(path)?));
        headers
            .into_iter()
            .zip(paths)
            .map(column)
            .collect::<Result<_, String>>()
            .map(|columns| CustomColumns { columns })
    }

    /// The table of `objects`, each line ended.
    pub fn table<'a>(&self, objects: impl IntoIterator<Item = &'a Value>, headers: bool) -> Result<String, String> {
        let mut text = String::new();
        let mut push = |cells: Vec<String>| {
            text.push_str(&cells.join("\t"));
            text.push('\n');
        };
        if headers {
            push(self.columns.iter().map(|(header, _)| header.clone()).collect());
        }
        for object in objects {
            let cell = |(_, path): &(String, JsonPath)| -> Result<String, String> {
                let found = path.find(object)?;
                if found.is_empty() {
                    return Ok("<none>".to_owned());
                }
                Ok(found.iter().map(|value| go_value::plain(value)).collect::<Vec<_>>().join(","))
            };
            push(self.columns.iter().map(cell).collect::<Result<_, _>>()?);
        }
        Ok(align(&text, 6, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn cells_are_what_the_paths_find() {
        let object = json!({"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}, {"port": 81}]}});
        let columns =
            CustomColumns::parse("NAME:metadata.name,SELECTOR:.spec.selector,PORTS:.spec.ports[*].port,X:.x").unwrap();
        assert_eq!(
            columns.table([&object], true).unwrap(),
            "NAME   SELECTOR       PORTS   X\nweb    map[app:web]   80,81   <none>\n"
        );
    }
}
