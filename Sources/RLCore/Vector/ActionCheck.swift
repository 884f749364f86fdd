/// Tells actions that an environment cannot take: numbers that are no choice, or not finite.
///
/// Real numbers outside of their bounds are left to the environment, as in Gymnasium.
@usableFromInline struct ActionCheck: Sendable {
  private let id: String
  private let space: SpaceSpec
  private let low: [Float]
  private let high: [Float]

  @usableFromInline init(_ spec: EnvironmentSpec) {
    (id, space) = (spec.id, spec.actionSpace)
    (low, high) = space.isWhole ? space.finiteBounds : ([], [])
  }

  /// Whether there is an impossible action, so that the step is to be left out. Then the batch names it, and its
  /// rewards are NaN.
  func refuses(_ actions: Span<Float>, _ batch: StepBatch) -> Bool {
    actions.withUnsafeBufferPointer { actions in
      if batch.fault != nil { batch.fault = nil }
      let isSound =
        low.isEmpty
        ? Self.areFinite(actions)
        : low.count == 1 ? Self.areChoices(actions, low[0], high[0]) : areChoices(actions)
      if isSound { return false }
      name(actions, batch)
      return true
    }
  }

  private typealias Eight = SIMD8<Float>

  private static func areFinite(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
    guard let start = numbers.baseAddress else { return true }
    var isBad = SIMDMask<SIMD8<Int32>>(repeating: false)
    var i = 0
    while i + 8 <= numbers.count {
      let x = UnsafeRawPointer(start + i).loadUnaligned(as: Eight.self)
      isBad = isBad .| ((x - x) .!= Eight(repeating: 0))
      i += 8
    }
    while i < numbers.count {
      if !start[i].isFinite { return false }
      i += 1
    }
    return !any(isBad)
  }

  /// Eight at a time: the check must cost little beside the steps of a `LaneVector`.
  private static func areChoices(
    _ numbers: UnsafeBufferPointer<Float>, _ low: Float, _ high: Float
  ) -> Bool {
    guard let start = numbers.baseAddress else { return true }
    var isBad = SIMDMask<SIMD8<Int32>>(repeating: false)
    var i = 0
    // Added to numbers of at most 2^22, it leaves whole ones only.
    if low >= -0x1p22 && high <= 0x1p22 {
      let (lows, highs) = (Eight(repeating: low), Eight(repeating: high))
      let magic = Eight(repeating: 0x1.8p23)
      while i + 8 <= numbers.count {
        let x = UnsafeRawPointer(start + i).loadUnaligned(as: Eight.self)
        isBad = isBad .| (x .< lows) .| (x .> highs) .| (((x + magic) - magic) .!= x)
        i += 8
      }
    }
    while i < numbers.count {
      if !isChoice(start[i], low, high) { return false }
      i += 1
    }
    return !any(isBad)
  }

  private func areChoices(_ numbers: UnsafeBufferPointer<Float>) -> Bool {
    var isBad = false
    for (i, x) in numbers.enumerated() {
      let j = i % low.count
      isBad = isBad || !Self.isChoice(x, low[j], high[j])
    }
    return !isBad
  }

  /// Whether a number is a whole one between bounds of at most 2^24.
  @inline(__always)
  private static func isChoice(_ x: Float, _ low: Float, _ high: Float) -> Bool {
    x >= low && x <= high && Float(Int32(x)) == x
  }

  @inline(never)
  private func name(_ actions: UnsafeBufferPointer<Float>, _ batch: StepBatch) {
    let width = space.rowWidth
    let place = actions.indices.first { i in
      let x = actions[i]
      return low.isEmpty
        ? !x.isFinite : !Self.isChoice(x, low[i % low.count], high[i % low.count])
    }
    guard let place else { return }
    batch.fault = EnvironmentFault(
      environment: id, index: place / width,
      problem: .action(
        number: place % width, value: actions[place],
        allowed: space.isWhole ? space.allowed(place % width) : "a finite number"))
    batch.rewards.update(repeating: .nan)
  }
}
