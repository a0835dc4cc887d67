// @ts-check
/**
 * Time zones by a part of their name: a city that begins so comes before one that contains it.
 * @param {string[]} zones
 * @param {string} query
 * @param {number} [limit]
 * @returns {string[]}
 */
export function matchZones(zones, query, limit = 30) {
  const wanted = plain(query);
  const place = (/** @type {string} */ zone) => (plain(zone.split("/").pop() ?? zone).startsWith(wanted) ? 0 : 1);
  return zones.filter((zone) => plain(zone).includes(wanted)).sort((a, b) => place(a) - place(b) || a.localeCompare(b)).slice(0, limit);
}

/** @param {string} text */
function plain(text) {
  return text.toLowerCase().replace(/[\s_-]+/g, " ").trim();
}
