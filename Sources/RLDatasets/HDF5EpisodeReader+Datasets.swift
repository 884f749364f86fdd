internal import CHDF5

extension HDF5EpisodeReader {
  // MARK: Datasets

  /// Reads bytes: flags as h5py writes them, or small integers.
  func bytes(_ place: Place, _ name: String) throws(RolloutLogError) -> (
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
  func numbers<T>(_ place: Place, _ name: String, _ zero: T, _ type: hid_t)
    throws(RolloutLogError) -> (values: [T], shape: [Int])
  {
    try dataset(place, name) { (dataset, fileType, shape, count) throws(RolloutLogError) in
      guard place.h.H5Tget_class(fileType) != H5T_ENUM else {
        throw refuse(place.file, "'\(place.name)/\(name)' holds no numbers")
      }
      return (try read(dataset, count, zero, type, place, name), shape)
    }
  }

  func read<T>(
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
  func dataset<R>(
    _ place: Place, _ name: String,
    _ body: (_ dataset: hid_t, _ type: hid_t, _ shape: [Int], _ count: Int)
      throws(RolloutLogError)
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
  func checkStorage(
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
    var isPacked = false
    if layout == H5D_CHUNKED {
      let filters = h.H5Pget_nfilters(properties)
      guard (0...4).contains(filters) else { throw refused("has too many filters") }
      for i in 0..<UInt32(filters) {
        var flags: UInt32 = 0
        var (count, configuration) = (0, UInt32(0))
        let filter = h.H5Pget_filter2(properties, i, &flags, &count, nil, 0, nil, &configuration)
        // HDF5's own: deflate, shuffle and the checksum.
        guard (1...3).contains(filter) else { throw refused("has an unknown filter") }
        if filter == 1 { isPacked = true }
      }
    }
    let stored = h.H5Dget_storage_size(dataset)
    guard stored <= UInt64(place.size) else { throw refused("is larger than its file can hold") }
    // What was never written needs no space; a little of it does no harm.
    let most =
      isPacked ? ReadingLimits.unpacked(Int(clamping: stored)) : Int(clamping: stored) + 1 << 20
    guard bytes <= most, bytes <= bytesLeft else {
      throw refused("is larger than its file can hold")
    }
    bytesLeft -= bytes
  }

  // MARK: Attributes

  /// A whole number from 0 on, or `nil`.
  func attribute(_ place: Place, _ name: String) -> UInt64? {
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
