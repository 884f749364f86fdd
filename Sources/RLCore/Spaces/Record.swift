public import RLSupport

/// Several spaces as one: a structure whose properties are the parts, Gymnasium's `Dict` or `Tuple`.
///
/// ```swift
/// struct Seen: Sendable {
///   var stock: InlineArray<3, Float> = [0, 0, 0]
///   var season = 0
/// }
/// let space = Record(
///   Seen(),
///   [.part("stock", \.stock, Box<3>(0...100)), .part("season", \.season, Discrete(4))])
/// print(space.spec)  // Dict('stock': Box(0.0, 100.0, (3,)), 'season': Discrete(4))
/// ```
///
/// Its row has the rows of the parts one after the other. Parts may be records themselves.
public struct Record<Element: Sendable>: Space {
  /// A part: a property, its space, and its name.
  public struct Part: Sendable {
    @usableFromInline let name: String?
    @usableFromInline let spec: SpaceSpec
    @usableFromInline let write: @Sendable (Element, inout MutableSpan<Float>) -> Void
    @usableFromInline let read: @Sendable (Span<Float>, inout Element) -> Void
    /// Where the property lies in the structure, and how its memory becomes a row; `nil` if `write` must do it.
    @usableFromInline let stored: (offset: Int, form: StoredForm)?
    @usableFromInline let holds: @Sendable (Element) -> Bool
    @usableFromInline let draw: @Sendable (inout SeededGenerator, inout Element) -> Void

    /// A part of a `Dict`.
    ///
    /// - Parameters:
    ///   - name: Its name in logs and messages, without a slash.
    ///   - path: The property.
    ///   - space: The set of its values.
    @inlinable public static func part<S: Space>(
      _ name: String, _ path: any WritableKeyPath<Element, S.Element> & Sendable, _ space: S
    ) -> Part { Part(name, path, space) }

    /// A part of a `Tuple`.
    ///
    /// - Parameters:
    ///   - path: The property.
    ///   - space: The set of its values.
    @inlinable public static func part<S: Space>(
      _ path: any WritableKeyPath<Element, S.Element> & Sendable, _ space: S
    ) -> Part { Part(nil, path, space) }

    // The closures are made, and therefore specialized, where the part is written.
    @inlinable init<S: Space>(
      _ name: String?, _ path: any WritableKeyPath<Element, S.Element> & Sendable, _ space: S
    ) {
      self.name = name
      spec = space.spec
      write = { space.encode($0[keyPath: path], into: &$1) }
      // A stored property is found by its place, which takes a tenth of the time.
      let offset = MemoryLayout<Element>.offset(of: path)
      if let offset {
        read = { setProperty(at: offset, of: &$1, to: space.decode($0)) }
      } else {
        read = { $1[keyPath: path] = space.decode($0) }
      }
      stored = (space as? any StoredSpace).flatMap { space in
        offset.map { (offset: $0, form: space.storedForm) }
      }
      holds = { space.contains($0[keyPath: path]) }
      draw = { $1[keyPath: path] = space.sample(using: &$0) }
    }
  }

  /// The space as plain data.
  public let spec: SpaceSpec
  @usableFromInline let blank: Element
  @usableFromInline let parts: [Part]
  /// The numbers of each part in a row.
  @usableFromInline let ranges: [Range<Int>]
  /// How each part is written.
  @usableFromInline let steps: [(offset: Int, form: StoredForm)?]

  /// A space of such structures.
  ///
  /// - Parameters:
  ///   - blank: A structure of which reading and drawing fill in the parts.
  ///   - parts: The parts in order: all with names that differ, or all without.
  public init(_ blank: Element, _ parts: [Part]) {
    let names = parts.compactMap(\.name)
    precondition(
      !parts.isEmpty && (names.isEmpty || names.count == parts.count),
      "Record<\(Element.self)>: needs parts, all with names or all without")
    precondition(
      Set(names).count == names.count,
      "Record<\(Element.self)>: two parts have the same name: \(names.joined(separator: ", "))")
    spec =
      names.isEmpty
      ? .tuple(parts.map(\.spec)) : .dict(zip(names, parts).map { SpaceSpec.Named($0, $1.spec) })
    self.blank = blank
    self.parts = parts
    steps = parts.map(\.stored)
    var start = 0
    ranges = parts.map { part in
      defer { start += part.spec.rowWidth }
      return start..<start + part.spec.rowWidth
    }
  }

  /// Whether every part is in its space.
  public func contains(_ element: Element) -> Bool { parts.allSatisfy { $0.holds(element) } }

  /// Draws part after part from the one generator.
  ///
  /// Gymnasium seeds each part by itself: it draws the same where its parts share one `np_random`.
  public func sample(using rng: inout SeededGenerator) -> Element {
    var element = blank
    for part in parts { part.draw(&rng, &element) }
    return element
  }

  /// Writes the rows of the parts.
  @inlinable public func encode(_ element: Element, into row: inout MutableSpan<Float>) {
    row.withUnsafeMutableBufferPointer { numbers in
      withUnsafeBytes(of: element) { memory in
        for i in steps.indices {
          // Closures cost ten times as much.
          if let (offset, form) = steps[i] {
            let property = memory.baseAddress.unsafelyUnwrapped + offset
            switch form {
            case .integer:
              numbers[ranges[i].lowerBound] = Float(
                property.assumingMemoryBound(to: Int.self).pointee)
            case .numbers(let count):
              let part = UnsafeMutableBufferPointer(rebasing: numbers[ranges[i]])
              UnsafeMutableRawBufferPointer(part).copyMemory(
                from: UnsafeRawBufferPointer(
                  start: property, count: count * MemoryLayout<Float>.stride))
            }
          } else {
            var part = UnsafeMutableBufferPointer(rebasing: numbers[ranges[i]]).mutableSpan
            parts[i].write(element, &part)
          }
        }
      }
    }
  }

  /// Reads the parts; one that its space cannot read is a precondition failure.
  @inlinable public func decode(_ row: Span<Float>) -> Element {
    var element = blank
    for i in parts.indices { parts[i].read(row.extracting(ranges[i]), &element) }
    return element
  }
}

/// How the memory of a value becomes its row.
@usableFromInline enum StoredForm: Sendable {
  /// An `Int`, which is a number of the row.
  case integer
  /// Numbers of single precision, as they are.
  case numbers(Int)
}

/// A space whose values need no function to be written.
@usableFromInline protocol StoredSpace {
  /// What they are in memory.
  var storedForm: StoredForm { get }
}

extension Discrete: StoredSpace {
  @usableFromInline var storedForm: StoredForm { .integer }
}

extension Box: StoredSpace {
  @usableFromInline var storedForm: StoredForm { .numbers(count) }
}

/// Changes the stored property of a structure that lies so many bytes from its start.
@inlinable @inline(__always)
func setProperty<Element, Value>(at offset: Int, of element: inout Element, to value: Value) {
  withUnsafeMutablePointer(to: &element) {
    UnsafeMutableRawPointer($0).advanced(by: offset).assumingMemoryBound(to: Value.self).pointee =
      value
  }
}
