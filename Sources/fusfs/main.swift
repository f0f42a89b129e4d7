print("fusfs")
