// @ts-check
/** The clock of page/alarm.js: milliseconds in, one message back when they are over. */

/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;

self.onmessage = ({ data: ms }) => {
  clearTimeout(timer);
  if (ms !== null) timer = setTimeout(() => self.postMessage("now"), ms);
};
