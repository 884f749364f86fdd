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

  /// What the tasks of a run wrote is there for the next run, whoever took part in which.
  @Test func runsFollowEachOther() {
    let pool = WorkerPool(count: 4)
    var numbers = [Int](repeating: 0, count: 4)
    var expected = 0
    numbers.withUnsafeMutableBufferPointer { numbers in
      for round in 0..<4_000 {
        let tasks = [3, 0, 4, 1, 2, 2, 4][round % 7]
        let before = numbers.reduce(0, +)
        #expect(before == expected)
        pool.run(tasks) { numbers[$0] += before + $0 - numbers[$0] }
        expected = numbers.reduce(0, +)
        #expect((0..<tasks).allSatisfy { numbers[$0] == before + $0 })
        for i in numbers.indices { numbers[i] %= 1000 }
        expected = numbers.reduce(0, +)
      }
    }
  }

  /// Room for as many helpers as the largest number would be more than addresses can tell.
  @Test func aTeamHasAtMost1024Threads() {
    // The threads are counted, not started.
    ThreadTeam.$mode.withValue(.timedApart(ShareTimes())) {
      #expect(ThreadTeam(threads: .max).size == WorkerPool.mostMembers)
      #expect(ThreadTeam(threads: 3).size == 3)
    }
  }
}
