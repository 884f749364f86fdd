extension LaneVector {
  /// Where number `k` of the state of environment `i` lies.
  @inlinable @inline(__always)
  static func place(_ k: Int, of i: Int) -> Int {
    ((i >> 3) * Sizes.State.width + k) << 3 | (i & 7)
  }

  @inlinable @inline(__always)
  static func state(_ states: UnsafePointer<Double>, _ i: Int) -> Sizes.State {
    Sizes.State(each: { states[place($0, of: i)] })
  }

  @inlinable @inline(__always)
  static func store(_ state: Sizes.State, _ states: UnsafeMutablePointer<Double>, _ i: Int) {
    for k in 0..<Sizes.State.width { states[place(k, of: i)] = state[at: k] }
  }

  /// Starts an episode; the random stream goes on.
  @inlinable @inline(__always)
  static func restart(
    _ physics: Physics, _ members: LaneRows.Members, _ i: Int,
    _ observations: UnsafeMutablePointer<Float>
  ) {
    members.elapsed[i] = 0
    let state = physics.start(using: &members.generators[i])
    store(state, members.states, i)
    write(physics, state, observations + i * Sizes.Row.width)
  }

  @inlinable @inline(__always)
  static func write(
    _ physics: Physics, _ state: Sizes.State, _ row: UnsafeMutablePointer<Float>
  ) {
    let numbers = physics.observe(state)
    for k in 0..<Sizes.Row.width { row[k] = Float(numbers[at: k]) }
  }

  /// Steps as many whole eights as there are; returns how many environments these are.
  ///
  /// A function of its own, since the compiler inlines dynamics only while their caller is short.
  @inlinable @inline(never)
  static func stepEights(
    _ physics: Physics, _ members: LaneRows.Members, _ limit: Int64,
    _ actions: UnsafeBufferPointer<Float>,
    _ batch: StepBatch
  ) -> Int {
    let actions = actions.baseAddress.unsafelyUnwrapped
    let observations = batch.observations.baseAddress.unsafelyUnwrapped
    let finals = batch.finalObservations.baseAddress.unsafelyUnwrapped
    let rewards = UnsafeMutableRawPointer(batch.rewards.baseAddress.unsafelyUnwrapped)
    let terminated = UnsafeMutableRawPointer(batch.terminated.baseAddress.unsafelyUnwrapped)
    let truncated = UnsafeMutableRawPointer(batch.truncated.baseAddress.unsafelyUnwrapped)
    let (width, actionWidth) = (Sizes.Row.width, Sizes.Action.width)
    let count = batch.count & ~7
    for i in stride(from: 0, to: count, by: 8) {
      let block = UnsafeMutableRawPointer(members.states + i * Sizes.State.width)
      let before = Sizes.States(each: {
        EightLanes(block.loadUnaligned(fromByteOffset: 64 * $0, as: SIMD8<Double>.self))
      })
      var action = Sizes.Actions(each: {
        eight(actions + i * actionWidth + $0, every: actionWidth)
      })
      if physics.isNoisy {
        for lane in 0..<8 {
          let noisy = physics.disturbed(
            Sizes.Action(each: { action[at: $0].lanes[lane] }), using: &members.generators[i + lane]
          )
          for k in 0..<actionWidth { action[at: k].lanes[lane] = noisy[at: k] }
        }
      }
      let (state, reward, isOver) = physics.advance(before, action: action)
      let clock = UnsafeMutableRawPointer(members.elapsed + i)
      let age = clock.loadUnaligned(as: SIMD8<Int64>.self) &+ 1
      let isCut = EightLanes.Mask(age .== SIMD8(repeating: limit))
      for k in 0..<Sizes.State.width {
        block.storeBytes(of: state[at: k].lanes, toByteOffset: 64 * k, as: SIMD8<Double>.self)
      }
      rewards.storeBytes(of: reward.lanes, toByteOffset: 8 * i, as: SIMD8<Double>.self)
      clock.storeBytes(of: age, as: SIMD8<Int64>.self)
      terminated.storeBytes(of: isOver.flags, toByteOffset: i, as: SIMD8<UInt8>.self)
      truncated.storeBytes(of: isCut.flags, toByteOffset: i, as: SIMD8<UInt8>.self)
      let rows = observations + i * width
      let numbers = physics.observe(state)
      // Row by row: column by column, the compiler takes the vectors of the dynamics apart.
      for lane in 0..<8 {
        for k in 0..<width { rows[lane * width + k] = Float(numbers[at: k].lanes[lane]) }
      }
      let ends = EightLanes.either(isOver, isCut)
      if ends.any {
        for lane in 0..<8 where ends.lanes[lane] {
          let index = i + lane
          (finals + index * width).update(from: rows + lane * width, count: width)
          if batch.drawnIndex == index {
            batch.finalDrawing = drawing(physics, self.state(members.states, index))
          }
          restart(physics, members, index, observations)
        }
      }
    }
    return count
  }

  /// Steps the environments from an index on one by one.
  @inlinable @inline(__always)
  static func stepRest(
    from start: Int, _ physics: Physics, _ members: LaneRows.Members, _ limit: Int64,
    _ actions: UnsafeBufferPointer<Float>, _ batch: StepBatch
  ) {
    let observations = batch.observations.baseAddress.unsafelyUnwrapped
    let finals = batch.finalObservations.baseAddress.unsafelyUnwrapped
    let width = Sizes.Row.width
    for i in start..<batch.count {
      var action = Sizes.Action(each: {
        Double(actions[i * Sizes.Action.width + $0])
      })
      if physics.isNoisy { action = physics.disturbed(action, using: &members.generators[i]) }
      let (state, reward, isOver) = physics.advance(self.state(members.states, i), action: action)
      store(state, members.states, i)
      members.elapsed[i] += 1
      let isCut = members.elapsed[i] == limit
      batch.rewards[i] = reward
      batch.terminated[i] = isOver
      batch.truncated[i] = isCut
      if isOver || isCut {
        write(physics, state, finals + i * width)
        if batch.drawnIndex == i { batch.finalDrawing = drawing(physics, state) }
        restart(physics, members, i, observations)
      } else {
        write(physics, state, observations + i * width)
      }
    }
  }

  /// Eight numbers that lie `step` apart.
  @inlinable @inline(__always)
  static func eight(_ numbers: UnsafePointer<Float>, every step: Int) -> EightLanes {
    var result = EightLanes(0)
    for lane in 0..<8 { result.lanes[lane] = Double(numbers[lane * step]) }
    return result
  }

  @usableFromInline static func drawing(_ physics: Physics, _ state: Sizes.State) -> Drawing? {
    var environment = physics
    environment.state = state
    return (environment as? any Drawable)?.drawing()
  }
}
