"""HTTP: addresses, the transport and its sockets, and the encodings of a stream."""
