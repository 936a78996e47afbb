"""The live half: the gateway's socket, the board as it stands, and the streams."""
