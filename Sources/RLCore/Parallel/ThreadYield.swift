#if canImport(Glibc)
  internal import Glibc
#else
  internal import Foundation
#endif

/// Lets another thread run on this core.
func yieldThread() { _ = sched_yield() }
