#if Box2D
  let lunarSheet =
    lunarIntroduction + lunarObservation + lunarReward + lunarRest

  let lunarContinuousSheet =
    lunarContinuousIntroduction + lunarObservation + lunarContinuousReward + lunarRest

  private let lunarIntroduction = """
    A lander is to come down softly between two flags. It starts high up with a random push; the ground
    beside the flags is rough. Fuel is endless, but costs.

    Action: Discrete(4): 0 nothing, 1 fires the left engine, 2 the main engine, 3 the right engine.


    """

  private let lunarContinuousIntroduction = """
    The lander of LunarLander with throttles.

    Action: Box(2), -1 ... 1; stronger ones are clipped
      0  main engine   off up to 0, then half to full power
      1  side engines  the left one below -0.5, the right one above 0.5, half to full power


    """

  private let lunarObservation = """
    Observation: Box(8)
      0  distance to the right of the pad's centre  -2.5 ... 2.5, in half widths of the scene (10 m)
      1  height above it                            unbounded, in half heights (6.67 m)
      2  velocity to the right                      unbounded, in 5 m/s
      3  velocity upwards                           unbounded, in 7.5 m/s
      4  angle                                      unbounded, rad, positive to the left
      5  angular velocity                           unbounded, in 2.5 rad/s
      6  whether the right leg touches the ground   0, 1
      7  whether the left leg does                  0, 1


    """

  private let lunarReward = """
    Reward: how much better the state has become, where a state is worth
    -100 (distance + speed + |angle|) + 10 for each leg on the ground, in the observation's units; minus
    0.3 for a step with the main engine, 0.03 with a side engine. The last step gives 100 at rest and
    -100 after a crash or outside.


    """

  private let lunarContinuousReward = """
    Reward: as in LunarLander; the engines' costs are multiplied by their power.


    """

  private let lunarRest = """
    Start: at the top in the middle, pushed by a force of up to 1000 N along each axis for a step; the
    ground's heights are random outside of the pad.

    End: terminated when the lander's body touches the ground, when it leaves the scene sideways
    (distance 1 or more), and when it has come to rest; truncated after 1000 steps.

    Versions: v3.
    """
#endif
