"""The only place with an event loop: from boards and engines to the socket."""
