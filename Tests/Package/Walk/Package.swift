// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Walk",
  dependencies: [.package(url: "https://example.com/rlgym", from: "0.1.0")],
  targets: [
    .executableTarget(name: "Walk", dependencies: [.product(name: "RLGym", package: "rlgym")])
  ]
)
