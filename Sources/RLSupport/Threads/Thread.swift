internal import Glibc

/// Lets another thread run on this core.
func yieldThread() { _ = sched_yield() }

private final class ThreadBody {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs the closure on a new thread that nobody waits for.
///
/// - Returns: Whether the system had a thread for it.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  let argument = Unmanaged.passRetained(ThreadBody(body)).toOpaque()
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  var thread = pthread_t()
  let problem = pthread_create(&thread, &attributes, { run($0) }, argument)
  if problem != 0 { Unmanaged<ThreadBody>.fromOpaque(argument).release() }
  return problem == 0
}

private func run(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
  return nil
}
