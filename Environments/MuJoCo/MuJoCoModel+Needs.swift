extension MuJoCoModel {
  /// Throws if the model has less than a task reads.
  ///
  /// - Parameters:
  ///   - positions: The least number of positions.
  ///   - velocities: The least number of velocities.
  ///   - bodies: Names of bodies.
  ///   - sites: The least number of sites.
  public func require(
    positions: Int = 0, velocities: Int = 0, bodies: [String] = [], sites: Int = 0
  ) throws(MuJoCoError) {
    guard positionCount >= positions, velocityCount >= velocities else {
      throw .unfit(
        file: path,
        "it has \(positionCount) positions and \(velocityCount) velocities, fewer than \(positions) and \(velocities)"
      )
    }
    for body in bodies where index(of: body, .body) == nil {
      throw .unfit(file: path, "it has no body '\(body)'")
    }
    guard sites == 0 || (values(of: "site_pos")?.count ?? 0) >= 3 * sites else {
      throw .unfit(file: path, "it has fewer than \(sites) sites")
    }
  }
}
