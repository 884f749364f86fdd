/// The version of rlgym.
public let rlgymVersion = "0.1.0"
