// @ts-check
/** How durations and instants look: in a zone that is an argument, in the language that is spoken. Words come from the catalogue. */
import { locale as spoken, t } from "../text/t.js";
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

/** A date by itself, in no zone. @param {string} date  YYYY-MM-DD @param {"short"|"long"|"medium"|"full"|"weekday"|"month"|"monthOnly"|"letter"} form @param {string} [locale] */
export function dateText(date, form, locale) {
  const month = /** @type {const} */ ({ month: "long", year: "numeric" });
  const short = /** @type {const} */ ({ day: "numeric", month: "short" });
  const long = /** @type {const} */ ({ weekday: "long", day: "numeric", month: "long" });
  const full = /** @type {const} */ ({ ...long, year: "numeric" });
  const medium = /** @type {const} */ ({ ...short, year: "numeric" });
  const weekday = /** @type {const} */ ({ weekday: "short" });
  return formatOf(locale, "UTC", { short, medium, long, full, weekday, month, monthOnly: { month: /** @type {const} */ ("short") }, letter: { weekday: /** @type {const} */ ("narrow") } }[form]).format(Date.parse(`${date}T12:00:00Z`));
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

/** A part of a whole, e.g. 0.25 → "25 %" as the locale writes it; with its sign where it is a change. @param {number} share @param {boolean} [signed] @param {string} [locale] */
export function percentText(share, signed = false, locale = spoken()) {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0, signDisplay: signed ? "exceptZero" : "auto" }).format(share);
}

/** The size of a file, or of all of them. @param {number} bytes @param {string} [locale] */
export function sizeText(bytes, locale = spoken()) {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 1), 4);
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"][power];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(bytes / 1000 ** power);
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
function formatOf(locale = spoken(), timeZone, options) {
  const key = JSON.stringify([locale, timeZone, options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...options, timeZone });
  formats.set(key, format);
  return format;
}
