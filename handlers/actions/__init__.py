"""The use cases, each once. They know neither aiohttp nor Socket.IO."""
