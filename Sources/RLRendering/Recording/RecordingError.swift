/// What can go wrong with a recording.
public enum RecordingError: Error, Equatable, CustomStringConvertible {
  /// The name says no format that can be written.
  case unknownFormat(String)
  /// A file cannot be written.
  case unwritable(String, reason: String)
  /// A folder for frames holds something else.
  case occupied(String)
  /// A frame has another size than those before it.
  case sizeChanged(String, from: String, to: String)
  /// The format cannot hold frames of this size.
  case tooLarge(String, size: String, limit: Int)
  /// The environment does not say what it looks like.
  case notDrawable(String)
  /// The recording ended without a frame.
  case empty(String)
  /// The recording was finished or abandoned before.
  case closed(String)
  /// The program that encodes video is not there.
  case encoderMissing(String)
  /// The program that encodes video failed.
  case encoderFailed(String, message: String)
  /// The program that encodes video takes nothing in and does not end.
  case encoderStalled(String, seconds: Int)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownFormat(let path):
      "Cannot tell a video format from the name '\(path)'. Use a name that ends in .apng, .png, .gif or .mp4, or one without an ending (or with a '/') for a folder of PNG files."
    case .unwritable(let path, let reason):
      "Cannot write '\(path)': \(reason)."
    case .occupied(let path):
      "'\(path)' is a folder with other files than recorded frames; name another folder."
    case .sizeChanged(let path, let from, let to):
      "A frame of \(to) pixels cannot follow frames of \(from) in '\(path)'; draw all frames of a recording in one size."
    case .tooLarge(let path, let size, let limit):
      "'\(path)' cannot hold frames of \(size) pixels; its format ends at \(limit) a side. Record smaller frames."
    case .notDrawable(let environment):
      "\(environment) cannot be drawn; make its type Drawable: one method that returns a Drawing."
    case .empty(let path):
      "There was no frame to put into '\(path)'."
    case .closed(let path):
      "The recording '\(path)' has ended; start another one."
    case .encoderMissing(let path):
      "Cannot record '\(path)': MP4 needs the program ffmpeg, which is not there. Install it (apt-get install ffmpeg), or record .apng or .gif, which need nothing."
    case .encoderFailed(let path, let message):
      "ffmpeg could not make '\(path)': \(message)."
    case .encoderStalled(let path, let seconds):
      "ffmpeg has taken in nothing for '\(path)' in \(seconds) s and was stopped; record .apng or .gif instead."
    }
  }
}
