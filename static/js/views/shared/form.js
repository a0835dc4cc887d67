// @ts-check
/** What all forms do: send once at a time, show refusals at their fields, move the focus to the first of them. */
import { serverProblems } from "../../domain/account-form.js";
import { asApiError } from "../../net/api-error.js";
import { t, textOf } from "../../text/t.js";
import { useRef, useState } from "./html.js";

/**
 * @template {Record<string, any>} V
 * @param {{values: V, check?: (values: V) => Record<string, string>, send: (values: V) => Promise<any>, prefix?: string}} form
 *   `check` answers keys of the catalogue; `prefix` keeps the ids of two open forms apart.
 */
export function useForm({ values: initial, check = () => ({}), send, prefix = "" }) {
  const fields = Object.keys(initial);
  const [values, setValues] = useState(initial);
  const [problems, setProblems] = useState(/** @type {Record<string, string>} */ ({}));
  const [busy, setBusy] = useState(false);
  const ref = useRef(/** @type {HTMLFormElement|null} */ (null));

  /** @param {Record<string, string>} found */
  function show(found) {
    setProblems(found);
    const first = fields.find((field) => found[field]);
    if (first) requestAnimationFrame(() => /** @type {any} */ (ref.current?.elements.namedItem(first))?.focus?.());
  }

  return {
    values,
    problems,
    busy,
    ref,
    /** @param {keyof V & string} name */
    field: (name) => ({
      id: prefix + name,
      name,
      value: values[name],
      error: problems[name],
      onInput(/** @type {any} */ value) {
        setValues((/** @type {V} */ before) => ({ ...before, [name]: value }));
        if (problems[name]) setProblems(({ [name]: _, ...rest }) => rest);
      },
      /** @param {FocusEvent} event */
      onBlur({ relatedTarget: next }) {
        // Only on the way to another field: a button that is being pressed must not move from under the finger.
        if (!(next instanceof Element && next.matches("input, select, textarea"))) return;
        const key = values[name] ? check(values)[name] : null;
        if (key) setProblems((/** @type {Record<string, string>} */ before) => ({ ...before, [name]: t(key) }));
      },
    }),
    /** @param {Partial<V>} changes */
    set: (changes) => setValues((/** @type {V} */ before) => ({ ...before, ...changes })),
    reset: () => setValues(initial),
    /** @param {Event} event */
    async onSubmit(event) {
      event.preventDefault();
      if (busy) return;
      const early = Object.entries(check(values)).map(([name, key]) => [name, t(key)]);
      if (early.length > 0) return show(Object.fromEntries(early));
      setBusy(true);
      setProblems({});
      try {
        await send(values);
      } catch (error) {
        show(serverProblems(asApiError(error), fields, textOf));
      } finally {
        setBusy(false);
      }
    },
  };
}
