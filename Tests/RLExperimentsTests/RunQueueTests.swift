import Foundation
import RLExperiments
import RLSupport
import Testing

/// How a study's runs share the cores, with made-up speeds instead of trainings.
@Suite struct RunQueueTests {
  /// A machine on which runs of `tasks` go on, with some of their steps done at a time.
  private struct Machine {
    let cores: Int
    /// Steps and core seconds a step of each task.
    let tasks: [(steps: Double, pace: Double)]
    /// What each doubling of the threads multiplies the speed by.
    var gain = 2.0
    private(set) var starts: [(job: Study.Job, threads: Int)] = []
    private(set) var seconds = 0.0
    /// Seconds in which runs waited although a core had no thread.
    private(set) var idleSeconds = 0.0

    init(cores: Int, tasks: [(steps: Double, pace: Double)]) {
      (self.cores, self.tasks) = (cores, tasks)
    }

    private func speed(_ threads: Int, of used: Int) -> Double {
      let share = min(1, Double(cores) / Double(used))
      return share * pow(gain, log2(Double(threads)))
    }

    mutating func train(seeds: Int, costs: [Double], places: Int) {
      let jobs = (0..<UInt64(seeds)).flatMap { seed in
        tasks.indices.map { Study.Job(task: $0, seed: seed, path: "\($0)/\(seed)") }
      }
      var queue = RunQueue(
        jobs.map { ($0, tasks[$0.task].steps) }, costs: costs, cores: cores, places: places)
      var running: [(job: Study.Job, threads: Int, left: Double, start: Double)] = []
      while true {
        while let next = queue.start(
          stepsLeft: { job in running.first { $0.job == job }?.left ?? 0 }, { $0 })
        {
          starts.append((next.job, next.threads))
          running.append((next.job, next.threads, tasks[next.job.task].steps, seconds))
        }
        if running.isEmpty { break }
        let used = running.reduce(0) { $0 + $1.threads }
        let times = running.map { $0.left * tasks[$0.job.task].pace / speed($0.threads, of: used) }
        let time = times.min() ?? 0
        if !queue.isEmpty && used < cores { idleSeconds += time }
        seconds += time
        for i in running.indices.reversed() {
          running[i].left *= 1 - time / times[i]
          guard times[i] <= time * (1 + 1e-9) else { continue }
          let run = running.remove(at: i)
          queue.note(run.job, steps: tasks[run.job.task].steps, seconds: seconds - run.start)
          queue.end(run.job)
        }
      }
    }

    /// The seconds that it takes with every core busy.
    func bound(seeds: Int) -> Double {
      tasks.reduce(0) { $0 + $1.steps * $1.pace } * Double(seeds) / Double(cores)
    }
  }

  @Test func theLongestRunsComeFirst() {
    var machine = Machine(cores: 2, tasks: [(100, 1), (100, 5), (300, 1)])
    machine.train(seeds: 2, costs: [1, 5, 1], places: 2)
    #expect(machine.starts.map(\.job.path) == ["1/0", "1/1", "2/0", "2/1", "0/0", "0/1"])
    // What was measured counts, not what was expected.
    machine = Machine(cores: 2, tasks: [(100, 1), (100, 5), (300, 1)])
    machine.train(seeds: 8, costs: [1, 1, 1], places: 2)
    let order = machine.starts.map(\.job.task)
    #expect(order.prefix(8).allSatisfy { $0 == 2 } && Set(order.dropFirst(8).prefix(2)) != [2])
    let firsts = order.firstIndex(of: 1) ?? 0
    #expect(order[(firsts + 2)..<(firsts + 8)].allSatisfy { $0 == 1 })
  }

  @Test func coresAreBusyToTheEnd() {
    let studies: [(tasks: [(steps: Double, pace: Double)], seeds: Int)] = [
      ([(1, 100), (1, 10), (1, 1)], 20), ([(1, 10)], 20), ([(1, 10)], 17),
      ([(1, 100), (1, 1)], 10),
      ([(1, 10), (1, 9), (1, 300), (1, 40)], 10), ([(1, 100), (1, 7), (1, 1)], 50),
      ([(10, 3), (4, 5), (1, 10), (5, 1), (1, 2)], 10), ([(1, 1000), (1, 10)], 1),
    ]
    for study in studies {
      var machine = Machine(cores: 16, tasks: study.tasks)
      machine.train(seeds: study.seeds, costs: study.tasks.map(\.pace), places: 16)
      let bound = machine.bound(seeds: study.seeds)
      #expect(machine.seconds < 1.1 * bound, "\(study): \(machine.seconds / bound)")
      #expect(machine.idleSeconds == 0 && machine.starts.count == study.seeds * study.tasks.count)
      // Settings may tell nothing of how long a run takes.
      machine = Machine(cores: 16, tasks: study.tasks)
      machine.train(seeds: study.seeds, costs: study.tasks.map { _ in 1 }, places: 16)
      #expect(machine.seconds < 2 * bound && machine.idleSeconds == 0)
    }
  }

  @Test func fewRunsHaveAllCores() {
    for (runs, threads) in [(1, [16]), (3, [6, 5, 5]), (5, [4, 3, 3, 3, 3])] {
      var machine = Machine(cores: 16, tasks: [(1, 10)])
      machine.train(seeds: runs, costs: [1], places: 16)
      #expect(machine.starts.map(\.threads) == threads)
    }
    // Two places have half of the cores each, in the middle of a study.
    var machine = Machine(cores: 16, tasks: [(1, 10)])
    machine.train(seeds: 9, costs: [1], places: 2)
    #expect(machine.starts.map(\.threads) == [8, 8, 8, 8, 8, 8, 8, 8, 16])
  }

  @Test func partsOfAStudyHaveAllTasks() throws {
    for (agents, seeds, parts) in [(2, 10, 2), (4, 6, 2), (3, 3, 9), (1, 5, 2), (2, 7, 4)] {
      let study = try Study(
        (0..<agents).map { .init("ppo", name: "ppo\($0)") }, in: ["CartPole"], seeds: seeds)
      let shares = try (1...parts).map { try StudyShard("\($0)/\(parts)").jobs(of: study) }
      #expect(shares.joined().count == study.jobs.count)
      #expect(study.jobs.allSatisfy { job in shares.count { $0.contains(job) } == 1 })
      let sizes = shares.map(\.count)
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
      for task in 0..<agents {
        let counts = shares.map { $0.count { $0.task == task } }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1, "\(agents), \(parts): \(counts)")
      }
    }
  }

  @Test func runsThatOthersTrainAreLeftOut() {
    let jobs = (0..<3).map { Study.Job(task: 0, seed: $0, path: "\($0)") }
    var queue = RunQueue(jobs.map { ($0, 1) }, costs: [1], cores: 4, places: 4)
    let next = queue.start(stepsLeft: { _ in 1 }, { $0.seed == 1 ? true : nil })
    #expect(next?.job == jobs[1] && !queue.isEmpty)
    #expect(queue.start(stepsLeft: { _ in 1 }, { _ in nil as Bool? }) == nil)
  }
}
