print("fus-emulator")
