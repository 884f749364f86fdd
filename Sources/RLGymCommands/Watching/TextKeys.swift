internal import Foundation
internal import RLGym

/// Keys from standard input; a terminal hands them over one by one and unseen until `restore`.
struct TextKeys {
  private var saved: termios?

  init() {
    var settings = termios()
    guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else { return }
    saved = settings
    // Ctrl-C still sends its signal, which ends the loop that reads keys.
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  /// Gives the terminal back as it was.
  func restore() {
    guard var saved else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &saved)
  }

  /// Waits for a key; `nil` at the end of the input and after a signal.
  mutating func next() -> Key? {
    guard let byte = byte(within: nil) else { return nil }
    switch byte {
    case 27:
      // Arrow keys come as escape, bracket and a letter; Escape itself comes alone.
      guard let bracket = self.byte(within: 50), bracket == 91 || bracket == 79 else {
        return .escape
      }
      switch self.byte(within: 50) {
      case 65: return .up
      case 66: return .down
      case 67: return .right
      case 68: return .left
      default: return next()
      }
    case 32: return .space
    case 9: return .tab
    case 10, 13: return saved == nil ? next() : .enter
    case 33...126: return .character(Character(Unicode.Scalar(byte)).lowercasedKey)
    default: return next()
    }
  }

  /// A byte, waited for so many milliseconds or until a signal comes.
  private func byte(within milliseconds: Int32?) -> UInt8? {
    var waited: Int32 = 0
    while Interruption.signalNumber == nil {
      var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = poll(&request, 1, milliseconds ?? 100)
      if ready > 0 {
        var byte: UInt8 = 0
        return read(STDIN_FILENO, &byte, 1) == 1 ? byte : nil
      }
      waited += milliseconds ?? 0
      if let milliseconds, waited >= milliseconds { return nil }
    }
    return nil
  }
}

extension Character {
  fileprivate var lowercasedKey: Character { lowercased().first ?? self }
}
