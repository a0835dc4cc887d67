// The peer: the same timer server on Express, Socket.IO with its Redis adapter, pg, ioredis and
// BullMQ, written as its documentation suggests and doing equal work durably: one transaction per
// command with the entry, the remembered answer and the timeline; then the board in Redis, a job,
// and the broadcasts; then the ack.
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { Queue } from 'bullmq';
import express from 'express';
import Redis from 'ioredis';
import jwt from 'jsonwebtoken';
import pg from 'pg';
import { Server } from 'socket.io';

const { PG_HOST, PG_USER, PG_PASSWORD, PG_DATABASE, REDIS_PATH, JWT_SECRET } = process.env;
pg.types.setTypeParser(20, Number);
const db = new pg.Pool({
  host: PG_HOST, user: PG_USER, password: PG_PASSWORD, database: PG_DATABASE, max: 16,
});
const redis = () => new Redis({ path: REDIS_PATH, maxRetriesPerRequest: null });
const boards = redis();
const jobs = new Queue('time_entry_completed', { connection: redis() });

const app = express();
app.get('/healthz', (_request, response) => response.json({ status: 'ok' }));
const http = createServer(app);
const io = new Server(http, { adapter: createAdapter(redis(), redis()) });

io.use((socket, next) => {
  try {
    const claims = jwt.verify(socket.handshake.auth.token, JWT_SECRET, { algorithms: ['HS256'] });
    socket.data.userId = Number(claims.sub);
    next();
  } catch {
    next(new Error('unauthenticated'));
  }
});

io.on('connection', async (socket) => {
  const { userId } = socket.data;
  socket.join(`user:${userId}`);
  const answering = (handler) => async (payload, ack) => {
    try {
      ack({ ok: true, data: await handler(payload) });
    } catch (error) {
      ack({ ok: false, error: { code: error.code ?? 'internal', message: error.message } });
    }
  };
  socket.on('clock:sync', answering(async ({ t0 }) => ({ t0, t1: Date.now(), t2: Date.now() })));
  socket.on('room:create', answering(async () => ({ room_id: 1, slug: 'everybody' })));
  socket.on('room:join', answering(async () => { socket.join('room:1'); return {}; }));
  socket.on('room:react', answering(async ({ emoji }) => {
    const user = { id: userId, username: `user${userId}` };
    io.to('room:1').emit('room:reacted', { channel: 'room:1', data: { user, emoji } });
    return {};
  }));
  socket.on('channel:subscribe', answering(async ({ channel }) => {
    if (channel === 'room:1') { socket.join(channel); return { channel }; }
    const projectId = Number(channel.split(':')[1]);
    const { rowCount } = await db.query(
      'select 1 from project_members where project_id = $1 and user_id = $2', [projectId, userId]);
    if (!rowCount) throw Object.assign(new Error('no such project'), { code: 'not_found' });
    socket.join(channel);
    return { channel };
  }));
  socket.on('timer:start', answering((payload) => command(userId, payload, start)));
  socket.on('timer:stop', answering((payload) => command(userId, payload, stop)));
  socket.on('timer:update', answering((payload) => command(userId, payload, update)));
  const { rows: [entry] } = await db.query(RUNNING, [userId]);
  socket.emit('connection:ready', { user: { id: userId }, entry: entry ?? null });
});

const RUNNING = 'select * from time_entries where user_id = $1 and ended_at is null';

// One command in its own transaction: at most once per id, everything it writes together.
async function command(userId, payload, act) {
  const client = await db.connect();
  let done;
  try {
    await client.query('begin');
    await client.query('select id from users where id = $1 for update', [userId]);
    const earlier = await client.query(
      'select result from command_results where user_id = $1 and command_id = $2',
      [userId, payload.command_id]);
    if (earlier.rowCount) {
      await client.query('commit');
      return earlier.rows[0].result;
    }
    done = await act(client, userId, payload);
    await client.query(
      'insert into command_results (user_id, command_id, result) values ($1, $2, $3)',
      [userId, payload.command_id, done.result]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
  await done.effects?.();
  for (const [event, entry] of done.events) {
    const data = { entry, user: { id: userId } };
    io.to(`user:${userId}`).emit(event, data);
    if (entry.project_id) io.to(`project:${entry.project_id}`).emit(event, data);
  }
  return done.result;
}

async function start(client, userId, { project_id: projectId, description = '', tags = [] }) {
  const member = await client.query(
    'select role from project_members where project_id = $1 and user_id = $2', [projectId, userId]);
  if (!member.rowCount) throw Object.assign(new Error('no such project'), { code: 'not_found' });
  const stopped = await client.query(
    'update time_entries set ended_at = now(), version = version + 1'
    + ' where user_id = $1 and ended_at is null returning *', [userId]);
  const { rows: [entry] } = await client.query(
    'insert into time_entries (user_id, project_id, description, tags, started_at)'
    + ' values ($1, $2, $3, $4, now()) returning *', [userId, projectId, description, tags]);
  await note(client, userId, 'timer_started', entry);
  const result = { entry_id: entry.id, entry, stopped: stopped.rows[0] ?? null };
  const events = stopped.rows.map((row) => ['timer:stopped', row]);
  return { result, events: [...events, ['timer:started', entry]] };
}

async function stop(client, userId) {
  const { rows: [entry] } = await client.query(
    'update time_entries set ended_at = now(), version = version + 1'
    + ' where user_id = $1 and ended_at is null returning *', [userId]);
  if (!entry) throw Object.assign(new Error('no timer runs'), { code: 'timer_not_running' });
  await note(client, userId, 'timer_stopped', entry);
  const seconds = Math.floor((entry.ended_at - entry.started_at) / 1000);
  const effects = async () => {
    await boards.zincrby('leaderboard:global', seconds, String(userId));
    await jobs.add('completed', { user_id: userId, project_id: entry.project_id, duration: seconds },
      { removeOnComplete: true });
  };
  return {
    result: { entry_id: entry.id, entry, duration_seconds: seconds },
    events: [['timer:stopped', entry]],
    effects,
  };
}

async function update(client, userId, { description }) {
  const { rows: [entry] } = await client.query(
    'update time_entries set description = $2, version = version + 1'
    + ' where user_id = $1 and ended_at is null returning *', [userId, description]);
  if (!entry) throw Object.assign(new Error('no timer runs'), { code: 'timer_not_running' });
  return { result: { entry }, events: [['timer:updated', entry]] };
}

function note(client, userId, type, entry) {
  return client.query(
    'insert into timeline (user_id, event_type, event_data) values ($1, $2, $3)',
    [userId, type, { entry_id: entry.id, project_id: entry.project_id }]);
}

http.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`FocusHub's peer is ready at http://127.0.0.1:${http.address().port}`);
});
process.on('SIGTERM', () => process.exit(0));
