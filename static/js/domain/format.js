// @ts-check
/** How durations and instants look. Locale and zone are arguments; words come from the catalogue. */
import { t } from "../text/t.js";
import { wallTime } from "./days.js";

/** @param {number} seconds  e.g. 3909 → "1:05:09" */
export function clockText(seconds) {
  const { h, m, s } = split(seconds);
  return `${h}:${pad(m)}:${pad(s)}`;
}

/** @param {number} seconds  e.g. 3909 → "1 h 05 min"; under an hour "5 min"; under a minute "9 s" */
export function durationText(seconds) {
  const { h, m, s } = split(seconds);
  if (h > 0) return t("duration.hours", { h, m: pad(m) });
  return m > 0 ? t("duration.minutes", { m }) : t("duration.seconds", { s });
}

/**
 * @param {number} instant  ms
 * @param {string} zone
 * @param {string} [locale]
 */
export function timeText(instant, zone, locale) {
  return formatOf(locale, zone, { hour: "2-digit", minute: "2-digit" }).format(instant);
}

/** @param {number} instant @param {string} zone @param {string} [locale] */
export function dayText(instant, zone, locale) {
  return formatOf(locale, zone, { weekday: "long", day: "numeric", month: "long" }).format(instant);
}

/** @param {number} instant @param {string} zone @param {string} [locale] */
export function dateTimeText(instant, zone, locale) {
  return formatOf(locale, zone, { dateStyle: "medium", timeStyle: "short" }).format(instant);
}

/** A date by itself, in no zone. @param {string} date  YYYY-MM-DD @param {"short"|"long"|"month"|"monthOnly"} form @param {string} [locale] */
export function dateText(date, form, locale) {
  const month = /** @type {const} */ ({ month: "long", year: "numeric" });
  const short = /** @type {const} */ ({ day: "numeric", month: "short" });
  const long = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long" });
  return formatOf(locale, "UTC", { short, long, month, monthOnly: { month: /** @type {const} */ ("short") } }[form]).format(Date.parse(`${date}T12:00:00Z`));
}

/** How long ago, in the page's own language; after a week the date. @param {number} instant @param {number} now @param {string} zone @param {string} [locale] */
export function agoText(instant, now, zone, locale) {
  const seconds = Math.max(0, (now - instant) / 1000);
  if (seconds < 60) return t("ago.now");
  if (seconds < 3600) return t("ago.minutes", { count: Math.floor(seconds / 60) });
  if (seconds < 86_400) return t("ago.hours", { count: Math.floor(seconds / 3600) });
  if (seconds < 7 * 86_400) return t("ago.days", { count: Math.floor(seconds / 86_400) });
  return dayYearText(instant, zone, locale);
}

/** @param {number} instant @param {string} zone @param {string} [locale] */
export function dayYearText(instant, zone, locale) {
  return formatOf(locale, zone, { day: "numeric", month: "short", year: "numeric" }).format(instant);
}

/**
 * The value of a `datetime-local` input, to the minute.
 * @param {number} instant
 * @param {string} zone
 */
export function inputText(instant, zone) {
  return new Date(wallTime(instant, zone)).toISOString().slice(0, 16);
}

/** A colour from the server, or a neutral one. @param {string|null|undefined} color */
export function colorOf(color) {
  return color && /^#[0-9a-f]{6}$/i.test(color) ? color : "#8a938f";
}

/** @param {number} seconds */
function split(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return { h: Math.floor(whole / 3600), m: Math.floor(whole / 60) % 60, s: whole % 60 };
}

/** @param {number} n */
function pad(n) {
  return String(n).padStart(2, "0");
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string|undefined} locale @param {string} timeZone @param {Intl.DateTimeFormatOptions} options */
function formatOf(locale, timeZone, options) {
  const key = JSON.stringify([locale, timeZone, options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone });
  formats.set(key, format);
  return format;
}
