// @ts-check
import { trackable } from "../../domain/projects.js";
import { t } from "../../text/t.js";
import { useApp } from "./app-context.js";
import { useProject } from "./timer-state.js";

/** The projects one can choose for an entry, and its own even if it is archived or not one's own any more. @param {number|null} [own] */
export function useProjectChoices(own = null) {
  const { projects } = useApp().state;
  const known = useProject(own);
  const open = trackable(projects);
  const all = known && !open.includes(known) ? [...open, known] : open;
  const options = all.map(({ id, name }) => ({ value: String(id), label: name }));
  if (own !== null && !known) options.push({ value: String(own), label: t("entry.otherProject") });
  return [{ value: "", label: t("field.project.none") }, ...options];
}
