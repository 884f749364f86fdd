public import RLCore

extension MuJoCoEnvironment: Drawable {
  /// As fast as the simulated time with the task's own frame skip.
  public static var framesPerSecond: Int { Task.framesPerSecond }

  /// The model's geoms from the task's camera, 600 x 400, without OpenGL.
  public func drawing() -> Drawing { MuJoCoScene(geoms, task.camera).drawing }
}
