#if HDF5
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

    /// The most numbers of a dataset.
    private static let limit = 1 << 28

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
    func episode(_ number: Int) throws(RolloutLogError) -> LoggedEpisode {
      let episode = try HDF5Library.use { h throws(RolloutLogError) in try read(number, h) }
      try episode.check(number, metadata, folder)
      return episode
    }

    private func refuse(_ file: String, _ reason: String) -> RolloutLogError {
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
      guard id >= 0 else { throw refuse(name, "it is no HDF5 file, or a damaged one") }
      // The main file stays; of the shards, the one that was opened first goes.
      if files.count == 6 { _ = h.H5Fclose(files.remove(at: 1).id) }
      files.append((name, id, Int(status.st_size)))
      return (id, Int(status.st_size))
    }

    private enum Link {
      case hard
      case external(file: String, object: String)
    }

    private func link(
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
      -> LoggedEpisode
    {
      let (group, file, size) = try openEpisode(number, h)
      defer { _ = h.H5Gclose(group) }
      let place = Place(group: group, file: file, size: size, name: "episode_\(number)", h: h)
      var episode = LoggedEpisode()
      episode.rewards = try numbers(place, "rewards", 0.0, h.H5T_NATIVE_DOUBLE_id).values
      let length = episode.length
      guard length > 0 else { throw refuse(file, "'\(place.name)' has no steps") }
      episode.actions = try rows(place, "actions", length, metadata.actionSpace)
      if metadata.observationsAreTuples, case .multiDiscrete(let counts) = metadata.observationSpace
      {
        episode.observations = try tuple(place, counts.count, length + 1)
      } else {
        episode.observations = try rows(
          place, "observations", length + 1, metadata.observationSpace)
      }
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
        guard masks.shape == [length + 1, metadata.actionSpace.flatWidth] else {
          throw wrongShape(place, "rlgym_action_mask", masks.shape)
        }
        episode.actionMasks = masks.values.map { $0 == 0 ? 0 : 1 }
      }
      episode.seed = attribute(place, "seed")
      if let seed = attribute(place, "rlgym_origin_seed"),
        let index = attribute(place, "rlgym_origin_index"), index < 1 << 40
      {
        episode.origin = LoggedEpisode.Origin(seed: seed, index: Int(index))
      }
      episode.isUnfinished = attribute(place, "rlgym_unfinished") == 1
      return episode
    }

    /// A group that is read.
    private struct Place {
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

    /// The rows of a tuple of discrete spaces.
    private func tuple(_ place: Place, _ width: Int, _ count: Int) throws(RolloutLogError)
      -> [Float]
    {
      let h = place.h
      guard case .hard? = try link(place.group, "observations", in: place.file, h) else {
        throw refuse(place.file, "'\(place.name)' has no observations")
      }
      let group = h.H5Gopen2(place.group, "observations", 0)
      guard group >= 0 else {
        throw refuse(place.file, "'\(place.name)/observations' is no group")
      }
      defer { _ = h.H5Gclose(group) }
      var inner = place
      (inner.group, inner.name) = (group, place.name + "/observations")
      var result = [Float](repeating: 0, count: count * width)
      for i in 0..<width {
        let column = try numbers(inner, "_index_\(i)", Float(0), h.H5T_NATIVE_FLOAT_id)
        guard column.shape == [count] else { throw wrongShape(inner, "_index_\(i)", column.shape) }
        for (row, value) in column.values.enumerated() { result[row * width + i] = value }
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

    // MARK: Datasets

    /// Reads bytes: flags as h5py writes them, or small integers.
    private func bytes(_ place: Place, _ name: String) throws(RolloutLogError) -> (
      values: [UInt8], shape: [Int]
    ) {
      try dataset(place, name) { (dataset, type, shape, count) throws(RolloutLogError) in
        let isEnumeration = place.h.H5Tget_class(type) == H5T_ENUM
        if isEnumeration && place.h.H5Tget_size(type) != 1 {
          throw refuse(place.file, "'\(place.name)/\(name)' is of another type than flags")
        }
        return (
          try read(
            dataset, count, UInt8(0), isEnumeration ? type : place.h.H5T_NATIVE_INT8_id, place,
            name), shape
        )
      }
    }

    /// Reads numbers of any simple type.
    private func numbers<T>(_ place: Place, _ name: String, _ zero: T, _ type: hid_t)
      throws(RolloutLogError) -> (values: [T], shape: [Int])
    {
      try dataset(place, name) { (dataset, fileType, shape, count) throws(RolloutLogError) in
        guard place.h.H5Tget_class(fileType) != H5T_ENUM else {
          throw refuse(place.file, "'\(place.name)/\(name)' holds no numbers")
        }
        return (try read(dataset, count, zero, type, place, name), shape)
      }
    }

    private func read<T>(
      _ dataset: hid_t, _ count: Int, _ zero: T, _ type: hid_t, _ place: Place, _ name: String
    ) throws(RolloutLogError) -> [T] {
      var values = [T](repeating: zero, count: count)
      let result = values.withUnsafeMutableBytes {
        place.h.H5Dread(dataset, type, 0, 0, 0, $0.baseAddress)
      }
      guard count == 0 || result >= 0 else {
        throw refuse(place.file, "'\(place.name)/\(name)' cannot be read")
      }
      return values
    }

    /// Opens a dataset and checks everything that can be checked before its numbers are read.
    private func dataset<R>(
      _ place: Place, _ name: String,
      _ body: (_ dataset: hid_t, _ type: hid_t, _ shape: [Int], _ count: Int) throws(RolloutLogError)
        -> R
    ) throws(RolloutLogError) -> R {
      let h = place.h
      let what = "'\(place.name)/\(name)'"
      func refused(_ reason: String) -> RolloutLogError { refuse(place.file, "\(what) \(reason)") }
      switch try link(place.group, name, in: place.file, h) {
      case nil: throw refused("is missing")
      case .external?: throw refused("is a link to another file")
      case .hard?: break
      }
      let object = h.H5Oopen(place.group, name, 0)
      guard object >= 0 else { throw refused("cannot be opened") }
      let kind = h.H5Iget_type(object)
      _ = h.H5Oclose(object)
      guard kind == H5I_DATASET else { throw refused("is no dataset") }
      let dataset = h.H5Dopen2(place.group, name, 0)
      guard dataset >= 0 else { throw refused("cannot be opened") }
      defer { _ = h.H5Dclose(dataset) }
      let (type, space) = (h.H5Dget_type(dataset), h.H5Dget_space(dataset))
      defer {
        _ = h.H5Tclose(type)
        _ = h.H5Sclose(space)
      }
      let (typeClass, size) = (h.H5Tget_class(type), h.H5Tget_size(type))
      guard typeClass == H5T_INTEGER || typeClass == H5T_FLOAT || typeClass == H5T_ENUM,
        [1, 2, 4, 8].contains(size)
      else { throw refused("holds no numbers") }
      let rank = h.H5Sget_simple_extent_ndims(space)
      guard h.H5Sget_simple_extent_type(space) == H5S_SIMPLE, (1...8).contains(rank) else {
        throw refused("has an impossible shape")
      }
      var extents = [hsize_t](repeating: 0, count: Int(rank))
      guard h.H5Sget_simple_extent_dims(space, &extents, nil) == rank else {
        throw refused("has an impossible shape")
      }
      var count = 1
      for extent in extents {
        let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: extent))
        guard !overflow, product <= Self.limit else { throw refused("is too large") }
        count = product
      }
      try checkStorage(dataset, bytes: count * size, place, refused)
      return try body(dataset, type, extents.map { Int(clamping: $0) }, count)
    }

    /// The data must lie in the file, and be no more than the file can hold.
    private func checkStorage(
      _ dataset: hid_t, bytes: Int, _ place: Place, _ refused: (String) -> RolloutLogError
    ) throws(RolloutLogError) {
      let h = place.h
      let properties = h.H5Dget_create_plist(dataset)
      guard properties >= 0 else { throw refused("has impossible properties") }
      defer { _ = h.H5Pclose(properties) }
      let layout = h.H5Pget_layout(properties)
      guard layout == H5D_CONTIGUOUS || layout == H5D_COMPACT || layout == H5D_CHUNKED else {
        throw refused("is virtual or of an unknown layout")
      }
      guard layout != H5D_CONTIGUOUS || h.H5Pget_external_count(properties) == 0 else {
        throw refused("keeps its data in another file")
      }
      var stretch = 1
      if layout == H5D_CHUNKED {
        let filters = h.H5Pget_nfilters(properties)
        guard (0...4).contains(filters) else { throw refused("has too many filters") }
        for i in 0..<UInt32(filters) {
          var flags: UInt32 = 0
          var (count, configuration) = (0, UInt32(0))
          let filter = h.H5Pget_filter2(properties, i, &flags, &count, nil, 0, nil, &configuration)
          // HDF5's own: deflate, shuffle and the checksum.
          guard (1...3).contains(filter) else { throw refused("has an unknown filter") }
          // Deflate makes at most 1,032 bytes of one.
          if filter == 1 { stretch = 1040 }
        }
        // Chunks at the edge, and chunks that were never written, need no space; a bound keeps bombs out.
        stretch *= 64
      }
      let stored = h.H5Dget_storage_size(dataset)
      guard stored <= UInt64(place.size), bytes / stretch <= place.size else {
        throw refused("is larger than its file")
      }
    }

    // MARK: Attributes

    /// A whole number from 0 on, or `nil`.
    private func attribute(_ place: Place, _ name: String) -> UInt64? {
      let h = place.h
      guard h.H5Aexists(place.group, name) > 0 else { return nil }
      let attribute = h.H5Aopen(place.group, name, 0)
      guard attribute >= 0 else { return nil }
      defer { _ = h.H5Aclose(attribute) }
      let (type, space) = (h.H5Aget_type(attribute), h.H5Aget_space(attribute))
      defer {
        _ = h.H5Tclose(type)
        _ = h.H5Sclose(space)
      }
      guard h.H5Tget_class(type) == H5T_INTEGER, h.H5Tget_size(type) <= 8,
        h.H5Sget_simple_extent_type(space) == H5S_SCALAR
      else { return nil }
      if h.H5Tget_sign(type) == H5T_SGN_NONE {
        var value: UInt64 = 0
        return h.H5Aread(attribute, h.H5T_NATIVE_UINT64_id, &value) >= 0 ? value : nil
      }
      var value: Int64 = 0
      return h.H5Aread(attribute, h.H5T_NATIVE_INT64_id, &value) >= 0 && value >= 0
        ? UInt64(value) : nil
    }
  }
#endif
