"""The embedded live target: llama.cpp's own server with a tiny model trained on the dialogue.

It takes the place of a hosted provider without a key or a network: the server
is a real one, only the model is small.
"""
