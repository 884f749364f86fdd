internal import Foundation

/// The machine that a run is made on.
package struct Machine {
  package let host = Machine.hostName
  package let system = ProcessInfo.processInfo.operatingSystemVersionString
  package let cores = ProcessInfo.processInfo.activeProcessorCount
  package let cpu: String

  static var hostName: String { ProcessInfo.processInfo.hostName }

  package init() {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    cpu =
      line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }
}
