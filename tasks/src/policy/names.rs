//! Names that say that somebody is an administrator.

/// Whether a name, or a pattern of names, has a word that says administration: `Admin-*`, `company-admin`, `SysAdmins`,
/// `ProductionAdministrator`, but not `badminton`.
pub(super) fn is_administrators(name: &str) -> bool {
    let mut words: Vec<String> = vec![];
    let mut last = ' ';
    for letter in name.chars() {
        let starts =
            !letter.is_ascii_alphabetic() || (letter.is_ascii_uppercase() && last.is_ascii_lowercase());
        if starts {
            words.push(String::new());
        }
        if letter.is_ascii_alphabetic() {
            match words.last_mut() {
                Some(word) => word.push(letter.to_ascii_lowercase()),
                None => words.push(letter.to_ascii_lowercase().to_string()),
            }
        }
        last = letter;
    }
    let says = |word: &String| {
        let word = word.trim_end_matches('s');
        matches!(
            word,
            "admin" | "administrator" | "administration" | "administrative" | "sysadmin" | "superuser"
        )
    };
    words.iter().any(says)
}

#[cfg(test)]
mod tests {
    use super::is_administrators;

    #[test]
    fn a_word_says_administration() {
        for name in
            ["Admin-*", "company-admin", "ProductionAdministrator", "SysAdmins", "platform-admins", "*/admin"]
        {
            assert!(is_administrators(name), "{name}");
        }
        for name in ["badminton-cfn", "Badminton", "dadminx", "web", "*"] {
            assert!(!is_administrators(name), "{name}");
        }
    }
}
