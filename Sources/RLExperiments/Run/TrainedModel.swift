internal import Foundation
package import RLAgents
internal import RLCore

/// A policy read from a run directory.
package struct TrainedModel {
  package let plan: RunPlan
  package let policy: any Policy

  /// Reads `final` of a run (or the newest checkpoint of an unfinished one), or the model that the path names.
  package init(_ path: String, catalog: Catalog) throws {
    let manager = FileManager.default
    var path = path
    while path.count > 1 && path.hasSuffix("/") { path.removeLast() }
    var root = path
    while !manager.fileExists(atPath: root + "/config.yaml") {
      if let slash = root.lastIndex(of: "/") {
        root = String(root[..<slash])
      } else if root != ".", !path.hasPrefix("/") {
        // A model's name, said in the run directory itself.
        root = "."
      } else {
        throw ExperimentError.invalid(
          "'\(path)' is no run directory: there is no config.yaml in or above it.")
      }
    }
    var model = path
    if root == path {
      if manager.fileExists(atPath: path + "/final") {
        model = path + "/final"
      } else if let newest = RunDirectory.checkpoints(of: path).last {
        model = path + "/checkpoints/" + newest
      } else {
        throw ExperimentError.invalid(
          "'\(path)' has no model yet; it was stopped before its first checkpoint.")
      }
    }
    plan = try RunPlan(reading: root + "/config.yaml", catalog: catalog)
    policy = try plan.kind.type.loadPolicy(
      plan.configuration, spec: plan.entry.spec, from: Checkpoint.readPolicy(model))
  }
}
