// @ts-check
/** What a view reads from the server by itself, and nobody else needs. */
import { asApiError } from "../../net/api-error.js";
import { useApp } from "./app-context.js";
import { useEffect, useRef, useState } from "./html.js";

/**
 * One answer. `missing`: it is not there, or not for this person.
 * @template T
 * @param {() => Promise<T>} load
 * @param {any[]} inputs  read again when one of them changes
 */
export function useLoaded(load, inputs = []) {
  const { actions } = useApp();
  const [value, set] = useState(/** @type {T|null} */ (null));
  const [missing, setMissing] = useState(false);
  const asked = useRef(0);
  async function reload() {
    const number = (asked.current += 1);
    try {
      const found = await load();
      if (number === asked.current) set(found);
    } catch (caught) {
      const error = asApiError(caught);
      if (number !== asked.current) return;
      if (error.status === 404 || error.status === 403) setMissing(true);
      else actions.notices.failed(error);
    }
  }
  useEffect(() => {
    void reload();
    return () => void (asked.current += 1); // what comes later is for nobody
  }, inputs);
  return { value, set, missing, reload };
}

/**
 * A list that comes page by page. `rows` is null until the first has come.
 * @template T
 * @param {(cursor?: string) => Promise<{rows: T[], next: string|null}>} load
 * @param {any[]} inputs  begun anew when one of them changes
 */
export function usePages(load, inputs = []) {
  const { actions } = useApp();
  const [rows, setRows] = useState(/** @type {T[]|null} */ (null));
  const [next, setNext] = useState(/** @type {string|null} */ (null));
  const [busy, setBusy] = useState(false);
  const asked = useRef(0);
  async function read(/** @type {string|undefined} */ cursor) {
    const number = (asked.current += 1);
    setBusy(true);
    try {
      const page = await load(cursor);
      if (number !== asked.current) return;
      setRows((before) => (cursor ? [...(before ?? []), ...page.rows] : page.rows));
      setNext(page.next);
    } catch (error) {
      if (number === asked.current) actions.notices.failed(asApiError(error));
    } finally {
      if (number === asked.current) setBusy(false);
    }
  }
  useEffect(() => {
    void read(undefined);
    return () => void (asked.current += 1);
  }, inputs);
  return { rows, setRows, busy, more: next === null ? null : () => read(next), reload: () => read(undefined) };
}
