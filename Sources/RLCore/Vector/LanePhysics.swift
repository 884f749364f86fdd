public import RLSupport

/// An environment whose dynamics are written once over ``Lanes``, for one environment and for eight at
/// a time; ``LaneVector`` steps many.
///
/// Each pair of requirements is one generic function. A mass that is pushed to and fro:
///
/// ```swift
/// struct Mass: LanePhysics {
///   typealias Sizes = LaneSizes<2, 1, 2>  // numbers of the state, of an action, of an observation
///   var state: InlineArray<2, Double> = [0, 0]
///   var observationSpace: Box<2> { Box(-20...20) }
///   var actionSpace: Box<1> { Box(-1...1) }
///
///   func start(using rng: inout SeededGenerator) -> InlineArray<2, Double> {
///     [rng.uniform(-1, 1), 0]
///   }
///
///   @inline(__always)
///   func advance<L: Lanes>(_ s: InlineArray<2, L>, action: InlineArray<1, L>)
///     -> (InlineArray<2, L>, reward: L, isOver: L.Mask)
///   {
///     let velocity = s[1] + L(0.1) * action[0]
///     let position = s[0] + L(0.1) * velocity
///     let isOut = L.either(L.less(position, L(-10)), L.less(L(10), position))
///     return ([position, velocity], L(0) - position * position, isOut)
///   }
///
///   @inline(__always)
///   func observe<L: Lanes>(_ s: InlineArray<2, L>) -> InlineArray<2, L> { s }
/// }
///
/// try registry.register("Mass", maxSteps: 200, vector: { LaneVector($0, $1, count: $2) }) {
///   Mass()
/// }
/// ```
///
/// `reset` and `step` follow from these.
public protocol LanePhysics: Environment
where Observation == Sizes.Observation, Action: LaneAction, Info == NoInfo {
  /// How many numbers a state, an action and an observation have: a ``LaneSizes``.
  associatedtype Sizes: LaneShape

  /// The present state of one environment.
  var state: Sizes.State { get set }
  /// Draws a first state.
  func start(using rng: inout SeededGenerator) -> Sizes.State
  /// The state, the reward and whether the episode ended by itself after an action.
  func advance(_ state: Sizes.State, action: Sizes.Action) -> (
    Sizes.State, reward: Double, isOver: Bool
  )
  /// The same for eight environments.
  func advance(_ state: Sizes.States, action: Sizes.Actions) -> (
    Sizes.States, reward: EightLanes, isOver: EightLanes.Mask
  )
  /// The observation of a state, before it is rounded to single precision.
  func observe(_ state: Sizes.State) -> Sizes.Row
  /// The same for eight environments.
  func observe(_ state: Sizes.States) -> Sizes.Rows
  /// Whether steps draw random numbers; `false` by default.
  var isNoisy: Bool { get }
  /// The action with the noise that one step of a noisy environment adds; itself by default.
  func disturbed(_ action: Sizes.Action, using rng: inout SeededGenerator) -> Sizes.Action
  /// The numbers of an observation that are zeros instead, a bit each from the lowest; none by default. A variant that is
  /// seen in part costs the whole one nothing.
  var hiddenNumbers: UInt64 { get }
}

extension LanePhysics {
  /// Steps draw no random numbers.
  @inlinable public var isNoisy: Bool { false }

  /// All numbers are seen.
  @inlinable public var hiddenNumbers: UInt64 { 0 }

  /// The action itself.
  @inlinable
  public func disturbed(_ action: Sizes.Action, using rng: inout SeededGenerator) -> Sizes.Action {
    action
  }

  /// Starts an episode in the state that `start` draws.
  @inlinable public mutating func reset(using rng: inout SeededGenerator) -> Sizes.Observation {
    state = start(using: &rng)
    return shown(state)
  }

  /// The observation of a state, with zeros for what is hidden.
  @inlinable @inline(__always) public func shown(_ state: Sizes.State) -> Sizes.Observation {
    let (row, hidden) = (observe(state), hiddenNumbers)
    return Sizes.Observation(each: { hidden >> $0 & 1 == 0 ? Float(row[at: $0]) : 0 })
  }

  @inlinable @inline(__always)
  mutating func move(_ action: Sizes.Action) -> Step<Sizes.Observation, NoInfo> {
    let (next, reward, isOver) = advance(state, action: action)
    state = next
    let observation = shown(next)
    return isOver ? .terminal(observation, reward: reward) : .next(observation, reward: reward)
  }
}

extension LanePhysics {
  /// Advances the episode by one action.
  @inlinable public mutating func step(
    _ action: Action, using rng: inout SeededGenerator
  ) -> Step<Sizes.Observation, NoInfo> {
    let action = Sizes.Action(each: { action.number(at: $0) })
    return move(isNoisy ? disturbed(action, using: &rng) : action)
  }
}

extension LanePhysics where Self: DeterministicEnvironment {
  /// Advances the episode by one action.
  @inlinable public mutating func step(_ action: Action) -> Step<Sizes.Observation, NoInfo> {
    move(Sizes.Action(each: { action.number(at: $0) }))
  }

  /// Advances the episode by one action; the generator stays untouched.
  @inlinable public mutating func step(
    _ action: Action, using rng: inout SeededGenerator
  ) -> Step<Sizes.Observation, NoInfo> {
    step(action)
  }
}

/// An action as the numbers that a vector is given for it.
public protocol LaneAction: Sendable {
  /// One of the numbers.
  func number(at index: Int) -> Double
}

extension Int: LaneAction {
  /// The integer itself.
  @inlinable public func number(at index: Int) -> Double { Double(self) }
}

extension InlineArray: LaneAction where Element == Float {
  /// The number at that place.
  @inlinable public func number(at index: Int) -> Double { Double(self[index]) }
}

/// The counts of numbers in ``LanePhysics``: of a state, of an action and of an observation.
///
/// An action of `Discrete` is one number.
public enum LaneSizes<let state: Int, let action: Int, let observation: Int>: LaneShape {
  /// The state of one environment.
  public typealias State = InlineArray<state, Double>
  /// The states of eight.
  public typealias States = InlineArray<state, EightLanes>
  /// An action.
  public typealias Action = InlineArray<action, Double>
  /// Eight actions.
  public typealias Actions = InlineArray<action, EightLanes>
  /// An observation.
  public typealias Row = InlineArray<observation, Double>
  /// Eight observations.
  public typealias Rows = InlineArray<observation, EightLanes>
  /// An observation in single precision.
  public typealias Observation = InlineArray<observation, Float>
}

/// What ``LaneSizes`` stands for; nothing else needs to conform.
public protocol LaneShape {
  /// The state of one environment.
  associatedtype State: LaneNumbers<Double>
  /// The states of eight.
  associatedtype States: LaneNumbers<EightLanes>
  /// An action.
  associatedtype Action: LaneNumbers<Double>
  /// Eight actions.
  associatedtype Actions: LaneNumbers<EightLanes>
  /// An observation.
  associatedtype Row: LaneNumbers<Double>
  /// Eight observations.
  associatedtype Rows: LaneNumbers<EightLanes>
  /// An observation in single precision.
  associatedtype Observation: LaneNumbers<Float>, Sendable
}

/// A fixed count of numbers: an `InlineArray`.
public protocol LaneNumbers<Number> {
  /// `Float`, `Double` or ``EightLanes``.
  associatedtype Number
  /// How many there are.
  static var width: Int { get }
  /// The numbers by their place.
  init(each number: (Int) -> Number)
  /// A number, counted from zero.
  subscript(at index: Int) -> Number { get set }
}

extension InlineArray: LaneNumbers {
  /// How many there are.
  @inlinable @inline(__always) public static var width: Int { count }
  /// The numbers by their place.
  @inlinable @inline(__always)
  public subscript(at index: Int) -> Element {
    get { self[index] }
    set { self[index] = newValue }
  }
  /// The numbers by their place.
  @inlinable @inline(__always)
  public init(each number: (Int) -> Element) { self.init({ number($0) }) }
}
