internal import RLGym

/// The hyperparameters of ``Reinforce``. Each is a property with its default, and a line of the table.
struct ReinforceSettings: OnPolicySettings {
  var environments = 8
  var rolloutSteps = 64
  var learningRate: Schedule = 3e-3
  var discount = 0.99
  var valueCoefficient = 0.5
  var entropyCoefficient = 0.01
  var widths = [64, 64]

  static let table = SettingsTable<ReinforceSettings> {
    Setting(\.environments, "environments", "environments stepped together", in: .from(1, to: 4096))
    Setting(
      \.rolloutSteps, "rolloutSteps", peers: ["n_steps"],
      "steps of each environment between updates", in: .from(1, to: 65_536),
      search: .ordered([16, 32, 64, 128, 256]))
    Setting(
      \.learningRate, "learningRate", peers: ["learning_rate"], symbol: "α", "step size of Adam",
      in: .positive, search: .numbers(1e-4...3e-2, .log), isVariable: true)
    Setting(
      \.discount, "discount", peers: ["gamma"], symbol: "γ", "weight of the next step's return",
      in: .from(0, to: 1), search: .numbers(0.9...0.999, .complement))
    Setting(
      \.valueCoefficient, "valueCoefficient", peers: ["vf_coef"], "weight of the baseline's loss",
      in: .atLeast(0))
    Setting(
      \.entropyCoefficient, "entropyCoefficient", peers: ["ent_coef"],
      "weight of the entropy bonus", in: .atLeast(0), search: .numbers(1e-4...0.1, .log))
    Setting(
      \.widths, "widths", peers: ["net_arch"], "hidden layers of the policy and of the baseline",
      in: .widths, search: .ordered([[32], [64, 64], [128, 128]]))
  }
}
