import Foundation
import Testing

/// Files of `--config`.
@Suite struct ConfigurationFileTests {
  @Test func configurationFilesAreHarmless() throws {
    try withFolder { folder in
      func attempt(_ yaml: String) throws -> Program {
        try Data(yaml.utf8).write(to: folder.appendingPathComponent("c.yaml"))
        return try train(
          ["--config", "c.yaml", "--steps", "2048", "--output", UUID().uuidString], in: folder)
      }
      #expect(
        try attempt(
          "# short names\nagent: PPO\nenvironment: CartPole\nseed: 18446744073709551615\n"
        ).code == 0)
      #expect(
        try attempt("epochs: 2\npolicyWidths: [8, 8]\nlearningRate: linear(1e-3, 0)\n").code == 0)
      for (yaml, word) in [
        ("a: &x [1]\nb: *x\n", "anchor"), ("{x: it's, a: &a [1], b: [*a, *a]}\n", "anchor"),
        ("a: ' # ', b: &b [1]\n", "anchor"), ("epochs: !!int 3\n", "tag"),
        ("epochs: {a: 1}\n", "plain"),
        ("epoch: 3\n", "epochs"), ("- 1\n", "key: value"), ("epochs: [\n", "YAML"),
      ] {
        let result = try attempt(yaml)
        #expect(
          result.code == 2 && result.errors.contains(word), "\(yaml.prefix(40)): \(result.errors)")
      }
      let large = try attempt(String(repeating: "#", count: 300_000))
      #expect(large.code == 1 && large.errors.contains("'c.yaml'"), "\(large.errors)")
      #expect(large.errors.contains("300 kB") && large.errors.contains("256 kB"))
    }
  }

  /// A wrong value is named with its file and line, whatever the setting is called there.
  @Test func wrongValuesAreNamedWithTheirLine() throws {
    try withFolder { folder in
      func problem(_ yaml: String, _ options: [String] = []) throws -> String {
        try Data(yaml.utf8).write(to: folder.appendingPathComponent("c.yaml"))
        let result = try train(
          ["--config", "c.yaml", "--steps", "2048", "--output", UUID().uuidString] + options,
          in: folder)
        #expect(result.code == 2, "\(result.errors)")
        return result.errors
      }
      for (yaml, words) in [
        ("# rates\nepochs: 3\n'learningRate': -1\n", "'c.yaml' line 3: 'learningRate' must"),
        ("n_steps: 0\n", "'c.yaml' line 1: 'rolloutSteps' must"),
        ("epochs: 3\nepoch: 3\n", "'c.yaml' line 2: There is no setting 'epoch'. Did you mean"),
        ("{epochs: many}\n", "'c.yaml': 'epochs' must"),
        ("\nsteps: -3\n", "'c.yaml' line 2: 'steps' must be a whole number"),
        ("gamma: 0.9\ndiscount: 0.8\n", "'c.yaml' line 2: 'discount' and 'gamma' are the same"),
        ("agent: dqn\n", "'c.yaml' is for another agent than 'ppo'"),
        (
          "epochs: 3\nstateDependentExploration: true\npolicyWidths: []\nsharedWidths: []\n",
          "'c.yaml' line 2: 'stateDependentExploration' needs"
        ),
        ("environments: 1\nrolloutSteps: 1\n", "'c.yaml' line 2: 'rolloutSteps' must be 2"),
        ("epochs: 3\nenv_set: [fast]\n", "'c.yaml' line 2: 'env_set fast' must have"),
        (
          "epochs: 3\nenv_set: [max_episode_steps=0]\n",
          "'c.yaml' line 2: CartPole-v1: 'max_episode_steps' must"
        ),
      ] {
        let found = try problem(yaml)
        #expect(found.contains(words), "\(yaml): \(found)")
      }
      // An option that takes the place of the file's value is the option's mistake.
      let option = try problem("epochs: 3\ndiscount: 2\n", ["--set", "gamma=3"])
      #expect(option.contains("'discount' must") && !option.contains("'c.yaml'"), "\(option)")
      // So is one that does not go together with the file's values, which were right without it.
      for (yaml, options, words) in [
        (
          "stateDependentExploration: true\n",
          ["--set", "policyWidths=[]", "--set", "sharedWidths=[]"], "'stateDependentExploration'"
        ),
        ("discount: 0.9\n", ["--set", "learningRate=discount"], "'learningRate' must"),
        (
          "env_set: [max_episode_steps=20]\n", ["--env-set", "max_episode_steps=0"],
          "'max_episode_steps' must"
        ),
      ] {
        let found = try problem(yaml, options)
        #expect(found.contains(words) && !found.contains("'c.yaml'"), "\(yaml): \(found)")
      }
    }
  }

  /// So they are in the files of searches and studies.
  @Test func filesOfSearchesAndStudiesAreNamed() throws {
    try withFolder { folder in
      for (yaml, words, place) in [
        ("epochs: 3\nclipRange: -1\n", "tune ppo CartPole", "'c.yaml' line 2: 'clipRange' must"),
        (
          "n_epochs: {low: -3, high: 5}\n", "tune ppo CartPole",
          "'c.yaml' line 1: 'epochs' must"
        ),
        (
          "agents:\n- {agent: ppo, set: {gamma: 2}}\nenvironments: [CartPole]\n", "benchmark",
          "'c.yaml': 'discount' must"
        ),
        (
          "agents: [ppo]\nenvironments: [CartPole]\nenvironmentArguments: {CartPole: {fast: 1}}\n",
          "benchmark", "'c.yaml': CartPole-v1 takes no argument 'fast'"
        ),
        ("agents: [ppo]\nenvironments: [CartPool]\n", "benchmark", "'c.yaml': Unknown environment"),
        ("agents: [pop]\nenvironments: [CartPole]\n", "benchmark", "'c.yaml': "),
      ] {
        try Data(yaml.utf8).write(to: folder.appendingPathComponent("c.yaml"))
        let arguments = words.split(separator: " ").map(String.init)
        let result = try Program.run(
          arguments + ["--config", "c.yaml", "--output", "s"], in: folder)
        #expect(result.code == 2 && result.errors.contains(place), "\(yaml): \(result.errors)")
      }
    }
  }
}
