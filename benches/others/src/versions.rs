//! Which versions were compiled: those of the lock file.

const LOCK: &str = include_str!("../Cargo.lock");

/// A package's name and version; all, if it is there in several.
pub(crate) fn of(package: &str) -> String {
    let lines: Vec<&str> = LOCK.lines().collect();
    let name = format!("name = \"{package}\"");
    let found = lines.windows(2).filter(|pair| pair[0] == name);
    let versions = found.filter_map(|pair| pair[1].strip_prefix("version = \"")?.strip_suffix('"'));
    format!("{package} {}", versions.collect::<Vec<_>>().join(" and "))
}
