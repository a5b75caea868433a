//! What is removed where the user interrupts the command: files that are half written. Those that are there stay whole.

#[cfg(not(unix))]
pub(crate) use elsewhere::{held_back, removed};
#[cfg(unix)]
pub(crate) use unix::{held_back, removed};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io;
    use std::path::PathBuf;
    use std::sync::{Mutex, MutexGuard, PoisonError};
    use std::thread;

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;
    use signal_hook::low_level::emulate_default_handler;
    use tempfile::NamedTempFile;

    /// All that were made; None before the first. Their names are random: one that is not there any more is nobody else's.
    static MADE: Mutex<Option<Vec<PathBuf>>> = Mutex::new(None);

    /// Held where several files take their places: all of them do, or none.
    static PLACING: Mutex<()> = Mutex::new(());

    fn lock<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file that is gone when this process is interrupted, unless it has taken another name.
    pub(crate) fn removed(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
        // Locked while it is made, so that no interrupt falls between.
        let mut made = lock(&MADE);
        if made.is_none() {
            watch()?;
        }
        let file = make()?;
        made.get_or_insert_default().push(file.path().to_owned());
        Ok(file)
    }

    /// Until it is dropped, an interrupt waits.
    pub(crate) fn held_back() -> MutexGuard<'static, ()> {
        lock(&PLACING)
    }

    /// Waits for a signal beside all else, and ends the process by it, as if nothing had waited.
    fn watch() -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM])?;
        let wait = move || {
            let Some(signal) = signals.forever().next() else { return };
            let (_placed, made) = (held_back(), lock(&MADE));
            for path in made.iter().flatten() {
                // Most are gone by then.
                let _ = fs::remove_file(path);
            }
            let _ = emulate_default_handler(signal);
        };
        thread::Builder::new().name("interrupt".to_owned()).spawn(wait)?;
        Ok(())
    }
}

/// Where there are no signals, an interrupt ends the process at once.
#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    use tempfile::NamedTempFile;

    pub(crate) fn removed(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
        make()
    }

    pub(crate) fn held_back() {}
}
