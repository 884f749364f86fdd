/// Where the frames of a recording go, one after another, while they are made.
///
/// A sink holds two frames at most, however long the recording is. What it writes lies beside its
/// path until `finish` puts it there, whole; after an error, or when it is released unfinished,
/// nothing of it is left.
public protocol FrameSink: AnyObject {
  /// Where the finished recording will be.
  var path: String { get }
  /// Frames appended so far.
  var frameCount: Int { get }

  /// Adds a frame, which is shown for one frame time.
  ///
  /// - Throws: ``RecordingError`` if it cannot be stored or is not of the first frame's size; the
  ///   recording is abandoned then.
  func append(_ frame: Frame) throws(RecordingError)

  /// Ends the recording and puts it under its name, in place of an older one.
  ///
  /// - Throws: ``RecordingError`` if that cannot be done or there was no frame; the recording is
  ///   abandoned then.
  func finish() throws(RecordingError)

  /// Ends the recording and removes what was written. Does nothing to a finished one.
  func abandon()
}
