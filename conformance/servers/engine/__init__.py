"""The embedded live target: llama.cpp's own server with a tiny model trained on the dialogue.

It is what a hosted provider is to the other targets, with no key and no
network: the server is the real one, and only the model is small.
"""
