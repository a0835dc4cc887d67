// @ts-check
/** The one door to the view library, so that its place, version and types are named once. */
import * as library from "../../../vendor/htm-preact-standalone.module.js";

export const html = /** @type {(strings: TemplateStringsArray, ...values: any[]) => any} */ (library.html);
export const render = /** @type {(tree: any, place: HTMLElement) => void} */ (library.render);
export const createContext = /** @type {(initial: any) => any} */ (library.createContext);
export const useContext = /** @type {(context: any) => any} */ (library.useContext);
export const useEffect = /** @type {(effect: () => any, inputs?: any[]) => void} */ (library.useEffect);
export const useLayoutEffect = /** @type {(effect: () => any, inputs?: any[]) => void} */ (library.useLayoutEffect);
export const useMemo = /** @type {<T>(make: () => T, inputs: any[]) => T} */ (library.useMemo);
export const useRef = /** @type {<T>(initial: T) => {current: T}} */ (library.useRef);
export const useState = /** @type {<T>(initial: T) => [T, (next: T | ((before: T) => T)) => void]} */ (library.useState);
