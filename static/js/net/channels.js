// @ts-check
/**
 * The channels that this page reads. Decisions are `domain/channel.js`; here they are asked, counted and handed on.
 */
import * as rule from "../domain/channel.js";
import { asApiError } from "./api-error.js";

const RETRY_MS = 2000;

/**
 * @typedef {{
 *   onEvent: (name: string, data: any, channel: string) => void,
 *   onSnapshot: (snapshot: any) => void, onPresence?: (presence: any) => void, onEnded?: (code: string) => void,
 *   ask?: (position: {epoch?: string, seq?: number}) => Promise<rule.Answer>,
 * }} Reader  `ask`: how to subscribe, where it is not by `channel:subscribe`.
 * @param {import("./socket.js").Socket["request"]} request
 */
export function createChannels(request) {
  /** @type {Map<string, {state: rule.Channel, reader: Reader}>} */
  const open = new Map();

  /** @param {string} name @param {(state: rule.Channel) => rule.Step} decide */
  function move(name, decide) {
    const channel = open.get(name);
    if (!channel) return;
    const { state, effects } = decide(channel.state);
    channel.state = state;
    for (const effect of effects) perform(channel.reader, effect);
  }

  /** @param {Reader} reader @param {rule.Effect} effect */
  function perform(reader, effect) {
    if (effect.do === "apply") reader.onEvent(effect.event.event, effect.event.data, effect.channel);
    else if (effect.do === "replace") reader.onSnapshot(effect.snapshot);
    else if (effect.do === "present") reader.onPresence?.(effect.presence);
    else if (effect.do === "ended") reader.onEnded?.(effect.code);
    else if (effect.do === "retry") setTimeout(() => move(effect.channel, rule.ask), RETRY_MS);
    else void subscribe(effect.channel, effect.epoch, effect.seq);
  }

  /** @param {string} name @param {string|null} epoch @param {number} seq */
  async function subscribe(name, epoch, seq) {
    const position = epoch === null ? {} : { epoch, seq };
    const ask = open.get(name)?.reader.ask ?? ((at) => request("channel:subscribe", { channel: name, ...at }));
    try {
      const answer = await ask(position);
      move(name, (state) => rule.answered(state, answer));
    } catch (error) {
      const { code } = asApiError(error);
      move(name, (state) => rule.refused(state, code === "network" ? "timeout" : code));
    }
  }

  return {
    /** @param {string} name @param {Reader} reader */
    read(name, reader) {
      open.set(name, { state: rule.newChannel(name), reader });
      move(name, rule.ask);
    },
    /** The connection joins some channels by itself and says where. @param {string} name @param {Reader} reader */
    expect(name, reader) {
      if (!open.has(name)) open.set(name, { state: rule.newChannel(name), reader });
    },
    /** What one knows of it does not go on: subscribe again. @param {string} name */
    again: (name) => move(name, rule.ask),
    /** @param {string} name */
    leave(name) {
      if (!open.delete(name)) return;
      request("channel:unsubscribe", { channel: name }).catch(() => {}); // without a connection there is nothing to end
    },
    leaveAll: () => open.clear(),
    /** A new connection: those that it has joined by itself, then the others. @param {{channel: string, epoch: string, seq: number}[]} joined */
    ready(joined) {
      const places = new Map(joined.map((place) => [place.channel, place]));
      for (const name of open.keys()) {
        const place = places.get(name);
        move(name, (state) => (place ? rule.joined(state, place.epoch, place.seq) : rule.ask(state)));
      }
    },
    lost() {
      for (const name of open.keys()) move(name, rule.lost);
    },
    /** After sleep: is one still where the server is? */
    check() {
      for (const name of open.keys()) move(name, rule.ask);
    },
    /** @param {string} name @param {any} data  any event of the connection */
    receive(name, data) {
      if (name === "channel:beat") move(data.channel, (state) => rule.beat(state, data.epoch, data.seq));
      else if (name === "channel:closed") move(data.channel, (state) => rule.closed(state, data.code));
      else if (typeof data?.channel === "string") {
        const { epoch, seq, at } = data;
        move(data.channel, (state) => rule.received(state, { event: name, epoch, seq, at, data: data.data }));
      }
    },
  };
}

/** @typedef {ReturnType<typeof createChannels>} Channels */
