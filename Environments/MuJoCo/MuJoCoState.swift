internal import CMuJoCo

/// The parts of the state from which the physics goes on.
enum MuJoCoState {
  /// Their names in `mjData`, in the order of the bits of MuJoCo's `mjtState`.
  private static let names = [
    "time", "qpos", "qvel", "act", "history", "qacc_warmstart", "ctrl", "qfrc_applied",
    "xfrc_applied", "eq_active", "mocap_pos", "mocap_quat", "userdata",
  ]

  /// The numbers of a part in the only simulation of a batch; `nil` for a name that is none.
  static func part(
    _ name: String, of batch: OpaquePointer, _ functions: rlgym_mujoco_functions
  ) -> UnsafeMutableBufferPointer<Double>? {
    var size: Int32 = 0
    guard let bit = names.firstIndex(of: name),
      let start = functions.mjb_stateComponent(batch, 1 << Int32(bit), &size)
    else { return nil }
    return UnsafeMutableBufferPointer(start: start, count: Int(size))
  }
}
