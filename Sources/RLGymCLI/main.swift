import RLGymCommands

RLGymCommand.main()
