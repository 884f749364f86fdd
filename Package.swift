// swift-tools-version: 6.2
import PackageDescription

/// Compiles for the CPU of this machine: without it every fused multiply-add is a library call. Square
/// roots become instructions once they need not set `errno`.
let native: [SwiftSetting] = [
  .unsafeFlags(
    ["-Xcc", "-march=native", "-Xcc", "-fno-math-errno"],
    .when(configuration: .release, traits: ["NativeCPU"]))
]

let swift: [SwiftSetting] =
  native + [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]

let package = Package(
  name: "rlgym",
  products: [
    .library(name: "RLGym", targets: ["RLGym"]),
    .library(name: "RLGymCommands", targets: ["RLGymCommands"]),
    .executable(name: "rlgym", targets: ["RLGymCLI"]),
    .executable(name: "CustomEnvironment", targets: ["CustomEnvironment"]),
    .executable(name: "CustomAgent", targets: ["CustomAgent"]),
    .executable(name: "MuJoCoTask", targets: ["MuJoCoTask"]),
  ],
  traits: [
    .trait(name: "NativeCPU", description: "Compile release builds for the CPU of this machine."),
    .trait(
      name: "Box2D",
      description: "LunarLander and LunarLanderContinuous; needs the package libbox2d-dev."),
    .default(enabledTraits: ["NativeCPU"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    // OpenBLAS, SDL2 and HDF5 are loaded when they are first used, and declared by hand: building needs
    // neither the libraries nor their headers.
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CSDL2"),
    .systemLibrary(name: "CHDF5"),
    // Without its trait this target is empty.
    .target(
      name: "CBox2D",
      cxxSettings: [.define("RLGYM_BOX2D", .when(traits: ["Box2D"]))],
      linkerSettings: [.linkedLibrary("box2d", .when(traits: ["Box2D"]))]),
    // Declares MuJoCo by hand, which is opened when it is first used.
    .target(name: "CMuJoCo"),

    .target(name: "RLSupport", dependencies: ["CZlib"], swiftSettings: swift),
    .target(name: "RLCore", dependencies: ["RLSupport"], swiftSettings: swift),
    .target(name: "RLTensor", dependencies: ["RLSupport", "COpenBLAS"], swiftSettings: swift),
    .target(
      name: "RLDatasets",
      dependencies: ["RLCore", "RLSupport", "CHDF5"],
      swiftSettings: swift),
    .target(
      name: "RLRendering",
      dependencies: ["RLCore", "RLSupport", "CZlib", "CSDL2"],
      swiftSettings: swift),
    .target(name: "RLStatistics", dependencies: ["RLSupport"], swiftSettings: swift),
    .target(
      name: "RLEnvironments",
      dependencies: [
        "CMuJoCo", "RLCore", "RLSupport",
        .target(name: "CBox2D", condition: .when(traits: ["Box2D"])),
      ],
      path: "Environments",
      swiftSettings: swift),
    .target(
      name: "RLAgents", dependencies: ["RLCore", "RLSupport", "RLTensor"],
      path: "Agents",
      exclude: ["PPO/README.md", "DQN/README.md", "SAC/README.md", "TD3/README.md"],
      swiftSettings: swift),
    .target(
      name: "RLExperiments",
      dependencies: [
        "RLAgents", "RLCore", "RLDatasets", "RLEnvironments", "RLRendering", "RLStatistics",
        "RLSupport", "RLTensor", "Yams",
      ],
      swiftSettings: swift),
    .target(
      name: "RLReports",
      dependencies: ["RLCore", "RLExperiments", "RLRendering", "RLStatistics", "RLSupport"],
      resources: [
        .embedInCode("Page/Resources/report.js"), .embedInCode("Page/Resources/report.css"),
      ],
      swiftSettings: swift),
    .target(
      name: "RLGym",
      dependencies: [
        "RLSupport", "RLCore", "RLTensor", "RLDatasets", "RLRendering", "RLStatistics",
        "RLEnvironments", "RLAgents", "RLExperiments", "RLReports",
      ],
      swiftSettings: swift),
    // From here on without access to what only this package sees: all of it can be written outside.
    .target(
      name: "RLGymCommands",
      dependencies: [
        "RLGym",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      packageAccess: false, swiftSettings: swift),
    .executableTarget(
      name: "RLGymCLI", dependencies: ["RLGymCommands"], packageAccess: false,
      swiftSettings: swift),
    .executableTarget(
      name: "CustomEnvironment", dependencies: ["RLGym", "RLGymCommands"],
      path: "Examples/CustomEnvironment", packageAccess: false, swiftSettings: swift),
    .executableTarget(
      name: "CustomAgent", dependencies: ["RLGym", "RLGymCommands"],
      path: "Examples/CustomAgent", packageAccess: false, swiftSettings: swift),
    .executableTarget(
      name: "MuJoCoTask", dependencies: ["RLGym", "RLGymCommands"],
      path: "Examples/MuJoCoTask", exclude: ["pole.xml"], packageAccess: false,
      swiftSettings: swift),

    .testTarget(
      name: "RLSupportTests", dependencies: ["RLSupport"],
      exclude: ["make_npz.py"],
      resources: [.copy("numpy.npz"), .copy("numpy-packed.npz")],
      swiftSettings: swift),
    .testTarget(
      name: "RLCoreTests", dependencies: ["RLCore", "RLSupport"],
      exclude: ["make_vecnormalize.py", "make_samples.py", "make_autoreset.py", "make_spaces.py"],
      resources: [.copy("samples.json"), .copy("autoreset.json"), .copy("spaces.json")],
      swiftSettings: swift),
    .testTarget(
      name: "RLTensorTests", dependencies: ["RLTensor", "RLSupport"],
      exclude: ["Fixtures/make_fixtures.py", "Fixtures/make_operations.py"],
      resources: [.copy("Fixtures/torch.json"), .copy("Fixtures/operations.json")],
      swiftSettings: swift),
    .testTarget(
      name: "RLEnvironmentsTests",
      dependencies: ["RLEnvironments", "RLCore", "RLSupport", "TestSupport"],
      exclude: [
        "Fixtures/make_fixtures.py", "Fixtures/make_lunar.py", "Fixtures/make_mujoco.py",
      ],
      resources: [.copy("Fixtures")],
      swiftSettings: swift),
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .target(
      name: "TestSupport", dependencies: ["RLCore", "RLSupport"], path: "Tests/TestSupport",
      swiftSettings: swift),
    .target(
      name: "FuzzedReaders",
      dependencies: [
        "RLAgents", "RLCore", "RLDatasets", "RLEnvironments", "RLExperiments", "RLReports",
        "RLSupport",
      ],
      path: "Tests/Fuzzing/Readers", swiftSettings: swift),
    .testTarget(
      name: "RLAgentsTests",
      dependencies: [
        "CAllocationCounter", "RLAgents", "RLEnvironments", "RLCore", "RLSupport", "RLDatasets",
        "RLTensor", "TestSupport",
      ],
      exclude: ["Fixtures/make_updates.py"],
      resources: [.copy("Fixtures/updates.json"), .copy("Fixtures/checkpoints-0.1.0")],
      swiftSettings: swift),
    .testTarget(
      name: "RLStatisticsTests", dependencies: ["RLStatistics", "RLSupport"],
      exclude: ["make_fixtures.py"], resources: [.copy("statistics.json")],
      swiftSettings: swift),
    .testTarget(
      name: "RLDatasetsTests",
      dependencies: [
        "RLDatasets", "RLAgents", "RLEnvironments", "RLCore", "RLSupport", "TestSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "RLRenderingTests",
      dependencies: [
        "RLRendering", "RLEnvironments", "RLCore", "RLSupport", "CZlib", "TestSupport",
      ],
      exclude: ["Fixtures/make_frames.py"],
      resources: [.copy("Fixtures/frames.bin")],
      swiftSettings: swift),
    .testTarget(
      name: "RLExperimentsTests",
      dependencies: [
        "RLExperiments", "RLAgents", "RLCore", "RLStatistics", "RLSupport", "TestSupport",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "RLReportsTests",
      dependencies: ["RLReports", "RLExperiments", "RLSupport", "TestSupport"],
      swiftSettings: swift),
    .testTarget(
      name: "RLGymCommandsTests",
      dependencies: ["RLGymCommands", "RLGym", "RLExperiments", "TestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: swift),
    .testTarget(
      name: "FuzzingTests", dependencies: ["FuzzedReaders"], resources: [.copy("Corpus")],
      swiftSettings: swift),
    .testTarget(name: "DocumentationTests", dependencies: ["RLGym"], packageAccess: false),
  ],
  swiftLanguageModes: [.v6]
)

// Its `main` is libFuzzer's, which only Scripts/fuzz-readers links.
if Context.environment["RLGYM_FUZZER"] != nil {
  package.targets.append(
    .executableTarget(
      name: "Fuzzer", dependencies: ["FuzzedReaders"], path: "Tests/Fuzzing/Fuzzer",
      packageAccess: true, swiftSettings: swift + [.unsafeFlags(["-parse-as-library"])]))
}
