//! Which versions were compiled: those of the lock file.

const LOCK: &str = include_str!("../Cargo.lock");

/// A package's name and version; the newest, if it is there in several: the library can be on older versions of wgpu, too.
pub(crate) fn of(package: &str) -> String {
    let lines: Vec<&str> = LOCK.lines().collect();
    let name = format!("name = \"{package}\"");
    let found = lines.windows(2).filter(|pair| pair[0] == name);
    let mut versions = found.filter_map(|pair| pair[1].strip_prefix("version = \"")?.strip_suffix('"'));
    format!("{package} {}", versions.next_back().unwrap_or("of unknown version"))
}
