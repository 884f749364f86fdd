import RLSupport
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
  /// More threads than cores, with pauses in which helpers fall asleep: every task must run every time.
  @Test(arguments: [1, 2, 3, 8])
  func everyTaskRunsEveryTime(_ count: Int) {
    let pool = WorkerPool(count: count)
    let total = Atomic<Int>(0)
    let pause = ContinuousClock()
    for round in 0..<3_000 {
      pool.run(count) { total.wrappingAdd($0 + 1, ordering: .relaxed) }
      if round % 300 == 0 {
        let start = pause.now
        while start.duration(to: pause.now) < .milliseconds(1) {}
      }
    }
    #expect(total.load(ordering: .relaxed) == 3_000 * count * (count + 1) / 2)
  }

  @Test func meetingsKeepTasksInStep() {
    let pool = WorkerPool(count: 3)
    let counter = Atomic<Int>(0)
    let mistakes = Atomic<Int>(0)
    pool.run(3) { _ in
      for round in 1...2_000 {
        counter.wrappingAdd(1, ordering: .relaxed)
        pool.meet()
        if counter.load(ordering: .relaxed) != 3 * round {
          mistakes.wrappingAdd(1, ordering: .relaxed)
        }
        pool.meet()
      }
    }
    #expect(mistakes.load(ordering: .relaxed) == 0)
  }

  @Test func fewerTasksThanThreads() {
    let pool = WorkerPool(count: 4)
    let total = Atomic<Int>(0)
    for tasks in [0, 1, 2, 3, 4, 1, 2] {
      pool.run(tasks) { _ in
        pool.meet()
        total.wrappingAdd(1, ordering: .relaxed)
      }
    }
    #expect(total.load(ordering: .relaxed) == 13)
  }
}
