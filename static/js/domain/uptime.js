// @ts-check
/** How long a server has been running, in whole parts. @param {number} seconds */
export function uptimeParts(seconds) {
  const minutes = Math.floor(seconds / 60);
  return { days: Math.floor(minutes / 1440), hours: Math.floor(minutes / 60) % 24, minutes: minutes % 60 };
}
