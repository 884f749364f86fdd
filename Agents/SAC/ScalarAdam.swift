internal import RLSupport

/// Adam for a single number, in double precision.
struct ScalarAdam: Stateful {
  var value: Double
  private var first = 0.0
  private var second = 0.0
  private var steps = 0

  init(_ value: Double) { self.value = value }

  mutating func step(gradient: Double, learningRate: Double, epsilon: Double) {
    steps += 1
    first = 0.9 * first + 0.1 * gradient
    second = 0.999 * second + 0.001 * gradient * gradient
    let (a, b) = (1 - pow(0.9, steps), 1 - pow(0.999, steps))
    value -= learningRate / a * first / ((second / b).squareRoot() + epsilon)
  }

  private func pow(_ base: Double, _ exponent: Int) -> Double {
    var (result, factor, left) = (1.0, base, exponent)
    while left > 0 {
      if left & 1 == 1 { result *= factor }
      factor *= factor
      left >>= 1
    }
    return result
  }

  mutating func visit(_ state: inout StateVisitor) throws(StateError) {
    var numbers = [value, first, second, Double(steps)]
    try state.array("", &numbers)
    try state.require(
      numbers[2] >= 0 && (0...1e15).contains(numbers[3]), "", "it holds an impossible number")
    (value, first, second, steps) = (numbers[0], numbers[1], numbers[2], Int(numbers[3]))
  }
}
