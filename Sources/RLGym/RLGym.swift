@_exported public import RLAgents
@_exported public import RLCore
@_exported public import RLEnvironments
@_exported public import RLRendering
@_exported public import RLRollouts
@_exported public import RLStatistics
@_exported public import RLTensor
