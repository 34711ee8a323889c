//! The manifests as the reader sees them: tabs with names.

/// One tab of the editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// `api.yaml`.
    pub name: String,
    /// What stands in it.
    pub text: String,
}

/// All tabs, in order. There is always at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    files: Vec<File>,
}

/// No more tabs than this: a share link could ask for any number.
const MOST: usize = 20;

impl Files {
    /// These tabs; an empty one where there is none.
    pub fn new(mut files: Vec<File>) -> Files {
        files.truncate(MOST);
        if files.is_empty() {
            files.push(File { name: "manifest.yaml".to_owned(), text: String::new() });
        }
        Files { files }
    }

    /// The tabs.
    pub fn all(&self) -> &[File] {
        &self.files
    }

    /// How many tabs there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Never: one tab is always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The text of a tab; empty for one that is not there.
    pub fn text(&self, place: usize) -> &str {
        self.files.get(place).map_or("", |file| file.text.as_str())
    }

    /// Puts `text` into a tab. `false` where it is the same as before.
    pub fn set_text(&mut self, place: usize, text: &str) -> bool {
        match self.files.get_mut(place) {
            Some(file) if file.text != text => {
                text.clone_into(&mut file.text);
                true
            }
            _ => false,
        }
    }

    /// Opens an empty tab with a name that is free, and gives its place; `None` where there are too many.
    pub fn add(&mut self) -> Option<usize> {
        if self.files.len() >= MOST {
            return None;
        }
        let free = (1..).map(|number| format!("file-{number}.yaml"));
        let name = free.into_iter().find(|name| self.files.iter().all(|file| file.name != *name))?;
        self.files.push(File { name, text: String::new() });
        Some(self.files.len() - 1)
    }

    /// Gives a tab another name: short, without slashes, and not another tab's. `false` where it cannot be.
    pub fn rename(&mut self, place: usize, name: &str) -> bool {
        let name = name.trim();
        let odd = name.is_empty() || name.len() > 60 || name.contains(['/', '\\', '\0']);
        if odd || self.files.iter().enumerate().any(|(other, file)| other != place && file.name == name) {
            return false;
        }
        match self.files.get_mut(place) {
            Some(file) => {
                name.clone_into(&mut file.name);
                true
            }
            None => false,
        }
    }

    /// Closes a tab; the last one is emptied instead.
    pub fn remove(&mut self, place: usize) {
        if place < self.files.len() {
            self.files.remove(place);
        }
        if self.files.is_empty() {
            *self = Files::new(Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_tab_and_names_stay_apart() {
        let mut files = Files::new(Vec::new());
        assert_eq!(files.len(), 1);
        let second = files.add().unwrap();
        assert!(!files.rename(second, "manifest.yaml"));
        assert!(files.rename(second, " web.yaml "));
        assert!(!files.rename(second, "../web.yaml"));
        assert!(files.set_text(second, "kind: Pod") && !files.set_text(second, "kind: Pod"));
        files.remove(0);
        assert_eq!(files.all()[0].name, "web.yaml");
        files.remove(0);
        assert_eq!((files.len(), files.text(0)), (1, ""));
    }
}
