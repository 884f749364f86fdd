public import RLSupport

extension StateRange<Float> {
  /// Rows of a space: choices that there are, flags of 0 or 1, and finite numbers in boxes.
  ///
  /// Bounds of a box are not asked for: observations of some environments leave them for a step.
  public static func rows(of space: SpaceSpec) -> StateRange {
    let layout = space.layout
    if !layout.hasChoices { return .finite }
    let columns = layout.columns
    return StateRange { numbers in
      for (i, number) in numbers.enumerated() where !columns[i % columns.count].admits(number) {
        return "number \(i) is \(number), not \(layout.allowed(i % columns.count).words)"
      }
      return nil
    }
  }

  /// Whole numbers in rows, each column in a range of its own.
  package static func choices(_ columns: [Range<Int>]) -> StateRange {
    StateRange { numbers in
      for (i, number) in numbers.enumerated() {
        let range = columns[i % columns.count]
        guard let choice = Int(exactly: number), range.contains(choice) else {
          return
            "number \(i) is \(number), not a choice from \(range.lowerBound) to \(range.upperBound - 1)"
        }
      }
      return nil
    }
  }
}
