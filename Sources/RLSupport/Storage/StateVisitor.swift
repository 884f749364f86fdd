/// A value whose state is declared once, for saving and for restoring.
///
/// ```swift
/// mutating func visit(_ state: inout StateVisitor) throws(StateError) {
///   try state.rows("returns", &returns)
///   try state.value("statistics", &statistics)
/// }
/// ```
public protocol Stateful {
  /// Shows the visitor everything that makes up the state, each part under a name of its own.
  ///
  /// The visitor reads the parts when it saves, and replaces them when it restores. Restoring works on a
  /// copy, so a state that is refused half way changes nothing.
  mutating func visit(_ state: inout StateVisitor) throws(StateError)
}

extension Stateful {
  /// Saves the state.
  ///
  /// - Parameters:
  ///   - archive: Where it is written.
  ///   - prefix: Goes in front of every name written.
  public func save(to archive: inout StateArchive, prefix: String = "") {
    var visitor = StateVisitor(saving: archive, prefix: prefix)
    // The visitor must hold the only reference to the arrays that it lengthens.
    archive = StateArchive()
    var copy = self
    do throws(StateError) { try copy.visit(&visitor) } catch {
      preconditionFailure("\(Self.self): its state cannot be saved. \(error)")
    }
    archive = visitor.archive
  }

  /// Takes over a state that `save` wrote.
  ///
  /// - Parameters:
  ///   - archive: What was saved.
  ///   - prefix: What `save` was given.
  ///   - offset: The index, among the sub-environments saved, of the first one of this value; 0 or more.
  /// - Throws: `StateError` for what is missing, has another length or is impossible; then nothing changes.
  public mutating func restore(
    from archive: StateArchive, prefix: String = "", offset: Int = 0
  ) throws(StateError) {
    var visitor = StateVisitor(restoring: archive, prefix: prefix, offset: offset)
    var copy = self
    try copy.visit(&visitor)
    self = copy
  }
}

extension Stateful where Self: AnyObject {
  /// Takes over a state that `save` wrote, in place: one that is refused half way may have changed a part.
  ///
  /// - Parameters:
  ///   - archive: What was saved.
  ///   - prefix: What `save` was given.
  ///   - offset: The index, among the sub-environments saved, of the first one of this object; 0 or more.
  /// - Throws: `StateError` for what is missing, has another length or is impossible.
  public func restore(
    from archive: StateArchive, prefix: String = "", offset: Int = 0
  ) throws(StateError) {
    var visitor = StateVisitor(restoring: archive, prefix: prefix, offset: offset)
    var object = self
    try object.visit(&visitor)
  }
}

/// Carries the parts of a state into an archive, or out of it.
///
/// Arrays are numbers of the archive; values are JSON. A part of a vector of environments is appended to what
/// the parts before it wrote, and read from where it stands: `rows`. Everything else is whole: `array`.
///
/// Numbers are checked as they are restored, against the ``StateRange`` that the declaration gives: a checkpoint
/// with impossible ones is refused before anything uses them.
public struct StateVisitor {
  /// What is written or read.
  public package(set) var archive: StateArchive
  /// Whether the parts are replaced by what was saved.
  public let isRestoring: Bool
  package private(set) var prefix: String
  /// The index, among the sub-environments saved, of the first one that is restored.
  package private(set) var offset: Int

  /// A visitor that adds to an archive.
  public init(saving archive: StateArchive = StateArchive(), prefix: String = "") {
    (self.archive, isRestoring, self.prefix, offset) = (archive, false, prefix, 0)
  }

  /// A visitor that takes from an archive.
  ///
  /// - Parameters:
  ///   - archive: What was saved.
  ///   - prefix: What saving was given.
  ///   - offset: The index, among the sub-environments saved, of the first one that is restored.
  public init(restoring archive: StateArchive, prefix: String = "", offset: Int = 0) {
    (self.archive, isRestoring, self.prefix, self.offset) = (archive, true, prefix, offset)
  }

  // MARK: Structure

  /// Visits a part whose names get a prefix.
  ///
  /// - Parameters:
  ///   - name: The prefix.
  ///   - offset: The index of its first sub-environment among those of the whole.
  ///   - body: Visits the part.
  public mutating func part(
    _ name: String, offset: Int = 0,
    _ body: (inout StateVisitor) throws(StateError) -> Void
  ) throws(StateError) {
    let outside = (prefix, self.offset)
    prefix += name
    self.offset += offset
    defer { (prefix, self.offset) = outside }
    try body(&self)
  }

  /// Visits a part that declares its own state; its names get a prefix.
  public mutating func part(_ name: String, _ part: inout some Stateful) throws(StateError) {
    try self.part(name) { (state) throws(StateError) in try part.visit(&state) }
  }

  /// Visits an object that declares its own state; its names get a prefix.
  ///
  /// - Parameters:
  ///   - name: The prefix.
  ///   - object: The object.
  public mutating func part(_ name: String, _ object: some Stateful & AnyObject) throws(StateError)
  {
    var object = object
    try part(name) { (state) throws(StateError) in try object.visit(&state) }
  }

  /// Refuses a restored state where a condition does not hold; saving checks nothing.
  ///
  /// - Parameters:
  ///   - condition: What must hold.
  ///   - name: The part that is impossible.
  ///   - problem: What is wrong with it: "it is negative".
  public func require(
    _ condition: @autoclosure () -> Bool, _ name: String, _ problem: String
  ) throws(StateError) {
    if isRestoring, !condition() { throw .invalid(prefix + name, problem) }
  }

  /// Whether the archive has a part of that name: older files may lack it.
  public func has(_ name: String) -> Bool {
    archive.entries[prefix + name] != nil || archive.values[prefix + name] != nil
  }

  // MARK: Values

  /// A value of few numbers and words, kept as JSON; numbers that are not finite are allowed.
  public mutating func value<Value: Codable>(_ name: String, _ value: inout Value)
    throws(StateError)
  {
    let name = prefix + name
    guard isRestoring else {
      guard let text = try? JSONText.encode(value) else {
        throw .invalid(name, "it cannot be written as JSON")
      }
      return archive.set(name, json: text)
    }
    guard let text = archive.values[name] else { throw .missing(name) }
    guard let loaded = try? JSONText.decode(text.utf8, as: Value.self) else {
      throw .invalid(name, "it is no such value")
    }
    value = loaded
  }

  /// Integers of a structure, kept side by side in one array.
  ///
  /// ```swift
  /// try state.integers("counters", of: &self, \.stepsDone, \.updates)
  /// ```
  ///
  /// - Parameters:
  ///   - name: Their name.
  ///   - root: The structure.
  ///   - range: What restored ones must be.
  ///   - fields: The integers.
  public mutating func integers<Root>(
    _ name: String, of root: inout Root, within range: StateRange<Int64> = .counts,
    _ fields: WritableKeyPath<Root, Int>...
  ) throws(StateError) {
    var numbers = fields.map { Int64(root[keyPath: $0]) }
    try array(name, &numbers, within: range)
    for (field, number) in zip(fields, numbers) {
      root[keyPath: field] = Int(truncatingIfNeeded: number)
    }
  }

  // MARK: Arrays

  /// An array that is saved whole.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - numbers: The array.
  ///   - range: What restored numbers must be; finite, where they can be something else, if nothing is said.
  ///   - hasAnyCount: Whether a saved one may have another number of numbers than there are now.
  ///   - shape: Its extents in the archive, row-major; those of a vector if `nil`.
  public mutating func array<Number: StateNumber>(
    _ name: String, _ numbers: inout [Number], within range: StateRange<Number> = Number.stateRange,
    hasAnyCount: Bool = false, shape: [Int]? = nil
  ) throws(StateError) {
    let name = prefix + name
    guard isRestoring else { return archive.set(name, Number.values(numbers), shape: shape) }
    let saved = try Number.numbers(archive, name, hasAnyCount ? nil : numbers.count)
    try range.check(saved, name)
    numbers = saved
  }

  /// An array in memory of its own.
  package mutating func array<Number: StateNumber>(
    _ name: String, in memory: UnsafeMutableBufferPointer<Number>,
    within range: StateRange<Number> = Number.stateRange
  ) throws(StateError) {
    var numbers = Array(memory)
    try array(name, &numbers, within: range)
    if isRestoring { _ = memory.update(fromContentsOf: numbers) }
  }

  /// A number.
  ///
  /// - Parameters:
  ///   - name: Its name.
  ///   - number: The number.
  ///   - range: What a restored one must be; finite, where it can be something else, if nothing is said.
  public mutating func number<Number: StateNumber>(
    _ name: String, _ number: inout Number, within range: StateRange<Number> = Number.stateRange
  ) throws(StateError) {
    var numbers = [number]
    try array(name, &numbers, within: range)
    number = numbers[0]
  }

  /// A random stream.
  public mutating func generator(_ name: String, _ generator: inout SeededGenerator)
    throws(StateError)
  {
    let name = prefix + name
    guard isRestoring else { return archive.set(name, .uint(generator.words)) }
    generator = try archive.generators(name, offset: 0, count: 1)[0]
  }

  // MARK: Rows of sub-environments

  /// Numbers of the sub-environments, the same count each.
  ///
  /// - Parameters:
  ///   - name: Their name.
  ///   - numbers: `width` numbers of each sub-environment in turn.
  ///   - width: How many numbers a sub-environment has.
  ///   - range: What restored numbers must be; finite, where they can be something else, if nothing is said.
  public mutating func rows<Number: StateNumber>(
    _ name: String, _ numbers: inout [Number], width: Int = 1,
    within range: StateRange<Number> = Number.stateRange
  ) throws(StateError) {
    let name = prefix + name
    guard isRestoring else { return archive.append(name, Number.values(numbers)) }
    let all = try Number.numbers(archive, name, nil)
    let own = offset * width..<offset * width + numbers.count
    guard own.upperBound <= all.count else {
      throw .wrongCount(name, expected: own.upperBound, found: all.count)
    }
    let saved = Array(all[own])
    try range.check(saved, name)
    numbers = saved
  }

  /// Random streams, one a sub-environment.
  public mutating func rows(_ name: String, _ generators: inout [SeededGenerator])
    throws(StateError)
  {
    let name = prefix + name
    guard isRestoring else { return archive.append(name, .uint(generators.flatMap(\.words))) }
    generators = try archive.generators(name, offset: offset, count: generators.count)
  }

  /// Bytes of the sub-environments, of any length each.
  public mutating func rows(_ name: String, _ blobs: inout [[UInt8]]) throws(StateError) {
    let (name, sizes) = (prefix + name, prefix + name + ".sizes")
    guard isRestoring else {
      for blob in blobs {
        archive.append(name, .bytes(blob))
        archive.append(sizes, .int([Int64(blob.count)]))
      }
      return
    }
    let bytes = try archive.bytes(name)
    var start = 0
    var loaded: [[UInt8]] = []
    for (i, size) in try archive.ints(sizes, offset: 0, count: offset + blobs.count).enumerated() {
      guard size >= 0, size <= bytes.count - start else {
        throw .wrongCount(name, expected: start &+ Int(clamping: size), found: bytes.count)
      }
      if i >= offset { loaded.append(Array(bytes[start..<start + Int(size)])) }
      start += Int(size)
    }
    blobs = loaded
  }
}
