//! Processes, as the kernel of Linux lists them. Elsewhere none is seen, and no engine ends its functions as it dies.

use std::collections::BTreeSet;
use tests::Result;

/// A process: its number, and when it was started, since numbers are used again.
pub(crate) type Process = (u32, u64);

/// Whether the kernel lists them.
pub(crate) const LISTED: bool = cfg!(target_os = "linux");

/// The children of a process that run, or are stopped.
pub(crate) fn children(of: u32) -> Result<BTreeSet<Process>> {
    Ok(alive()?.into_iter().filter(|(_, parent)| *parent == of).map(|(process, _)| process).collect())
}

/// Those of these processes that are still there.
pub(crate) fn left(of: &BTreeSet<Process>) -> Result<BTreeSet<Process>> {
    let alive: BTreeSet<Process> = alive()?.into_iter().map(|(process, _)| process).collect();
    Ok(of.intersection(&alive).copied().collect())
}

/// Every process with its parent. One that has ended and waits for its parent to notice does not count.
fn alive() -> Result<Vec<(Process, u32)>> {
    let mut processes = Vec::new();
    if !LISTED {
        return Ok(processes);
    }
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else { continue };
        // It may have ended since it was listed.
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name is in parentheses and may contain anything. Source: proc_pid_stat(5).
        let Some((_, fields)) = stat.rsplit_once(") ") else { continue };
        let fields: Vec<&str> = fields.split(' ').collect();
        let number = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok());
        if let (Some(parent), Some(started), false) =
            (number(1), number(19), matches!(fields.first(), Some(&"Z" | &"X")))
        {
            processes.push(((pid, started), u32::try_from(parent).unwrap_or_default()));
        }
    }
    Ok(processes)
}
