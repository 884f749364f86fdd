internal import RLSupport

internal import CHDF5
internal import Glibc
internal import RLCore

/// Reads episodes with the HDF5 library, in this process.
///
/// Everything is checked before the library is asked to read it: links lead to files beside the main one and
/// to objects of the expected names and kinds; data lies in the file itself, not larger than the file can
/// hold, behind no filters but HDF5's own compression. The library itself is not safe against files that
/// were made to harm: such files are for `ChildEpisodeReader`.
final class HDF5EpisodeReader: EpisodeReading {
  private let folder: String
  private let metadata: RolloutLogMetadata
  private var files: [(name: String, id: hid_t, size: Int)] = []
  /// The bytes that the episode being read may still have: several datasets may share the same stored bytes.
  var bytesLeft = 0

  /// The most numbers of a dataset.
  static let limit = 1 << 28

  init(_ folder: String, _ metadata: RolloutLogMetadata) {
    self.folder = folder
    self.metadata = metadata
  }

  deinit {
    try? HDF5Library.use { h throws(RolloutLogError) in
      for file in files { _ = h.H5Fclose(file.id) }
    }
  }

  /// Reads one episode.
  func episode(_ number: Int) throws(RolloutLogError) -> Episode {
    let episode = try HDF5Library.use { h throws(RolloutLogError) in try read(number, h) }
    try episode.check(number, metadata, folder)
    return episode
  }

  func refuse(_ file: String, _ reason: String) -> RolloutLogError {
    .refused("\(folder)/\(file)", reason: reason)
  }

  // MARK: Files and links

  /// Opens a file of the directory; the few last ones stay open.
  private func open(_ name: String, _ h: rlgym_hdf5_functions) throws(RolloutLogError) -> (
    id: hid_t, size: Int
  ) {
    if let known = files.first(where: { $0.name == name }) { return (known.id, known.size) }
    let path = "\(folder)/\(name)"
    var status = stat()
    guard lstat(path, &status) == 0 else {
      throw .file(.unreadable(path, reason: String(cString: strerror(errno))))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw refuse(name, "it is a link or no file")
    }
    let id = h.H5Fopen(path, 0, 0)
    guard id >= 0 else { throw refuse(name, Self.obstacle(path)) }
    // The main file stays; of the shards, the one that was opened first goes.
    if files.count == 6 { _ = h.H5Fclose(files.remove(at: 1).id) }
    let size = ReadingLimits.content(of: status)
    files.append((name, id, size))
    return (id, size)
  }

  /// Why the library cannot open a file: another program is at it, or it is no such file.
  private static func obstacle(_ path: String) -> String {
    let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    defer { if file >= 0 { close(file) } }
    // A program that writes holds an exclusive lock, with which the one that HDF5 takes to read does not go.
    if file >= 0, flock(file, LOCK_SH | LOCK_NB) != 0, errno == EWOULDBLOCK {
      return
        "another program has it open for writing and has locked it; try again when that one is done"
    }
    var head = [UInt8](repeating: 0, count: 12)
    // Versions 2 and 3 of the superblock say in their twelfth byte whether a writer has the file open.
    if file >= 0, pread(file, &head, 12, 0) == 12,
      head[0..<8].elementsEqual([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]), head[8] == 3,
      head[11] & 5 != 0
    {
      return
        "a program that wrote to it has not closed it; if none does so any more, 'h5clear -s \(path)' makes it readable"
    }
    return "it is no HDF5 file, or a damaged one"
  }

  enum Link {
    case hard
    case external(file: String, object: String)
  }

  func link(
    _ parent: hid_t, _ name: String, in file: String, _ h: rlgym_hdf5_functions
  ) throws(RolloutLogError) -> Link? {
    guard h.H5Lexists(parent, name, 0) > 0 else { return nil }
    var info = rlgym_hdf5_link_info()
    guard h.get_link_info(parent, name, &info, 0) >= 0 else {
      throw refuse(file, "its link '\(name)' cannot be read")
    }
    if info.type == H5L_TYPE_HARD { return .hard }
    guard info.type == H5L_TYPE_EXTERNAL else {
      throw refuse(file, "'\(name)' is a soft link")
    }
    let size = Int(info.u.val_size)
    guard size > 2, size <= 4096 else { throw refuse(file, "its link '\(name)' is too long") }
    var value = [CChar](repeating: 0, count: size + 1)
    guard h.H5Lget_val(parent, name, &value, size, 0) >= 0 else {
      throw refuse(file, "its link '\(name)' cannot be read")
    }
    // A byte of flags, the file, and the object, each with a zero at its end.
    let parts = value.dropFirst().prefix(size - 1).split(
      separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2 else { throw refuse(file, "its link '\(name)' is malformed") }
    func word(_ part: ArraySlice<CChar>) -> String {
      String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return .external(file: word(parts[0]), object: word(parts[1]))
  }

  /// Opens the group of an episode, in the main file or in a shard beside it.
  private func openEpisode(_ number: Int, _ h: rlgym_hdf5_functions) throws(RolloutLogError) -> (
    group: hid_t, file: String, size: Int
  ) {
    let name = "episode_\(number)"
    var file = "main_data.hdf5"
    var (id, size) = try open(file, h)
    switch try link(id, name, in: file, h) {
    case nil: throw refuse(file, "it has no '\(name)', though metadata.json counts it")
    case .hard?: break
    case .external(let shard, let object)?:
      guard !shard.contains("/"), !shard.hasPrefix("."), shard.count <= 255,
        object == "/" + name || object == name
      else { throw refuse(file, "its link '\(name)' leads out of the directory or elsewhere") }
      (file, (id, size)) = (shard, try open(shard, h))
      guard case .hard? = try link(id, name, in: file, h) else {
        throw refuse(file, "it has no '\(name)' of its own")
      }
    }
    let group = h.H5Gopen2(id, name, 0)
    guard group >= 0 else { throw refuse(file, "'\(name)' is no group") }
    return (group, file, size)
  }

  // MARK: Episodes

  private func read(_ number: Int, _ h: rlgym_hdf5_functions) throws(RolloutLogError)
    -> Episode
  {
    let (group, file, size) = try openEpisode(number, h)
    defer { _ = h.H5Gclose(group) }
    bytesLeft = ReadingLimits.unpacked(size)
    let place = Place(group: group, file: file, size: size, name: "episode_\(number)", h: h)
    var episode = Episode()
    episode.rewards = try numbers(place, "rewards", 0.0, h.H5T_NATIVE_DOUBLE_id).values
    let length = episode.length
    guard length > 0 else { throw refuse(file, "'\(place.name)' has no steps") }
    episode.actions = try rows(place, "actions", length, metadata.actionSpace)
    episode.observations = try rows(
      place, "observations", length + 1, metadata.observationSpace)
    episode.terminated = try flag(place, "terminations", length)
    episode.truncated = try flag(place, "truncations", length)
    if !episode.terminated && !episode.truncated {
      throw refuse(file, "the last step of '\(place.name)' neither terminates nor truncates")
    }
    func extra(_ name: String) throws(RolloutLogError) -> [Float] {
      guard try link(group, name, in: file, h) != nil else { return [] }
      let numbers = try numbers(place, name, Float(0), h.H5T_NATIVE_FLOAT_id)
      guard numbers.shape == [length] else { throw wrongShape(place, name, numbers.shape) }
      return numbers.values
    }
    episode.logProbabilities = try extra("rlgym_logprob")
    episode.values = try extra("rlgym_value")
    if try link(group, "rlgym_action_mask", in: file, h) != nil {
      let masks = try bytes(place, "rlgym_action_mask")
      guard masks.shape == [length + 1, metadata.actionSpace.choiceWidth] else {
        throw wrongShape(place, "rlgym_action_mask", masks.shape)
      }
      episode.actionMasks = masks.values.map { $0 == 0 ? 0 : 1 }
    }
    episode.infos = try infos(place, length)
    episode.seed = attribute(place, "seed")
    if let seed = attribute(place, "rlgym_origin_seed"),
      let index = attribute(place, "rlgym_origin_index"), index < 1 << 40
    {
      episode.origin = Episode.Origin(seed: seed, index: Int(index))
    }
    episode.isUnfinished = attribute(place, "rlgym_unfinished") == 1
    return episode
  }

  /// A group that is read.
  struct Place {
    var group: hid_t
    var file: String
    var size: Int
    var name: String
    var h: rlgym_hdf5_functions
  }

  private func wrongShape(_ place: Place, _ name: String, _ shape: [Int]) -> RolloutLogError {
    refuse(place.file, "'\(place.name)/\(name)' has the shape \(shape), which does not fit")
  }

  /// The rows of a space.
  private func rows(_ place: Place, _ name: String, _ count: Int, _ space: SpaceSpec)
    throws(RolloutLogError) -> [Float]
  {
    let parts = space.logNames
    guard parts.isEmpty else {
      let h = place.h
      let inner = try open(name, in: place)
      defer { _ = h.H5Gclose(inner.group) }
      // All are read, and so known to be in the file, before there is room for rows.
      var columns: [(numbers: [Float], width: Int)] = []
      for (name, part) in parts {
        columns.append((try rows(inner, name, count, part), part.rowWidth))
      }
      var result: [Float] = []
      result.reserveCapacity(count * space.rowWidth)
      for row in 0..<count {
        for (numbers, width) in columns { result += numbers[row * width..<(row + 1) * width] }
      }
      return result
    }
    let numbers: (values: [Float], shape: [Int])
    if case .multiBinary = space {
      let bytes = try bytes(place, name)
      numbers = (bytes.values.map { Float($0) }, bytes.shape)
    } else {
      numbers = try self.numbers(place, name, Float(0), place.h.H5T_NATIVE_FLOAT_id)
    }
    guard numbers.shape.first == count, numbers.values.count == count * space.rowWidth else {
      throw wrongShape(place, name, numbers.shape)
    }
    return numbers.values
  }

  /// Opens a group within an episode's.
  private func open(_ name: String, in place: Place) throws(RolloutLogError) -> Place {
    guard case .hard? = try link(place.group, name, in: place.file, place.h) else {
      throw refuse(place.file, "'\(place.name)' has no \(name)")
    }
    var inner = place
    inner.group = place.h.H5Gopen2(place.group, name, 0)
    inner.name += "/" + name
    guard inner.group >= 0 else { throw refuse(place.file, "'\(inner.name)' is no group") }
    return inner
  }

  /// The numbers of the steps' information; none where the episode lacks one.
  private func infos(_ place: Place, _ length: Int) throws(RolloutLogError) -> [Double] {
    let (h, names) = (place.h, metadata.infos.map(\.name))
    guard !names.isEmpty, try link(place.group, "infos", in: place.file, h) != nil else {
      return []
    }
    let inner = try open("infos", in: place)
    defer { _ = h.H5Gclose(inner.group) }
    var result = [Double](repeating: 0, count: length * names.count)
    for (k, name) in names.enumerated() {
      guard try link(inner.group, name, in: inner.file, h) != nil else { return [] }
      let column = try numbers(inner, name, 0.0, h.H5T_NATIVE_DOUBLE_id)
      // The first number belongs to the reset.
      guard column.shape == [length + 1] else { throw wrongShape(inner, name, column.shape) }
      for step in 0..<length { result[step * names.count + k] = column.values[step + 1] }
    }
    return result
  }

  /// A flag that only the last step may have.
  private func flag(_ place: Place, _ name: String, _ length: Int) throws(RolloutLogError) -> Bool {
    let flags = try bytes(place, name)
    guard flags.shape == [length] else { throw wrongShape(place, name, flags.shape) }
    guard flags.values.dropLast().allSatisfy({ $0 == 0 }) else {
      throw refuse(place.file, "'\(place.name)/\(name)' is set before the last step")
    }
    return flags.values.last != 0
  }
}
