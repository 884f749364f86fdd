print("rlgym")
