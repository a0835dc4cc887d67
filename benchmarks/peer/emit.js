// Ephemeral events from outside, as another instance of the peer would send them: COUNT events to
// ROOM, WINDOW at a time; each line on stdin asks for one more.
import { Emitter } from '@socket.io/redis-emitter';
import { createInterface } from 'node:readline';
import Redis from 'ioredis';

const io = new Emitter(new Redis({ path: process.env.REDIS_PATH }));
const payload = JSON.parse(process.env.PAYLOAD);
for await (const line of createInterface({ input: process.stdin })) {
  for (let left = Number(line); left > 0; left -= 1) {
    io.to(process.env.ROOM).emit('room:reacted', payload);
  }
}
