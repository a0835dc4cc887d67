"""The process: settings, application, middleware, transport, logs, metrics, loops, drain."""
