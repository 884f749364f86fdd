internal import Glibc
internal import Synchronization

/// Standard output and standard error, for words that cannot stop what goes on: a stream that is full, closed or
/// read by nobody is no fault of a training.
///
/// All writing to the two goes through here. `print` and `FileHandle` lose what a full disk does not take without a
/// word, or end the process. Where the program does not keep SIGPIPE from ending it, a reader that has gone still does.
public enum StandardStream: Int32, Sendable {
  /// For results.
  case output = 1
  /// For everything else.
  case errors = 2

  /// Lines of standard error that were lost since the last one that came through.
  private static let lostCount = Atomic<Int>(0)

  /// Writes words as they are, without a buffer. A reader of results that has gone, as in `rlgym envs | head -1`, ends
  /// the process in silence, as SIGPIPE does.
  ///
  /// - Parameter text: The words, with their line ends.
  /// - Throws: `FileError.unwritable` with the system's reason.
  public func write(_ text: String) throws(FileError) {
    var text = text
    let problem = text.withUTF8 { Self.write($0, to: rawValue) }
    if self == .output, problem == EPIPE {
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    if let problem {
      throw .unwritable(
        self == .output ? "standard output" : "standard error",
        reason: String(cString: strerror(problem)))
    }
  }

  /// Writes words to standard error if that is possible, and drops them otherwise; the next that come through say
  /// that some were lost.
  ///
  /// - Parameter text: The words, with their line ends.
  public static func note(_ text: String) {
    let count = lostCount.exchange(0, ordering: .relaxed)
    let words =
      count == 0
      ? text
      : "warning: \(count) message\(count == 1 ? "" : "s") could not be written here.\n" + text
    do throws(FileError) { try errors.write(words) } catch {
      lostCount.add(count + 1, ordering: .relaxed)
    }
  }

  /// Writes all bytes.
  ///
  /// - Returns: The system's number of the error that kept some from being written, or `nil`.
  private static func write(_ bytes: UnsafeBufferPointer<UInt8>, to file: Int32) -> Int32? {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let written = Glibc.write(file, base + done, bytes.count - done)
      if written > 0 {
        done += written
      } else if written == 0 {
        return EIO
      } else if errno == EAGAIN {
        // Somebody made the terminal or the pipe one that does not block; nobody may read it any more.
        var request = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        if poll(&request, 1, 2000) == 0 { return EAGAIN }
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }

  /// Opens the standard descriptors that the process was started without on `/dev/null`, so that no file gets their
  /// numbers and, with these, what is meant for a terminal. To be called before anything is opened.
  public static func openMissing() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 {
      // The lowest free number is this one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}
