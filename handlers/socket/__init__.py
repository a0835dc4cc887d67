"""Socket.IO: one table of events, the channels of this instance, and who listens to them."""
