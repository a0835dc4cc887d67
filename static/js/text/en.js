// @ts-check
/** Every text of the page, in English: one file for each area. `{name}` is a value; two forms are chosen by `count`. */
import { account } from "./en/account.js";
import { admin } from "./en/admin.js";
import { badges } from "./en/badges.js";
import { board } from "./en/board.js";
import { earned } from "./en/earned.js";
import { forms } from "./en/forms.js";
import { offline } from "./en/offline.js";
import { history } from "./en/history.js";
import { people } from "./en/people.js";
import { projects } from "./en/projects.js";
import { rooms } from "./en/rooms.js";
import { settings } from "./en/settings.js";
import { shell } from "./en/shell.js";
import { today } from "./en/today.js";

/** @type {Record<string, import("./t.js").Text>} */
export const en = {
  ...account,
  ...admin,
  ...badges,
  ...board,
  ...earned,
  ...forms,
  ...offline,
  ...history,
  ...people,
  ...projects,
  ...rooms,
  ...settings,
  ...shell,
  ...today,
};
