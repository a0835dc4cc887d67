// @ts-check
/** Which part of a long page is being read, and the way to another. */
import { currentPart } from "../../domain/sections.js";
import { useEffect, useState } from "./html.js";

const LINE = 120; // pixels below the top of the window: what has begun above it is being read

/** @param {string[]} ids  of the parts, in order */
export function useReading(ids) {
  const [current, setCurrent] = useState(location.hash.slice(1) || ids[0]);
  useEffect(() => {
    let asked = 0;
    const look = () => {
      asked = 0;
      const parts = ids.map((id) => ({ id, top: document.getElementById(id)?.getBoundingClientRect().top ?? Infinity }));
      setCurrent(currentPart(parts, LINE, innerHeight + scrollY >= document.documentElement.scrollHeight - 2));
    };
    const onScroll = () => void (asked ||= requestAnimationFrame(look));
    addEventListener("scroll", onScroll, { passive: true });
    if (ids.includes(location.hash.slice(1))) show(location.hash.slice(1));
    return () => {
      removeEventListener("scroll", onScroll);
      cancelAnimationFrame(asked);
    };
  }, []);
  return {
    current,
    /** Of the links to the parts: the address says where one is, and the focus goes there. @param {MouseEvent} event */
    go(event) {
      const { hash } = /** @type {HTMLAnchorElement} */ (event.currentTarget);
      event.preventDefault();
      history.replaceState(null, "", hash);
      show(hash.slice(1));
      setCurrent(hash.slice(1));
    },
  };
}

/** @param {string} id */
function show(id) {
  const part = document.getElementById(id);
  part?.scrollIntoView();
  /** @type {HTMLElement|null|undefined} */ (part?.querySelector("h2"))?.focus({ preventScroll: true });
}
