internal import Dispatch
internal import Foundation
internal import RLAgents

extension TrainingRun {
  /// Trains and gives the events one by one; the training waits while an event is looked at.
  ///
  /// Leaving the loop stops the training, whose state is saved.
  ///
  /// ```swift
  /// for event in run.events() {
  ///   if case .failed(let error) = event { throw error }
  ///   if case .evaluation(let evaluation) = event, evaluation.mean > 400 { break }
  /// }
  /// ```
  public func events() -> RunEvents { RunEvents(self) }
}

/// The events of a training run, one after the other.
public final class RunEvents: Sequence, IteratorProtocol {
  /// What the training's thread and the reader of its events share.
  ///
  /// Only one of the two runs at a time: the reader waits for `supply`, then the training for `demand`.
  private final class Exchange: @unchecked Sendable {
    private var run: TrainingRun?
    var event: RunEvent?
    /// Whether nobody reads any more.
    var isAbandoned = false
    let demand = DispatchSemaphore(value: 0)
    let supply = DispatchSemaphore(value: 0)

    init(_ run: TrainingRun) { self.run = run }

    func hand(_ event: RunEvent) -> TrainingDirective {
      if isAbandoned { return .stop }
      self.event = event
      supply.signal()
      demand.wait()
      return isAbandoned ? .stop : .proceed
    }

    func train() {
      do {
        try run?.train { hand($0) }
      } catch {
        _ = hand(.failed(error))
      }
      // The run's directory is free as soon as the last event was read.
      run = nil
      event = nil
      supply.signal()
    }
  }

  private enum State { case idle, running, over }

  private let exchange: Exchange
  private var state = State.idle

  init(_ run: TrainingRun) { exchange = Exchange(run) }

  /// The next event; `nil` after the last one.
  public func next() -> RunEvent? {
    switch state {
    case .idle:
      state = .running
      let exchange = exchange
      let thread = Thread { exchange.train() }
      thread.stackSize = 8 << 20
      thread.start()
    case .running: exchange.demand.signal()
    case .over: return nil
    }
    exchange.supply.wait()
    if exchange.event == nil { state = .over }
    return exchange.event
  }

  deinit {
    guard state == .running else { return }
    exchange.isAbandoned = true
    exchange.demand.signal()
    exchange.supply.wait()
  }
}
