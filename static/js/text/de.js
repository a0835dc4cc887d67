// @ts-check
/** Every text of the page, in German: the same files and keys as in English. Fetched only for those who want it. */
import { account } from "./de/account.js";
import { admin } from "./de/admin.js";
import { badges } from "./de/badges.js";
import { board } from "./de/board.js";
import { earned } from "./de/earned.js";
import { forms } from "./de/forms.js";
import { history } from "./de/history.js";
import { offline } from "./de/offline.js";
import { people } from "./de/people.js";
import { projects } from "./de/projects.js";
import { rooms } from "./de/rooms.js";
import { settings } from "./de/settings.js";
import { shell } from "./de/shell.js";
import { today } from "./de/today.js";

/** @type {Record<string, import("./t.js").Text>} */
export const de = {
  ...account,
  ...admin,
  ...badges,
  ...board,
  ...earned,
  ...forms,
  ...history,
  ...offline,
  ...people,
  ...projects,
  ...rooms,
  ...settings,
  ...shell,
  ...today,
};
