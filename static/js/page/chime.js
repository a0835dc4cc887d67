// @ts-check
/** Two or three soft tones made on the spot: rising when work ends, falling when a break does. */

/** @type {AudioContext|null} */
let audio = null;
/** Hz, and when they begin, in seconds. @type {Record<string, [number, number][]>} */
const TONES = {
  work: [[523.25, 0], [659.25, 0.18], [783.99, 0.36]],
  break: [[659.25, 0], [523.25, 0.2]],
};

/** Within a click or a touch, or the browser stays silent. */
export function unlock() {
  if (!("AudioContext" in globalThis)) return;
  audio ??= new AudioContext();
  void audio.resume().catch(() => {});
}

/** Whether this page would be heard: not before somebody has touched it. */
export function audible() {
  return audio?.state === "running";
}

/** @param {string} ended  the phase that is over */
export function chime(ended) {
  if (!audio) unlock();
  const context = audio;
  if (!context) return;
  if (context.state === "running") return play(context, ended);
  const asked = Date.now();
  context.resume().then(() => Date.now() - asked < 1000 && play(context, ended), () => {}); // not later, when it says nothing any more
}

/** @param {AudioContext} context @param {string} ended */
function play(context, ended) {
  for (const [frequency, after] of TONES[ended === "work" ? "work" : "break"]) {
    const at = context.currentTime + after;
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.type = "sine";
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.18, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.9);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 1);
  }
}
