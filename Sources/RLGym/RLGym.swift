@_exported public import RLAgents
@_exported public import RLCore
@_exported public import RLDatasets
@_exported public import RLEnvironments
@_exported public import RLRendering
@_exported public import RLStatistics
@_exported public import RLSupport
@_exported public import RLTensor
