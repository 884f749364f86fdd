internal import CMuJoCo
internal import Foundation
internal import RLSupport

/// A model of MuJoCo: bodies, joints, geoms and actuators, which all simulations of it share.
///
/// Loaded from MJCF; the same file is loaded once for all that use it at a time.
public final class MuJoCoModel: Sendable {
  /// A kind of named things in a model.
  public enum Kind: Int32, Sendable {
    /// Bodies: rows of `xpos`, `xipos`, `cinert`, `cvel`, `cfrc_ext`; the world is number 0.
    case body = 1
    /// Joints.
    case joint = 3
    /// Geoms: rows of `geom_xpos` and `geom_xmat`.
    case geom = 5
    /// Sites: rows of `site_xpos`.
    case site = 6
    /// Cameras.
    case camera = 7
    /// Actuators, one control each.
    case actuator = 19
    /// Sensors.
    case sensor = 20
  }

  /// The file.
  public let path: String
  /// The time of one step of physics, in s.
  public let timeStep: Double
  /// How many numbers the positions (`qpos`) have.
  public let positionCount: Int
  /// How many numbers the velocities (`qvel`) have.
  public let velocityCount: Int
  /// How many actuators there are, one control (`ctrl`) each.
  public let controlCount: Int
  /// How many bodies there are, the world included.
  public let bodyCount: Int
  /// The positions that simulations begin with (`qpos0`); velocities begin with zeros.
  public let initialPositions: [Double]
  /// The masses of the bodies in kg, the world's first.
  public let bodyMasses: [Double]
  /// The lowest control of each actuator.
  public let lowestControls: [Double]
  /// The highest control of each actuator.
  public let highestControls: [Double]
  /// What MuJoCo warned of when it loaded the file; `nil` for nothing.
  public let loadWarning: String?
  /// The flag of the model's options that lets simulations keep something which is not part of their state; `nil` for
  /// none.
  let unsavedFlag: String?

  /// Size and checksum of the compiled model; files that make the same model have the same.
  var fingerprint: String {
    printed.withLock { printed in
      if let printed { return printed }
      let count = library.functions.mj_sizeModel(handle)
      let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
        buffer.initialize(repeating: 0)
        if let start = buffer.baseAddress {
          library.functions.mj_saveModel(handle, nil, start, count)
        }
        filled = Int(count)
      }
      let print = "\(count) bytes, CRC-32 \(String(FileStore.checksum(bytes), radix: 16))"
      printed = print
      return print
    }
  }
  private let printed = Locked<String?>(nil)

  /// The geoms; found when a picture is first drawn.
  var shapes: [MuJoCoGeom.Shape] {
    drawn.withLock { drawn in
      if let drawn { return drawn }
      let shapes = MuJoCoGeom.shapes(of: self)
      drawn = shapes
      return shapes
    }
  }
  private let drawn = Locked<[MuJoCoGeom.Shape]?>(nil)

  let library: MuJoCoLibrary
  // Only read, by any number of threads.
  nonisolated(unsafe) let handle: OpaquePointer

  /// The model of a file.
  ///
  /// - Parameter file: MJCF. A path that begins with `/`, `.` or `~`; other names are of Gymnasium's models, which
  ///   `Scripts/setup mujoco` fetches, such as `ant.xml`.
  /// - Returns: The model that is in use already, if the file has not changed since, or a new one.
  /// - Throws: `MuJoCoError` if MuJoCo is not set up, and if the file is not there or no model.
  public static func load(_ file: String) throws(MuJoCoError) -> MuJoCoModel {
    let library = try MuJoCoLibrary.shared()
    let key = try find(file, library)
    let known = inUse.withLock { inUse in
      inUse = inUse.filter { $0.value.model != nil }
      return inUse[key]?.model
    }
    if let known { return known }
    let model = try MuJoCoModel(key.path, library)
    inUse.withLock { $0[key] = Reference(model: model) }
    return model
  }

  /// Why the model of a file cannot be loaded, as far as that is seen without reading it: whether MuJoCo is set up and
  /// the file is there; `nil` for no reason.
  static func obstacle(to file: String) -> MuJoCoError? {
    do throws(MuJoCoError) {
      _ = try find(file, try MuJoCoLibrary.shared())
      return nil
    } catch { return error }
  }

  private static func find(_ file: String, _ library: MuJoCoLibrary) throws(MuJoCoError) -> Key {
    var path = file
    if file.hasPrefix("~") {
      path = NSString(string: file).expandingTildeInPath
    } else if !file.hasPrefix("/") && !file.hasPrefix(".") {
      path = library.folder + "/models/" + file
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw .noModel(file: path)
    }
    return Key(
      path: path, size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
  }

  private struct Key: Hashable {
    let path: String
    let size: Int
    let seconds: Int
    let nanoseconds: Int
  }
  private struct Reference {
    weak var model: MuJoCoModel?
  }
  /// Models are never changed, so all that use one can share it; one that nobody uses any more goes.
  private static let inUse = Locked<[Key: Reference]>([:])

  private init(_ path: String, _ library: MuJoCoLibrary) throws(MuJoCoError) {
    (self.path, self.library) = (path, library)
    var words = [CChar](repeating: 0, count: 1024)
    let loaded = withUnsafePointer(to: library.functions) {
      rlgym_mujoco_load($0, path, &words, Int32(words.count))
    }
    let text = rlgymText(words)
    guard let loaded else { throw .badModel(file: path, text) }
    handle = loaded
    // Nobody can mend Gymnasium's models, and they are those of this version.
    let isGymnasiums = path.hasPrefix(library.folder + "/models/")
    loadWarning = text.isEmpty || isGymnasiums ? nil : text
    let batch: OpaquePointer
    do throws(MuJoCoError) {
      batch = try Self.makeBatch(of: loaded, path, library).batch
    } catch {
      library.functions.mj_deleteModel(loaded)
      throw error
    }
    defer { library.functions.mjb_deleteBatch(batch) }
    func values(_ name: String) -> [Double] {
      MuJoCoModel.values(of: name, in: batch, library) ?? []
    }
    func count(_ name: String) -> Int {
      MuJoCoState.part(name, of: batch, library.functions)?.count ?? 0
    }
    timeStep = values("opt.timestep").first ?? 0
    positionCount = count("qpos")
    velocityCount = count("qvel")
    controlCount = count("ctrl")
    initialPositions = values("qpos0")
    bodyMasses = values("body_mass")
    bodyCount = bodyMasses.count
    let ranges = values("actuator_ctrlrange")
    lowestControls = stride(from: 0, to: ranges.count, by: 2).map { ranges[$0] }
    highestControls = stride(from: 1, to: ranges.count, by: 2).map { ranges[$0] }
    let flags: [Int32] = MuJoCoModel.numbers(of: "opt.enableflags", in: batch, library) ?? []
    unsavedFlag =
      [(Int(MJ_ENABLE_SLEEP), "sleep"), (Int(MJ_ENABLE_IPC), "ipc")].first {
        Int(flags.first ?? 0) & $0.0 != 0
      }?.1
  }

  /// A batch of one simulation, which the caller deletes, and the simulation.
  func makeBatch() throws(MuJoCoError) -> (batch: OpaquePointer, data: OpaquePointer) {
    try Self.makeBatch(of: handle, path, library)
  }

  private static func makeBatch(
    of handle: OpaquePointer, _ path: String, _ library: MuJoCoLibrary
  ) throws(MuJoCoError) -> (batch: OpaquePointer, data: OpaquePointer) {
    var words = [CChar](repeating: 0, count: 1024)
    var data: OpaquePointer?
    let batch = withUnsafePointer(to: library.functions) {
      rlgym_mujoco_make($0, handle, path, &data, &words, Int32(words.count))
    }
    guard let batch, let data else { throw .badModel(file: path, rlgymText(words)) }
    return (batch, data)
  }

  deinit { library.functions.mj_deleteModel(handle) }

  /// Whether MuJoCo's library is where it is looked for, sound or not.
  public static var isSetUp: Bool {
    FileManager.default.fileExists(
      atPath: MuJoCoLibrary.standardFolder + "/libmujoco.so." + MuJoCoLibrary.version)
  }

  /// What is wrong with MuJoCo's library in a folder, and what to do; `nil` if it can be used.
  ///
  /// - Parameter folder: The folder; that of `Scripts/setup mujoco` or `RLGYM_MUJOCO` if `nil`.
  package static func problem(folder: String? = nil) -> String? {
    do throws(MuJoCoError) {
      if let folder {
        _ = try MuJoCoLibrary(folder: folder)
      } else {
        _ = try MuJoCoLibrary.shared()
      }
      return nil
    } catch { return error.description }
  }

  /// The number of a named thing; `nil` if there is none of that name.
  ///
  /// - Parameters:
  ///   - name: Its name in the model file.
  ///   - kind: What it is.
  public func index(of name: String, _ kind: Kind) -> Int? {
    let index = library.functions.mj_name2id(handle, kind.rawValue, name)
    return index < 0 ? nil : Int(index)
  }

  /// The name of a thing; `nil` if it has none.
  ///
  /// - Parameters:
  ///   - index: Its number.
  ///   - kind: What it is.
  public func name(of index: Int, _ kind: Kind) -> String? {
    guard let index = Int32(exactly: index), index >= 0,
      let name = library.functions.mj_id2name(handle, kind.rawValue, index)
    else { return nil }
    let text = String(cString: name)
    return text.isEmpty ? nil : text
  }

  /// The numbers of an array of the model, such as `geom_size` (in rows of three) or `jnt_range`.
  ///
  /// Takes a tenth of a millisecond, as the arrays are fetched by name.
  ///
  /// - Parameter field: The name of a field of MuJoCo's `mjModel` that has real numbers in double precision.
  /// - Returns: The numbers, row after row; `nil` if there is no such field of such numbers.
  public func values(of field: String) -> [Double]? {
    withBatch { Self.values(of: field, in: $0, library) }
  }

  /// The numbers of an array of single precision, such as `geom_rgba` (in rows of four).
  ///
  /// - Parameter field: The name of a field of MuJoCo's `mjModel` that has real numbers in single precision.
  /// - Returns: The numbers, row after row; `nil` if there is no such field of such numbers.
  public func singleValues(of field: String) -> [Float]? {
    withBatch { Self.numbers(of: field, in: $0, library) }
  }

  /// The numbers of an array of whole numbers, such as `geom_type`.
  ///
  /// - Parameter field: The name of a field of MuJoCo's `mjModel` that has whole numbers of 32 bits.
  /// - Returns: The numbers, row after row; `nil` if there is no such field of such numbers.
  public func integers(of field: String) -> [Int]? {
    withBatch { Self.numbers(of: field, in: $0, library)?.map { (number: Int32) in Int(number) } }
  }

  private func withBatch<R>(_ body: (OpaquePointer) -> R?) -> R? {
    guard let (batch, _) = try? makeBatch() else { return nil }
    defer { library.functions.mjb_deleteBatch(batch) }
    return body(batch)
  }

  private static func values(
    of field: String, in batch: OpaquePointer, _ library: MuJoCoLibrary
  ) -> [Double]? {
    numbers(of: field, in: batch, library)
  }

  /// Asking for values of its own for each simulation hands out those of the model.
  private static func numbers<Number>(
    of field: String, in batch: OpaquePointer, _ library: MuJoCoLibrary
  ) -> [Number]? {
    var (count, size): (Int32, Int32) = (0, 0)
    guard let start = library.functions.mjb_expand(batch, field, &count, &size),
      Int(size) == MemoryLayout<Number>.size
    else { return nil }
    let numbers = start.assumingMemoryBound(to: Number.self)
    return (0..<Int(count)).map { numbers[$0] }
  }
}
